package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// pause is how long nothing happens: mostly hours, sometimes months.
func (w *world) pause() time.Duration {
	day := 24 * time.Hour
	return []time.Duration{time.Hour, day, 6 * day, 8 * day, 40 * day, 100 * day}[w.random.IntN(6)]
}

func pick[T any](w *world, from []T) T { return from[w.random.IntN(len(from))] }

// lately prefers what is new: most of what is old has expired.
func lately[T any](w *world, from []T) T {
	return from[max(0, len(from)-1-w.random.IntN(min(12, len(from))))]
}

// next chooses what is done next, often something that was done before.
func (w *world) next() step {
	owner := pick(w, w.people)
	choice := w.random.IntN(100)
	if len(w.orders) == 0 || len(w.runs) == 0 {
		choice %= 40
	}
	switch {
	case choice < 12:
		return w.buy(owner)
	case choice < 16:
		return w.grant(owner)
	case choice < 40:
		return w.hold(owner)
	case choice < 52:
		return w.capture(lately(w, w.runs))
	case choice < 68:
		return w.release(lately(w, w.runs))
	case choice < 76:
		return w.refund(lately(w, w.orders))
	case choice < 92:
		return w.dispute(lately(w, w.orders))
	}
	return w.sweep()
}

func (w *world) buy(owner uuid.UUID) step {
	order, tokens := uuid.New(), int64(5)
	if len(w.orders) > 0 && w.random.IntN(3) == 0 {
		order = lately(w, w.orders)
		owner = w.of[order]
	} else {
		w.orders = append(w.orders, order)
		w.of[order] = owner
	}
	return step{"buy", owner, true, func(ctx context.Context, tx pgx.Tx) (string, error) {
		fresh, err := w.Buy(ctx, tx, owner, order, tokens)
		return again(fresh), err
	}, func(m *obvious) string { return m.buy(owner, order, tokens) }}
}

func again(fresh bool) string {
	if fresh {
		return "ok"
	}
	return "again"
}

func (w *world) grant(owner uuid.UUID) step {
	key, tokens := uuid.NewString(), 1+w.random.Int64N(4)
	if len(w.keys) > 0 && w.random.IntN(3) == 0 {
		key = pick(w, w.keys)
	}
	w.keys = append(w.keys, key)
	return step{"grant", owner, true, func(ctx context.Context, tx pgx.Tx) (string, error) {
		fresh, err := w.Grant(ctx, tx, owner, Grant{Key: key, Tokens: tokens, Reason: "A model."})
		return again(fresh), err
	}, func(m *obvious) string { return m.grant(owner, key, tokens) }}
}

func (w *world) hold(owner uuid.UUID) step {
	tokens := 1 + w.random.Int64N(3)
	var runs []uuid.UUID
	var all []Held
	for range 1 + w.random.IntN(3) {
		run := uuid.New()
		if len(w.runs) > 0 && w.random.IntN(5) == 0 {
			run = lately(w, w.runs)
			if w.of[run] != owner || slices.Contains(runs, run) {
				continue
			}
		} else {
			w.runs = append(w.runs, run)
			w.of[run] = owner
		}
		runs, all = append(runs, run), append(all, Held{run, tokens, "A model"})
	}
	return step{fmt.Sprintf("hold %d for each of %d", tokens, len(runs)), owner, false, func(ctx context.Context, tx pgx.Tx) (string, error) {
		return "ok", w.HoldAll(ctx, tx, owner, all)
	}, func(m *obvious) string { return m.hold(owner, runs, tokens) }}
}

func (w *world) capture(run uuid.UUID) step {
	return step{"capture", w.of[run], false, func(ctx context.Context, tx pgx.Tx) (string, error) {
		return "ok", w.Capture(ctx, tx, run)
	}, func(m *obvious) string { return m.capture(run) }}
}

func (w *world) release(run uuid.UUID) step {
	return step{"release", w.of[run], false, func(ctx context.Context, tx pgx.Tx) (string, error) {
		return "ok", w.Release(ctx, tx, run, "A model.")
	}, func(m *obvious) string { return m.release(run) }}
}

func (w *world) refund(order uuid.UUID) step {
	total := w.random.Int64N(7)
	return step{fmt.Sprintf("refund %d of %s", total, order), w.of[order], false, func(ctx context.Context, tx pgx.Tx) (string, error) {
		c, err := w.Refund(ctx, tx, w.of[order], order, total)
		return fmt.Sprint(c), err
	}, func(m *obvious) string { return m.refund(order, total) }}
}

func (w *world) dispute(order uuid.UUID) step {
	id, o, tokens := fmt.Sprintf("%s-%d", order, w.random.IntN(2)), pick(w, []Outcome{Opened, Opened, Lost, Won}), w.random.Int64N(6)
	return step{fmt.Sprintf("dispute %s is %s about %d", id, o, tokens), w.of[order], o == Won, func(ctx context.Context, tx pgx.Tx) (string, error) {
		c, err := w.Dispute(ctx, tx, w.of[order], order, id, o, tokens)
		return fmt.Sprint(c), err
	}, func(m *obvious) string { return m.dispute(order, id, o, tokens) }}
}

