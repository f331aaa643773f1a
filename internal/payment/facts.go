package payment

import (
	"context"
	"time"

	api "github.com/stripe/stripe-go/v84"

	"easel/internal/ledger"
)

// facts are what Stripe says about an order at one moment. They are all that is believed: a webhook or a return to the
// page only says that it is time to ask.
type facts struct {
	state          State
	intent, charge string
	paid           Money
	paidAt         time.Time
	refunded       int64 // in total
	disputes       []quarrel
}

// quarrel is one dispute about a payment.
type quarrel struct {
	id      string
	amount  int64 // that it took or may take
	state   Dispute
	outcome ledger.Outcome // what it means for the tokens: lost as soon as the money is withdrawn
}

// ask collects the facts about a checkout session.
func (s *Service) ask(ctx context.Context, session string) (facts, error) {
	cs, err := s.stripe.session(ctx, session)
	if err != nil {
		return facts{}, err
	}
	f := read(cs)
	if f.charge == "" || !cs.PaymentIntent.LatestCharge.Disputed {
		return f, nil
	}
	disputes, err := s.stripe.disputes(ctx, f.intent)
	for _, d := range disputes {
		f.disputes = append(f.disputes, judge(d))
	}
	return f, err
}

// read takes from a session, its payment and its newest charge what concerns us.
func read(cs *api.CheckoutSession) facts {
	f := facts{state: stateOf(cs), paid: Money{cs.AmountTotal, string(cs.Currency)}}
	if cs.PaymentIntent == nil {
		return f
	}
	f.intent = cs.PaymentIntent.ID
	charge := cs.PaymentIntent.LatestCharge
	if charge == nil || !charge.Paid && f.state != Paid {
		return f
	}
	f.charge, f.refunded = charge.ID, charge.AmountRefunded
	if f.state == Paid {
		f.paidAt = time.Unix(charge.Created, 0).UTC()
	}
	return f
}

// stateOf follows Stripe's rule for fulfilment: only a session whose payment is not "unpaid" counts.
func stateOf(cs *api.CheckoutSession) State {
	switch {
	case cs.Status == api.CheckoutSessionStatusExpired:
		return Expired
	case cs.Status != api.CheckoutSessionStatusComplete:
		return Awaited
	case cs.PaymentStatus != api.CheckoutSessionPaymentStatusUnpaid:
		return Paid
	case cs.PaymentIntent == nil:
		return Waiting
	}
	switch cs.PaymentIntent.Status {
	case api.PaymentIntentStatusRequiresPaymentMethod, api.PaymentIntentStatusCanceled:
		return Failed
	}
	return Waiting
}

// judge says how a dispute stands. Open, it freezes what is unspent; with the money withdrawn or lost, the tokens go;
// won, closed or with the money back, they return.
func judge(d *api.Dispute) quarrel {
	q := quarrel{id: d.ID, amount: d.Amount, state: DisputeOpen, outcome: ledger.Opened}
	withdrawn := int64(0)
	for _, move := range d.BalanceTransactions {
		withdrawn -= move.Amount
	}
	switch d.Status {
	case api.DisputeStatusWon, api.DisputeStatusWarningClosed, api.DisputeStatusPrevented:
		q.state, q.outcome = DisputeWon, ledger.Won
	case api.DisputeStatusLost:
		q.state, q.outcome = DisputeLost, ledger.Lost
	default:
		if withdrawn > 0 {
			q.outcome = ledger.Lost
		}
	}
	return q
}
