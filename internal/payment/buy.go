package payment

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// unfinishedMax is how many checkouts one account may open in an hour.
const unfinishedMax = 20

// errClosed is what a studio says that has no payments set up.
func errClosed() error {
	return fault.New(fault.Refused, "Payments are not set up on this server, so tokens cannot be bought here. The person who runs it can give you some.")
}

// Buy opens the payment page for a pack and returns its address. The same key with the same pack is the same order, so
// that a form that is sent twice buys once. An order that is settled already leads to its own page.
func (s *Service) Buy(ctx context.Context, owner, key uuid.UUID, tokens int64) (string, error) {
	if !s.Open() {
		return "", errClosed()
	}
	pack, err := s.pack(tokens)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "There is no such pack any more. Please reload the page and choose again.")
	}
	o, err := s.begin(ctx, owner, uuid.NewSHA1(key, []byte{byte(tokens >> 8), byte(tokens)}), pack)
	if err != nil {
		return "", err
	}
	return s.resume(ctx, o)
}

// begin writes the order down, or finds it.
func (s *Service) begin(ctx context.Context, owner, id uuid.UUID, pack Pack) (o Order, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var open int
		err := tx.QueryRow(ctx, `select count(*) from easel.payment_order
			where state in ('open', 'expired') and created_at > now() - interval '1 hour' and id <> $1`, id).Scan(&open)
		if err != nil {
			return err
		}
		if open >= unfinishedMax {
			return fault.New(fault.Busy, "You have opened many payment pages in this hour without paying on one. Finish one of them, or come back in an hour.")
		}
		_, err = tx.Exec(ctx, `select easel.payment_order_open($1, $2, $3, $4, $5, $6)`, id, newNumber(), pack.Tokens, pack.Price.Amount, pack.Price.Currency, s.config.Tax)
		if err != nil {
			return err
		}
		o, err = own(ctx, tx, id)
		return err
	})
	return o, err
}

// Resume returns the address where an order that is not paid yet can be, or the order's own page.
func (s *Service) Resume(ctx context.Context, owner, id uuid.UUID) (string, error) {
	if !s.Open() {
		return "", errClosed()
	}
	o, err := s.Order(ctx, owner, id)
	if err != nil {
		return "", err
	}
	return s.resume(ctx, o)
}

func (s *Service) resume(ctx context.Context, o Order) (string, error) {
	if o.State != Awaited {
		return s.page(o, ""), nil
	}
	if o.Session != "" {
		session, err := s.stripe.session(ctx, o.Session)
		if err != nil {
			return "", err
		}
		if session.URL == "" { // paid or expired meanwhile
			return s.page(o, ""), nil
		}
		return session.URL, nil
	}
	session, err := s.stripe.checkout(ctx, o, s.page(o, "back"), s.page(o, "left"))
	if err != nil {
		return "", err
	}
	return session.URL, s.attach(ctx, o.ID, session.ID)
}

// attach remembers which checkout is the order's.
func (s *Service) attach(ctx context.Context, order uuid.UUID, session string) error {
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		var ok bool
		err := tx.QueryRow(ctx, `select easel.payment_order_attach($1, $2)`, order, session).Scan(&ok)
		if err == nil && !ok {
			return fault.New(fault.Conflict, "This order has another payment page already. Please start again from the page with the packs.")
		}
		return err
	})
}

// Cancel closes the payment page of an order that nobody has paid. If it was paid a moment before, it stays paid.
func (s *Service) Cancel(ctx context.Context, owner, id uuid.UUID) (Order, error) {
	o, err := s.Order(ctx, owner, id)
	if err != nil || !s.Open() || o.State != Awaited || o.Session == "" {
		return o, err
	}
	if err := s.stripe.expire(ctx, o.Session); err != nil && fault.Is(err, fault.Busy) {
		return o, err // any other refusal means that it is not open any more: look at what it is
	}
	return s.Fulfil(ctx, o.Session)
}

// looksMax is how often Stripe is asked about one order because somebody reloads its page. After that the page waits for
// the message or the patrol.
const looksMax = 200

// Look returns one of the owner's orders as Stripe has it at this moment: whoever comes back from the payment page sees
// what happened there, whether the webhook has come or not. When Stripe does not answer, the order is as it was known
// before, and late is true.
func (s *Service) Look(ctx context.Context, owner, id uuid.UUID) (o Order, late bool, err error) {
	if o, err = s.Order(ctx, owner, id); err != nil {
		return o, false, err
	}
	return s.look(ctx, o)
}

// look brings an order that was read up to what Stripe says, unless nothing can come of that.
func (s *Service) look(ctx context.Context, o Order) (_ Order, late bool, err error) {
	settled := o.State == Failed || o.State == Expired || o.State == Paid
	if settled || !s.Open() || o.Session == "" || o.version > looksMax {
		return o, false, nil
	}
	now, err := s.Fulfil(ctx, o.Session)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("an order could not be looked up", "order", o.Number, "cause", err)
		}
		return o, true, nil
	}
	return now, false, nil
}