// sweep ends what is over for one person, as Sweep does for everybody.
func (w *world) sweep() step {
	owner := pick(w, w.people)
	return step{"sweep", owner, false, func(ctx context.Context, tx pgx.Tx) (string, error) {
		return "ok", w.expire(ctx, tx, false)
	}, func(m *obvious) string { return m.sweep(owner) }}
}

// picture is everything that can be seen of the ledger, as the obvious one describes itself.
func (w *world) picture() []string {
	w.t.Helper()
	rows, err := w.root.Query(w.t.Context(), `
		select l.owner || ' ' || l.kind || ' ' || coalesce(case l.kind when 'granted' then l.gift end, l.order_id::text)
		       || ' until ' || to_char(e.ends at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ' ['
		       || concat_ws(' ', sum(e.after), sum(e.held), sum(e.frozen), sum(e.taken), sum(m.spent), sum(m.expired)) || ']'
		  from easel.ledger_lot l
		 cross join lateral (select x.after, x.held, x.frozen, x.taken, x.ends from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
		 cross join lateral (select coalesce(sum(x.tokens) filter (where x.kind = 'capture'), 0) as spent,
		                            coalesce(sum(x.tokens) filter (where x.kind = 'expire'), 0) as expired from easel.ledger_entry x where x.lot = l.id) m
		 group by l.owner, l.kind, l.gift, l.order_id, e.ends
		union all
		select o.id || ': ' || coalesce(c.taken, 0) || ' taken, ' || coalesce(c.short, 0) || ' short, ' || coalesce(s.spent, 0) || ' spent, ' || coalesce(s.expired, 0) || ' expired'
		  from easel.ledger_order o
		  left join (select order_id, sum(taken) as taken, sum(short) as short from easel.ledger_claim group by 1) c on c.order_id = o.id
		  left join (select order_id, sum(spent) as spent, sum(expired) as expired from easel.ledger_sum x
		              where not exists (select from easel.ledger_lot l where l.id = x.lot) group by 1) s on s.order_id = o.id
		union all
		select e.ref || ' held ' || sum(e.tokens) || ' of ' || coalesce(case l.kind when 'granted' then l.gift end, l.order_id::text)
		  from easel.ledger_entry e join easel.ledger_lot l on l.id = e.lot where e.kind = 'hold' group by e.ref, l.id
		union all
		select e.ref || ' is the ' || row_number() over (partition by e.lot order by min(e.seq)) || '. dispute, since ' || l.kind || ', and froze ' || sum(e.tokens)
		  from easel.ledger_entry e join easel.ledger_lot l on l.id = e.lot
		 where e.kind = 'freeze' and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
		 group by e.lot, e.ref, l.kind`)
	if err != nil {
		w.t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// compare looks at everything, and at what must hold whatever the obvious ledger says.
func (w *world) compare(m *obvious) {
	w.t.Helper()
	if got, want := w.picture(), m.picture(); !slices.Equal(got, want) {
		w.failf("the ledger and the obvious one differ.\nonly in the ledger:\n%s\nonly in the obvious one:\n%s", without(got, want), without(want, got))
	}
	var wrong int
	err := w.root.QueryRow(w.t.Context(), `select
		(select count(*) from easel.ledger_lot l cross join lateral (
			select (array_agg(x.after order by x.seq desc))[1] as free, (array_agg(x.held order by x.seq desc))[1] as held,
			       (array_agg(x.frozen order by x.seq desc))[1] as frozen, (array_agg(x.taken order by x.seq desc))[1] as taken,
			       sum(x.tokens) filter (where x.kind in ('capture', 'expire')) as gone, min(least(x.after, x.held, x.frozen, x.taken)) as least
			  from easel.ledger_entry x where x.lot = l.id) e
		  where e.free <> l.tokens - coalesce(e.gone, 0) - e.held - e.frozen - e.taken or e.least < 0)
		+ (select count(*) from easel.ledger_order o where o.tokens <> (
			select coalesce(sum(e.after + e.held + e.frozen + m.gone), 0) from easel.ledger_lot l
			 cross join lateral (select x.after, x.held, x.frozen, x.taken, x.ends from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
			 cross join lateral (select coalesce(sum(x.tokens) filter (where x.kind in ('capture', 'expire')), 0) as gone from easel.ledger_entry x where x.lot = l.id) m
			 where l.order_id = o.id)
			+ (select coalesce(sum(s.spent + s.expired), 0) from easel.ledger_sum s where s.order_id = o.id and not exists (select from easel.ledger_lot l where l.id = s.lot))
			+ (select coalesce(sum(c.taken), 0) from easel.ledger_claim c where c.order_id = o.id))`).Scan(&wrong)
	if err != nil {
		w.t.Fatal(err)
	}
	if wrong > 0 {
		w.failf("in %d lots or orders free = bought + granted - captured - held - expired - taken back does not hold", wrong)
	}
}

// without are the lines of a picture that another lacks.
func without(lines, others []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) }), "\n")
}
