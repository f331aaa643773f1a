package payment

import (
	"math/bits"
	"slices"

	"easel/internal/ledger"
)

// plan is what an order becomes by the facts. It asks nobody and tells nobody; asked twice about the same facts it says
// the same. first is true when the order is paid by them and was not before.
func plan(o Order, f facts) (now Order, first bool) {
	if f.intent != "" {
		o.Intent = f.intent
	}
	if f.charge != "" {
		o.Charge = f.charge
	}
	switch {
	case o.State == Paid: // and stays so
	case f.state == Paid && (f.paid.Currency != o.Price.Currency || f.paid.Amount < o.Price.Amount):
		o.State, o.Total = Review, Money{f.paid.Amount, o.Price.Currency}
	case f.state == Paid:
		o.State, o.Total, o.PaidAt = Paid, f.paid, f.paidAt
		first = true
	default:
		o.State = f.state
	}
	if o.State != Paid && o.State != Review {
		return o, false
	}
	o.Refunded.Amount, o.Asked = f.refunded, max(o.Asked, f.refunded)
	o.Disputed.Amount, o.Dispute = 0, Undisputed
	for _, q := range f.disputes {
		if q.outcome == ledger.Lost {
			o.Disputed.Amount += q.amount
		}
		if slices.Index(gravity, q.state) > slices.Index(gravity, o.Dispute) {
			o.Dispute = q.state
		}
	}
	return o, first
}

// gravity says which of several disputes an order is known by: the last of these.
var gravity = []Dispute{Undisputed, DisputeWon, DisputeLost, DisputeOpen}

// worth is how many of the order's tokens so much of its money stands for: rounded down, in the buyer's favour, and all
// of them when it is all of the money.
func (o Order) worth(money int64) int64 {
	if money >= o.Total.Amount {
		return o.Tokens
	}
	return share(o.Tokens, money, o.Total.Amount, false)
}

// share is n·part/whole, rounded down or up.
func share(n, part, whole int64, up bool) int64 {
	high, low := bits.Mul64(uint64(n), uint64(part))
	q, r := bits.Div64(high, low, uint64(whole))
	if up && r > 0 {
		q++
	}
	return int64(q)
}
