package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Codes are what is sold to people who have no account: unlock codes, each good for so many pictures.
type Codes interface {
	// Stock sees to it that there are codes to sell.
	Stock(ctx context.Context, pictures int) error
	// Sell lays one aside under the id of a checkout, once.
	Sell(ctx context.Context, tx pgx.Tx, checkout string, pictures int) error
	// Sold returns the one that was bought at a checkout, as long as it is kept for its buyer.
	Sold(ctx context.Context, checkout string) (code string, until time.Time, ok bool, err error)
	// Withdraw makes it worthless, as long as that is so.
	Withdraw(ctx context.Context, tx pgx.Tx, checkout string) error
	// Sweep erases those that were kept long enough.
	Sweep(ctx context.Context) error
}

// CodeTerms returns what a buyer of an unlock code should know. A pack's tokens are the pictures that its code opens.
func (s *Service) CodeTerms() Terms {
	open := s.Open() && s.config.Codes != nil && len(s.config.CodePrices.Packs) > 0
	return Terms{Open: open, Demo: s.config.Demo && open, Packs: s.config.CodePrices.Packs, Tax: s.config.Tax}
}

func errNoCodes() error {
	return fault.New(fault.Refused, "Unlock codes are not sold on this server. The person who runs it can give you one.")
}

// BuyCode opens the payment page for an unlock code and returns its address. The same key with the same pack is the same
// order. Nobody is asked who they are; whoever knows the order's address sees what was bought there.
func (s *Service) BuyCode(ctx context.Context, key uuid.UUID, pictures int64) (string, error) {
	terms := s.CodeTerms()
	if !terms.Open {
		return "", errNoCodes()
	}
	pack, err := s.config.CodePrices.pack(pictures)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "There is no such pack any more. Please reload the page and choose again.")
	}
	id := uuid.NewSHA1(key, []byte{'c', byte(pictures >> 8), byte(pictures)})
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.payment_code_open($1, $2, $3, $4, $5, $6)`, id, newNumber(), pack.Tokens, pack.Price.Amount, pack.Price.Currency, s.config.Tax)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("write an order of a code down: %w", err)
	}
	o, err := s.codeOrder(ctx, id)
	if err != nil {
		return "", err
	}
	return s.resume(ctx, o)
}

// codeOrder returns an order of a code as it is written down. Orders of accounts, also of those that are gone, are none.
func (s *Service) codeOrder(ctx context.Context, id uuid.UUID) (Order, error) {
	o, err := s.read(ctx, id, uuid.Nil)
	if err == nil && !o.Code {
		return Order{}, errNoOrder()
	}
	if fault.Is(err, fault.Missing) {
		err = fault.New(fault.Missing, "There is no such order. Open the address that you came back to from the payment page.")
	}
	return o, err
}

// LookCode returns an order of a code as Stripe has it at this moment, as Look does.
func (s *Service) LookCode(ctx context.Context, id uuid.UUID) (o Order, late bool, err error) {
	if o, err = s.codeOrder(ctx, id); err != nil {
		return o, false, err
	}
	return s.look(ctx, o)
}

// ResumeCode returns the address where an order of a code that is not paid yet can be.
func (s *Service) ResumeCode(ctx context.Context, id uuid.UUID) (string, error) {
	if !s.Open() {
		return "", errNoCodes()
	}
	o, err := s.codeOrder(ctx, id)
	if err != nil {
		return "", err
	}
	return s.resume(ctx, o)
}

// ShowCode returns the code that an order has bought, and until when it can be looked at: as often as somebody wants.
func (s *Service) ShowCode(ctx context.Context, id uuid.UUID) (code string, until time.Time, err error) {
	o, _, err := s.LookCode(ctx, id)
	if err != nil {
		return "", until, err
	}
	switch {
	case s.config.Codes == nil || o.Session == "" || o.State != Paid:
		return "", until, fault.New(fault.Conflict, "This order is not paid yet, so there is no code to show.")
	case o.Gone():
		return "", until, fault.New(fault.Conflict, "The payment was given back, so the code is withdrawn.")
	}
	code, until, ok, err := s.config.Codes.Sold(ctx, o.Session)
	if err == nil && !ok {
		err = fault.New(fault.Missing, "The code of this order is not kept here any more: it can be looked at for a day, and was erased then.")
	}
	return code, until, err
}

// Gone reports whether an order's money has gone back: all of it was refunded, or a bank has taken it.
func (o Order) Gone() bool {
	return o.State == Paid && o.Total.Amount > 0 && o.Refunded.Amount+o.Disputed.Amount >= o.Total.Amount
}

// hand makes an order's code follow its money: laid aside for whoever holds the checkout's id when it is paid for the first time,
// and worthless when the money went back in the meantime. The order never names it.
func (s *Service) hand(ctx context.Context, tx pgx.Tx, o Order, first bool) error {
	switch {
	case s.config.Codes == nil:
		return errors.New("payment: an order of a code is to be settled where there are none; see EASEL_STUDIOS")
	case o.Gone() && !first:
		return s.config.Codes.Withdraw(ctx, tx, o.Session)
	case first && !o.Gone():
		return s.config.Codes.Sell(ctx, tx, o.Session, int(o.Tokens))
	}
	return nil
}
