package ledger

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestARefundTakesWhatIsUnspentAndNotesTheRest(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, order, other := b.person(), uuid.New(), uuid.New()
	b.buy(me, order, 5)
	run := uuid.New()
	b.must(nil, b.hold(me, run, 3))
	b.must(nil, b.capture(me, run))
	b.buy(me, other, 5) // whose tokens are not touched
	for i, step := range []struct {
		total int64
		want  Claimed
	}{
		{1, Claimed{1, 0}},
		{1, Claimed{}}, // told twice
		{4, Claimed{1, 2}},
		{2, Claimed{}}, // late
		{5, Claimed{0, 1}},
		{9, Claimed{}}, // more than there ever were
	} {
		if got := b.refund(me, order, step.total); got != step.want {
			t.Errorf("step %d, %d refunded in all: %+v, want %+v", i, step.total, got, step.want)
		}
	}
	b.want("refunded", me, 5, 0, 0)
	if o := b.order(me, order); o != (Order{Tokens: 5, Spent: 3, Taken: 2, Short: 3}) {
		t.Errorf("the order stands at %+v", o)
	}
}

// Whoever has tokens in use when the money goes back does not get them for nothing by cancelling.
func TestTokensThatWereInUseGoWhenTheyComeBack(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, order := b.person(), uuid.New()
	b.buy(me, order, 5)
	run := uuid.New()
	b.must(nil, b.hold(me, run, 4))
	if got := b.refund(me, order, 3); got != (Claimed{1, 2}) {
		t.Errorf("refunded: %+v", got)
	}
	b.must(nil, b.release(me, run))
	b.want("cancelled after the refund", me, 2, 0, 0)
	if o := b.order(me, order); o != (Order{Tokens: 5, Free: 2, Taken: 3}) {
		t.Errorf("the order stands at %+v", o)
	}
}

func TestADispute(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, order := b.person(), uuid.New()
	b.buy(me, order, 5)
	used, using := uuid.New(), uuid.New()
	b.must(nil, b.hold(me, used, 1))
	b.must(nil, b.capture(me, used))
	b.must(nil, b.hold(me, using, 1))
	for range 2 {
		b.dispute(me, order, "dp", Opened, 5)
	}
	b.want("opened", me, 0, 1, 3)
	b.must(nil, b.release(me, using))
	b.want("what comes back is frozen too", me, 0, 0, 4)
	if got := b.dispute(me, order, "dp", Lost, 5); got != (Claimed{4, 1}) {
		t.Errorf("lost: %+v", got)
	}
	b.dispute(me, order, "dp", Opened, 5) // late
	b.want("lost", me, 0, 0, 0)
	if o := b.order(me, order); o != (Order{Tokens: 5, Spent: 1, Taken: 4, Short: 1}) {
		t.Errorf("lost: the order stands at %+v", o)
	}
	if got := b.dispute(me, order, "dp", Won, 5); got != (Claimed{-4, -1}) {
		t.Errorf("won after all: %+v", got)
	}
	for _, late := range []Outcome{Opened, Lost, Won} {
		if got := b.dispute(me, order, "dp", late, 5); got != (Claimed{}) {
			t.Errorf("%s after it was won: %+v", late, got)
		}
	}
	b.want("won after all", me, 4, 0, 0)
	if o := b.order(me, order); o != (Order{Tokens: 5, Free: 4, Spent: 1}) {
		t.Errorf("won: the order stands at %+v", o)
	}
}

// An order can have several disputes, and a refund in the middle of one.
func TestTwoDisputesAndARefund(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, order := b.person(), uuid.New()
	b.buy(me, order, 6)
	b.dispute(me, order, "one", Opened, 2)
	b.dispute(me, order, "two", Opened, 2)
	b.want("both opened", me, 0, 0, 6)
	if got := b.refund(me, order, 1); got != (Claimed{1, 0}) {
		t.Errorf("refunded: %+v", got)
	}
	b.want("refunded", me, 0, 0, 5)
	b.dispute(me, order, "one", Won, 2)
	b.want("one won, the other still open", me, 0, 0, 5)
	if got := b.dispute(me, order, "two", Lost, 2); got != (Claimed{2, 0}) {
		t.Errorf("lost: %+v", got)
	}
	b.want("the other lost", me, 3, 0, 0)
	if got := b.refund(me, order, 6); got != (Claimed{3, 0}) {
		t.Errorf("all refunded: %+v; what a dispute took is not asked for again", got)
	}
	if o := b.order(me, order); o != (Order{Tokens: 6, Taken: 6}) {
		t.Errorf("the order stands at %+v", o)
	}
}

func TestWhatComesBackTooLateLivesAWeek(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(b *bank, me, order uuid.UUID) (back func()){
		"released": func(b *bank, me, _ uuid.UUID) func() {
			run := uuid.New()
			b.must(nil, b.hold(me, run, 2))
			return func() { b.must(nil, b.release(me, run)) }
		},
		"thawed": func(b *bank, me, order uuid.UUID) func() {
			b.must(nil, b.hold(me, uuid.New(), 3))
			b.dispute(me, order, "dp", Opened, 5)
			return func() { b.dispute(me, order, "dp", Won, 5) }
		},
		"given back": func(b *bank, me, order uuid.UUID) func() {
			b.dispute(me, order, "dp", Lost, 2)
			return func() { b.dispute(me, order, "dp", Won, 2) }
		},
	} {
		for swept, sweep := range map[string]bool{"before the sweep": false, "after the sweep": true} {
			t.Run(name+" "+swept, func(t *testing.T) {
				t.Parallel()
				b := newBank(t)
				me, order := b.person(), uuid.New()
				b.buy(me, order, 5)
				back := away(b, me, order)
				held := b.balance(me).Held
				b.at(start.AddDate(0, 6, 1)) // a day after the end
				if sweep {
					b.must(nil, b.Sweep(t.Context()))
				}
				back()
				if held == 2 {
					held = 0
				}
				b.want("back", me, 2, held, 0)
				b.must(nil, b.Sweep(t.Context()))
				b.at(b.now.Add(7*24*time.Hour - time.Second))
				b.want("almost a week later", me, 2, held, 0)
				b.at(b.now.Add(time.Second))
				b.want("a week later", me, 0, held, 0)
				b.must(nil, b.Sweep(t.Context()))
				if o := b.order(me, order); o.Free+o.Frozen+o.Taken != 0 || o.Held+o.Spent+o.Expired != 5 {
					t.Errorf("the order stands at %+v", o)
				}
			})
		}
	}
}
