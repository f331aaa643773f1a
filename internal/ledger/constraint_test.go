package ledger

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// careless is ledger_hold by somebody who has forgotten everything: no lock, no look at the balance, no look at the time.
const careless = `create or replace function easel.ledger_hold(runs uuid[], amounts bigint[], titles text[]) returns table (need bigint, have bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    for i in 1 .. cardinality(runs) loop
        perform easel.ledger_append((select l.id from easel.ledger_lot l where l.owner = easel.caller() limit 1),
            'hold', amounts[i], 'hold:' || runs[i], runs[i]::text, null, titles[i]);
    end loop;
    need := 0; have := 0;
    return next;
end
$$`

// With the checks of the functions gone, an overdraft is stopped by the table.
func TestAnOverdraftIsImpossibleWithoutTheFunctionsChecks(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	b.must(b.root.Exec(t.Context(), careless))
	me, order := b.person(), uuid.New()
	b.buy(me, order, 10)
	for range 10 {
		b.must(nil, b.hold(me, uuid.New(), 1))
	}
	if err := b.hold(me, uuid.New(), 1); constraint(err) != "ledger_entry_free" {
		t.Errorf("the eleventh of ten tokens: %v, want the check to stop it", err)
	}
	b.want("an eleventh was not held", me, 0, 10, 0)

	other := b.person()
	b.buy(other, uuid.New(), 10)
	var group sync.WaitGroup
	stopped := make(chan string, 200)
	for range cap(stopped) {
		group.Go(func() {
			for { // whoever was overtaken tries again, as often as it takes
				err := b.hold(other, uuid.New(), 1)
				if name := constraint(err); name != "ledger_entry_pkey" || err == nil {
					stopped <- name
					return
				}
			}
		})
	}
	group.Wait()
	close(stopped)
	by := map[string]int{}
	for name := range stopped {
		by[name]++
	}
	if by[""] != 10 || by["ledger_entry_free"] != 190 {
		t.Errorf("200 at once for ten tokens, without lock and checks: %v; want 10 held and 190 stopped by the check", by)
	}
	b.want("ten were held", other, 0, 10, 0)
}

func constraint(err error) string {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.ConstraintName
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// Not even whoever owns the tables can write what does not add up. Each attempt is of a superuser, whom neither policies
// nor grants stop.
func TestWhatDoesNotAddUpCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, thief, order := b.person(), b.person(), uuid.New()
	b.buy(me, order, 5)
	b.buy(thief, uuid.New(), 5)
	run, open := uuid.New(), uuid.New()
	b.must(nil, b.hold(me, run, 2))
	b.must(nil, b.release(me, run))
	b.must(nil, b.hold(me, open, 1)) // the lot's fourth entry; 4 are free
	insert := func(kind string, seq, tokens, before, held int64, more string) string {
		if more == "" {
			more = "'', null"
		}
		return `insert into easel.ledger_entry (lot, seq, owner, kind, tokens, before, held_before, frozen_before, taken_before, key, ref, settles, ends, at)
			select l.id, ` + number(seq) + `, l.owner, '` + kind + `', ` + number(tokens) + `, ` + number(before) + `, ` + number(held) + `, 0, 0,
			gen_random_uuid()::text, ` + more + `, now(), now() from easel.ledger_lot l where l.order_id = '` + order.String() + `'`
	}
	for name, c := range map[string]struct{ sql, by string }{
		"more than there is":            {insert("hold", 5, 5, 4, 1, "'x', null"), "ledger_entry_free"},
		"from a balance that never was": {insert("hold", 5, 5, 9, 1, "'x', null"), "ledger_entry_chain"},
		"from an older balance":         {insert("hold", 4, 5, 5, 0, "'x', null"), "ledger_entry_pkey"},
		"from the future":               {insert("hold", 9, 1, 4, 1, "'x', null"), "ledger_entry_chain"},
		"tokens from nowhere":           {insert("buy", 5, 5, 4, 1, ""), "ledger_entry_check"},
		"a second beginning":            {insert("grant", 1, 5, 0, 0, ""), "ledger_entry_pkey"},
		"a hold that was never made":    {insert("release", 5, 1, 4, 1, "'x', 1"), "ledger_entry_lot_owner_settles_opened_tokens_ref_fkey"},
		"a hold given back twice":       {insert("release", 5, 2, 4, 1, "'"+run.String()+"', 2"), "ledger_entry_held"},
		"more than was held":            {insert("release", 5, 3, 4, 1, "'"+open.String()+"', 4"), "ledger_entry_held"},
		"another run's hold":            {insert("release", 5, 1, 4, 1, "'"+run.String()+"', 4"), "ledger_entry_lot_owner_settles_opened_tokens_ref_fkey"},
		"what was never taken":          {insert("return", 5, 1, 4, 1, ""), "ledger_entry_taken"},
		"another's lot": {`insert into easel.ledger_entry (lot, seq, owner, kind, tokens, before, held_before, frozen_before, taken_before, key, ref, ends, at)
			select l.id, 5, '` + thief.String() + `', 'hold', 1, 4, 1, 0, 0, 'k', 'x', now(), now() from easel.ledger_lot l where l.order_id = '` + order.String() + `'`,
			"ledger_entry_lot_owner_fkey"},
		"an order's tokens twice": {`insert into easel.ledger_lot (owner, kind, tokens, order_id, created_at, expires_at)
			values ('` + thief.String() + `', 'bought', 5, '` + order.String() + `', now(), now() + interval '1 day')`, "ledger_lot_ordered_key"},
		"tokens without an order": {`insert into easel.ledger_lot (owner, kind, tokens, order_id, created_at, expires_at)
			values ('` + thief.String() + `', 'bought', 5, gen_random_uuid(), now(), now() + interval '1 day')`, "ledger_lot_order_id_fkey"},
		"a changed balance": {`update easel.ledger_entry set before = before + 1`, ""},
		"a longer life":     {`update easel.ledger_lot set expires_at = expires_at + interval '1 year'`, ""},
		"a forgotten entry": {`delete from easel.ledger_entry where seq = 4`, ""},
		"a forgotten lot":   {`delete from easel.ledger_lot`, ""},
		"an empty table":    {`truncate easel.ledger_entry cascade`, ""},
	} {
		_, err := b.root.Exec(t.Context(), c.sql)
		var said *pgconn.PgError
		switch {
		case err == nil:
			t.Errorf("%s: it was written", name)
		case c.by == "" && (!errors.As(err, &said) || said.Code != "23001"):
			t.Errorf("%s: %v, want the trigger to stop it", name, err)
		case c.by != "" && constraint(err) != c.by && !similar(constraint(err), c.by):
			t.Errorf("%s was stopped by %q, want %q", name, constraint(err), c.by)
		}
	}
	b.want("nothing has changed", me, 4, 1, 0)
}

