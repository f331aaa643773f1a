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
	for range 2 {
		if taken := b.takeBack(me, order, "all", 5); taken != 2 {
			t.Errorf("%d tokens were taken back, want the 2 that were unspent", taken)
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
	if taken := b.takeBack(me, order, "a", 5); taken != 1 {
		t.Errorf("%d were taken, want 1", taken)
	}
	b.must(nil, b.release(me, run))
	b.want("cancelled after the refund", me, 0, 0, 0)
	if o := b.order(me, order); o != (Order{Tokens: 5, Taken: 5}) {
		t.Errorf("the order stands at %+v", o)
	}
	if taken := b.takeBack(me, order, "b", 4); taken != 4 {
		t.Errorf("whoever asks for the missing 4 is told of %d", taken)
	}
	if taken := b.takeBack(me, order, "c", 0); taken != 0 {
		t.Errorf("and then of %d more", taken)
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
		b.freeze(me, order, true)
	}
	b.want("opened", me, 0, 1, 3)
	b.must(nil, b.release(me, using))
	b.want("what comes back is frozen too", me, 0, 0, 4)
	if taken := b.takeBack(me, order, "lost", 5); taken != 4 {
		t.Errorf("lost: %d were taken, want 4", taken)
	}
	b.freeze(me, order, false)
	b.want("lost", me, 0, 0, 0)
	if o := b.order(me, order); o != (Order{Tokens: 5, Spent: 1, Taken: 4, Short: 1}) {
		t.Errorf("lost: the order stands at %+v", o)
	}
	for range 2 {
		b.giveBack(me, order, "won", 4)
	}
	b.want("won after all", me, 4, 0, 0)
	if o := b.order(me, order); o != (Order{Tokens: 5, Free: 4, Spent: 1}) {
		t.Errorf("won: the order stands at %+v", o)
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
			b.freeze(me, order, true)
			return func() { b.freeze(me, order, false) }
		},
		"given back": func(b *bank, me, order uuid.UUID) func() {
			b.takeBack(me, order, "lost", 2)
			return func() { b.giveBack(me, order, "won", 2) }
		},
	} {
		for swept, sweep := range map[string]bool{"": false, " after the sweep": true} {
			t.Run(name+swept, func(t *testing.T) {
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
