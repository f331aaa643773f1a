package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/ledger"
)

// ErrForeign is a payment that no order of ours belongs to: the Stripe account may sell other things as well.
var ErrForeign = errors.New("payment: this payment is not of one of our orders")

// tries is how often an order is looked at anew when somebody else has written it meanwhile.
const tries = 8

// Fulfil brings an order up to what Stripe says about its checkout session at this moment, and the tokens with it. The
// webhook's job, the page that people come back to and the patrol all call it, in any order, as often as they like and
// at the same time: a payment is worth its tokens once. It returns ErrForeign for a session that is not ours.
func (s *Service) Fulfil(ctx context.Context, session string) (Order, error) {
	if !s.Open() {
		return Order{}, errClosed()
	}
	for range tries {
		o, ok, err := s.find(ctx, clue{session: session})
		if err == nil && !ok {
			err = s.recognise(ctx, session)
		}
		if err != nil {
			return Order{}, err
		}
		if !ok {
			continue // it is found now
		}
		// The facts are asked for after the version was read: what is written was true later than what it replaces.
		f, err := s.ask(ctx, session)
		if err == nil && o.Code && o.State != Paid && f.state == Paid && s.config.Codes != nil {
			err = s.config.Codes.Stock(ctx, int(o.Tokens))
		}
		if err != nil {
			return o, err
		}
		if now, ok, err := s.settle(ctx, o, f); err != nil || ok {
			return now, err
		}
	}
	return Order{}, errWorked()
}

// recognise finds the order of a session that we do not know: the program ended between opening it and writing it down.
func (s *Service) recognise(ctx context.Context, session string) error {
	cs, err := s.stripe.session(ctx, session)
	if fault.Is(err, fault.Missing) {
		return ErrForeign
	}
	if err != nil {
		return err
	}
	id, err := uuid.Parse(cs.ClientReferenceID)
	if err != nil {
		return ErrForeign
	}
	_, ok, err := s.find(ctx, clue{order: id})
	if err == nil && !ok {
		return ErrForeign
	}
	if err == nil {
		err = s.attach(ctx, id, session)
	}
	return err
}

// settle writes down the facts and moves the tokens, in one transaction. It is false, and nothing has happened, when the
// order is not as it was read any more.
func (s *Service) settle(ctx context.Context, o Order, f facts) (now Order, ok bool, err error) {
	now, first := plan(o, f)
	err = s.as(ctx, o.Owner, func(tx pgx.Tx) error {
		if ok, err = claim(ctx, tx, o); err != nil || !ok {
			return err
		}
		switch {
		case o.Code:
			err = s.hand(ctx, tx, now, first)
		case o.Owner == uuid.Nil && first:
			err = s.unwanted(ctx, tx, &now)
		case o.Owner != uuid.Nil && now.State == Paid:
			err = s.move(ctx, tx, now, f, first)
		}
		if err == nil {
			err = s.keep(ctx, tx, &now)
		}
		if err == nil {
			err = write(ctx, tx, now)
		}
		return err
	})
	if err != nil {
		return o, false, fmt.Errorf("settle order %s: %w", o.Number, err)
	}
	if ok && now.State == Review && o.State != Review {
		s.log.Error("a payment does not fit its order; refund it or grant the tokens by hand", "order", o.Number, "asked", o.Price.String(), "paid", now.Total.String())
	}
	return now, ok, nil
}

// move makes the tokens follow the money. Everything in it counts once, whoever says it how often.
func (s *Service) move(ctx context.Context, tx pgx.Tx, o Order, f facts, first bool) error {
	if first {
		if _, err := s.ledger.Buy(ctx, tx, o.Owner, o.ID, o.Tokens); err != nil {
			return err
		}
	}
	if tokens := o.worth(f.refunded); tokens > 0 {
		if _, err := s.ledger.Refund(ctx, tx, o.Owner, o.ID, tokens); err != nil {
			return err
		}
	}
	gone := f.refunded
	for _, q := range f.disputes {
		tokens := int64(0)
		if q.outcome == ledger.Lost {
			tokens = o.worth(gone+q.amount) - o.worth(gone)
			gone += q.amount
		}
		if _, err := s.ledger.Dispute(ctx, tx, o.Owner, o.ID, q.id, q.outcome, tokens); err != nil {
			return err
		}
	}
	return nil
}

// keep ends the promise of a refund that Stripe has made: its tokens were taken just now, and what is left thaws.
func (s *Service) keep(ctx context.Context, tx pgx.Tx, o *Order) error {
	if o.Promise == uuid.Nil {
		return nil
	}
	var state string
	if err := tx.QueryRow(ctx, `select state from easel.payment_refund_read($1)`, o.Promise).Scan(&state); err != nil {
		return err
	}
	if state == asked {
		return nil
	}
	err := s.thaw(ctx, tx, *o)
	o.Promise = uuid.Nil
	return err
}

// as runs fn as the order's owner, or as nobody when the account is gone.
func (s *Service) as(ctx context.Context, owner uuid.UUID, fn func(pgx.Tx) error) error {
	if owner == uuid.Nil {
		return s.db.AsNobody(ctx, fn)
	}
	return s.db.AsOwner(ctx, owner, fn)
}

// claim holds the order until the transaction ends, unless it has changed since it was read.
func claim(ctx context.Context, tx pgx.Tx, o Order) (ok bool, err error) {
	err = tx.QueryRow(ctx, `select easel.payment_order_claim($1, $2, $3)`, o.ID, o.version, null(o.Owner)).Scan(&ok)
	return ok, err
}

// write says what is known of an order that was claimed.
func write(ctx context.Context, tx pgx.Tx, o Order) error {
	var paid *int64
	if o.State == Paid || o.State == Review {
		paid = &o.Total.Amount
	}
	var ok bool
	err := tx.QueryRow(ctx, `select easel.payment_order_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, o.ID, o.State, null(o.Intent), null(o.Charge),
		paid, null(o.PaidAt), o.Asked, o.Refunded.Amount, o.Disputed.Amount, o.Dispute, null(o.Promise)).Scan(&ok)
	if err == nil && !ok {
		return errors.New("the order was not written")
	}
	return err
}

// change reads an order and does something about it in a transaction that holds it, anew when somebody else was faster.
// do changes the order that it is given; that is then written.
func (s *Service) change(ctx context.Context, order uuid.UUID, do func(tx pgx.Tx, o *Order) error) (o Order, err error) {
	for range tries {
		o, ok, err := s.find(ctx, clue{order: order})
		if err != nil || !ok {
			return o, either(err, errNoOrder())
		}
		err = s.as(ctx, o.Owner, func(tx pgx.Tx) error {
			if ok, err = claim(ctx, tx, o); err != nil || !ok {
				return err
			}
			if err := do(tx, &o); err != nil {
				return err
			}
			return write(ctx, tx, o)
		})
		if err != nil || ok {
			return o, err
		}
	}
	return o, errWorked()
}

func either(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// errWorked is what somebody gets who comes while many others are at the same order.
func errWorked() error {
	return fault.New(fault.Busy, "This order is being worked on at this moment. Please try again in a few seconds.")
}