// similar lets the numbers be that PostgreSQL gives checks without a name.
func similar(got, want string) bool {
	return want == "ledger_entry_check" && len(got) >= len(want) && got[:len(want)] == want
}

func number(n int64) string { return string([]byte{byte('0' + n)}) }

// The application's role reads its caller's rows and calls functions; it writes none of the tables, and cannot act for
// anybody else.
func TestTheApplicationCannotWriteMoney(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, other := b.person(), b.person()
	b.buy(me, uuid.New(), 5)
	b.buy(other, uuid.New(), 5)
	for _, table := range []string{"order", "claim", "sum", "gift", "lot", "entry", "warning"} {
		for _, sql := range []string{`insert into easel.ledger_` + table + ` default values`, `update easel.ledger_` + table + ` set ` + first(table) + ` = ` + first(table),
			`delete from easel.ledger_` + table, `truncate easel.ledger_` + table} {
			err := b.as(me, func(ctx context.Context, tx pgx.Tx) error { _, err := tx.Exec(ctx, sql); return err })
			if code(err) != "42501" {
				t.Errorf("%s: %v, want a refusal", sql, err)
			}
		}
	}
	for _, sql := range []string{
		`select easel.ledger_append(id, 'hold', 1, 'k', 'x') from easel.ledger_lot`,
		`select easel.ledger_mint(easel.caller(), 'granted', 5, null, 'k', '', now())`,
		`create or replace function easel.ledger_now() returns timestamptz language sql as 'select now()'`,
		`set role easel_ledger`,
	} {
		err := b.as(me, func(ctx context.Context, tx pgx.Tx) error { _, err := tx.Exec(ctx, sql); return err })
		if code(err) != "42501" {
			t.Errorf("%s: %v, want a refusal", sql, err)
		}
	}
	err := b.as(me, func(ctx context.Context, tx pgx.Tx) error {
		var rows int
		if err := tx.QueryRow(ctx, `select (select count(*) from easel.ledger_lot) + (select count(*) from easel.ledger_entry)`).Scan(&rows); err != nil {
			return err
		}
		if rows != 2 {
			t.Errorf("%d rows are seen, want one's own lot and its entry", rows)
		}
		return b.Hold(ctx, tx, other, uuid.New(), 1)
	})
	if err == nil {
		t.Error("a hold was made for somebody else")
	}
	nobody := b.db.AsNobody(t.Context(), func(tx pgx.Tx) error { return b.Capture(t.Context(), tx, uuid.New()) })
	if code(nobody) != "42501" {
		t.Errorf("without a caller: %v", nobody)
	}
}

// first is a column of the table.
func first(table string) string {
	return map[string]string{"order": "id", "claim": "key", "sum": "lot", "gift": "key", "lot": "id", "entry": "lot", "warning": "lot"}[table]
}
