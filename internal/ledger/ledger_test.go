package ledger

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

func TestHoldCaptureAndRelease(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, order := b.person(), uuid.New()
	if !b.buy(me, order, 5) || b.buy(me, order, 5) {
		t.Error("an order brings its tokens once")
	}
	b.want("bought", me, 5, 0, 0)
	one, two := uuid.New(), uuid.New()
	for _, run := range []uuid.UUID{one, two, one} { // the third is a repetition
		if err := b.hold(me, run, 1); err != nil {
			t.Fatal(err)
		}
	}
	b.want("two held", me, 3, 2, 0)
	for range 2 {
		b.must(nil, b.capture(me, one))
		b.must(nil, b.release(me, two))
		b.must(nil, b.release(me, one)) // too late: it is paid
	}
	b.want("one taken, one back", me, 4, 0, 0)
	if err := b.capture(me, two); code(err) != notHeld {
		t.Errorf("capturing what went back: %v", err)
	}
	if err := b.capture(me, uuid.New()); code(err) != notHeld {
		t.Errorf("capturing what was never held: %v", err)
	}
	if o := b.order(me, order); o != (Order{Tokens: 5, Free: 4, Spent: 1}) {
		t.Errorf("the order stands at %+v", o)
	}
}

func TestTooFewTokensHoldNone(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me := b.person()
	all := []Held{{uuid.New(), 1, "a"}, {uuid.New(), 1, "b"}, {uuid.New(), 1, "c"}}
	for _, c := range []struct {
		tokens int64 // bought; what the case before bought is still there
		want   string
	}{
		{0, "This needs 3 tokens and you have none. Get tokens first."},
		{2, "This needs 3 tokens and you have 2. Choose fewer, or get more tokens first."},
	} {
		tokens, want := c.tokens, c.want
		if tokens > 0 {
			b.buy(me, uuid.New(), tokens)
		}
		err := b.as(me, func(ctx context.Context, tx pgx.Tx) error { return b.HoldAll(ctx, tx, me, all) })
		if !fault.Is(err, fault.Unpaid) || fault.Of(err).Say != want {
			t.Errorf("with %d: %v", tokens, err)
		}
		b.want("nothing is held", me, tokens, 0, 0)
	}
}

func TestTheOldestExpiringTokensAreSpentFirst(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me := b.person()
	first, second := uuid.New(), uuid.New()
	b.buy(me, first, 2)
	b.at(start.AddDate(0, 1, 0))
	b.buy(me, second, 5)
	b.must(nil, b.hold(me, uuid.New(), 3))
	if f, s := b.order(me, first), b.order(me, second); f.Held != 2 || s.Held != 1 {
		t.Errorf("the older lot holds %d, the newer %d; want 2 and 1", f.Held, s.Held)
	}
}

func TestATokenLivesSixCalendarMonths(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	for bought, ends := range map[string]string{
		"2030-03-10T12:00:00Z": "2030-09-10T12:00:00Z", "2030-08-31T23:59:59Z": "2031-02-28T23:59:59Z", "2031-08-30T00:00:00Z": "2032-02-29T00:00:00Z",
		"2030-10-31T00:00:00Z": "2031-04-30T00:00:00Z", "2030-02-28T00:00:00Z": "2030-08-28T00:00:00Z",
	} {
		at, _ := time.Parse(time.RFC3339, bought)
		until, _ := time.Parse(time.RFC3339, ends)
		b.at(at)
		me, order := b.person(), uuid.New()
		b.buy(me, order, 5)
		run, other := uuid.New(), uuid.New()
		b.must(nil, b.hold(me, run, 1))
		b.must(nil, b.capture(me, run))
		b.at(until.Add(-time.Second))
		b.want(bought+": a second before", me, 4, 0, 0)
		b.must(nil, b.hold(me, other, 1))
		b.at(until)
		b.want(bought+": at the end", me, 0, 1, 0)
		if err := b.hold(me, uuid.New(), 1); !fault.Is(err, fault.Unpaid) {
			t.Errorf("%s: an expired token was held: %v", bought, err)
		}
		b.must(nil, b.Sweep(t.Context()))
		b.must(nil, b.capture(me, other))
		b.must(nil, b.Sweep(t.Context()))
		if o := b.order(me, order); o != (Order{Tokens: 5, Spent: 2, Expired: 3}) {
			t.Errorf("%s: the order stands at %+v", bought, o)
		}
		var rows int
		b.must(nil, b.root.QueryRow(t.Context(), `select (select count(*) from easel.ledger_lot) + (select count(*) from easel.ledger_entry)`).Scan(&rows))
		if rows != 0 {
			t.Errorf("%s: %d rows are left of an expired lot", bought, rows)
		}
	}
}
