package payment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"easel/internal/fault"
	"easel/internal/ledger"
	"easel/internal/queue"
)

// Extent is how much of an order is refunded.
type Extent string

// The extents: everything that was not refunded yet, or the share of the tokens that can still be spent.
const (
	Whole   Extent = "whole"
	Unspent Extent = "unspent"
)

// Reasons are what may be said about why a refund was made; free words could name somebody.
var Reasons = []string{"requested", "duplicate", "fault", "goodwill"}

// accountGone is the program's own reason.
const accountGone = "account gone"

// States of a refund.
const (
	asked  = "asked"
	done   = "done"
	failed = "failed"
)

// RefundArgs is the job of asking Stripe for one refund.
type RefundArgs struct {
	Refund uuid.UUID `json:"refund"`
}

// Kind names the job.
func (RefundArgs) Kind() string { return "payment_refund" }

// InsertOpts keep money from waiting behind drawings.
func (RefundArgs) InsertOpts() river.InsertOpts { return queue.Errand() }

// RefundTimeout is how long the job may take: a few calls to Stripe.
const RefundTimeout = 2 * time.Minute

// Refund gives money back for an order, on behalf of a member of staff. What is left of the order's tokens is frozen
// first, so that it cannot be spent while the money is on its way, and taken back with it; of what was spent before the
// ledger notes a shortfall. It returns the order as it is then: when Stripe does not answer, the refund is under way and
// is asked for again by itself.
func (s *Service) Refund(ctx context.Context, staff, order uuid.UUID, extent Extent, reason string) (Order, error) {
	if !s.Open() {
		return Order{}, errClosed()
	}
	if extent != Whole && extent != Unspent || !slices.Contains(Reasons, reason) {
		return Order{}, fault.New(fault.Invalid, "Say how much is to be refunded, and why.")
	}
	o, ok, err := s.find(ctx, clue{order: order})
	if err != nil || !ok {
		return o, either(err, errNoOrder())
	}
	if o.Session != "" { // the refunds and disputes so far
		if _, err = s.Fulfil(ctx, o.Session); err != nil {
			return o, err
		}
	}
	id := uuid.New()
	if o, err = s.change(ctx, order, func(tx pgx.Tx, o *Order) error { return s.promise(ctx, tx, o, id, extent, reason, staff) }); err != nil {
		return o, err
	}
	if err := s.Give(ctx, RefundArgs{id}); err != nil && !fault.Is(err, fault.Busy) {
		return o, err
	}
	o, _, err = s.find(ctx, clue{order: order})
	return o, err
}

// promise freezes the tokens and queues the refund.
func (s *Service) promise(ctx context.Context, tx pgx.Tx, o *Order, id uuid.UUID, extent Extent, reason string, staff uuid.UUID) error {
	switch {
	case o.State != Paid && o.State != Review:
		return fault.New(fault.Conflict, "This order was not paid, so there is nothing to refund.")
	case o.Dispute == DisputeOpen:
		return fault.New(fault.Conflict, "The bank is deciding about this payment. A refund now could pay it back twice; wait for the decision.")
	case o.Promise != uuid.Nil:
		return fault.New(fault.Conflict, "A refund of this order is under way already. Wait until it is done.")
	}
	amount, err := s.amount(ctx, tx, *o, extent)
	if err != nil {
		return err
	}
	if o.Owner != uuid.Nil && o.State == Paid {
		if _, err := s.ledger.Dispute(ctx, tx, o.Owner, o.ID, promised(id), ledger.Opened, 0); err != nil {
			return err
		}
	}
	o.Promise = id
	return s.note(ctx, tx, o, amount, reason, staff)
}

// promised is the name under which the ledger freezes tokens for a refund, as it does for a dispute.
func promised(refund uuid.UUID) string { return "refund-" + refund.String() }

// thaw ends the freezing of a promise.
func (s *Service) thaw(ctx context.Context, tx pgx.Tx, o Order) error {
	if o.Owner == uuid.Nil || o.State != Paid {
		return nil
	}
	_, err := s.ledger.Dispute(ctx, tx, o.Owner, o.ID, promised(o.Promise), ledger.Won, 0)
	return err
}

// amount is how much money an extent comes to.
func (s *Service) amount(ctx context.Context, tx pgx.Tx, o Order, extent Extent) (int64, error) {
	left := o.Total.Amount - o.Asked - o.Disputed.Amount
	if left <= 0 {
		return 0, fault.New(fault.Conflict, "All of this order has been refunded already.")
	}
	if extent == Whole {
		return left, nil
	}
	if o.Code {
		return 0, fault.New(fault.Invalid, "An unlock code is refunded as a whole: nobody here knows what it was used for.")
	}
	var unspent ledger.Order
	if o.Owner != uuid.Nil && o.State == Paid {
		var err error
		if unspent, err = s.ledger.Order(ctx, tx, o.ID); err != nil {
			return 0, err
		}
	}
	if unspent.Free == 0 {
		return 0, fault.New(fault.Conflict, "None of this order's tokens are left, so there is nothing unspent to refund.")
	}
	// As little as is worth that many tokens: worth rounds down, so this rounds up.
	return min(left, share(o.Total.Amount, o.worth(o.Asked)+unspent.Free, o.Tokens, true)-o.Asked), nil
}

// note writes a refund down, whose id is the order's promise, and queues it.
func (s *Service) note(ctx context.Context, tx pgx.Tx, o *Order, amount int64, reason string, staff uuid.UUID) error {
	o.Asked += amount
	var first bool
	err := tx.QueryRow(ctx, `select easel.payment_refund_ask($1, $2, $3, $4, $5)`, o.Promise, o.ID, amount, reason, null(staff)).Scan(&first)
	if err != nil || !first {
		return err
	}
	return s.enqueue(ctx, tx, RefundArgs{o.Promise})
}

// unwanted refunds what was paid for an account that is gone: nobody could use the tokens.
func (s *Service) unwanted(ctx context.Context, tx pgx.Tx, o *Order) error {
	left := o.Total.Amount - o.Asked - o.Disputed.Amount
	if left <= 0 {
		return nil
	}
	s.log.Warn("a payment came for an account that is gone; it is refunded", "order", o.Number)
	o.Promise = uuid.NewSHA1(o.ID, []byte(accountGone))
	return s.note(ctx, tx, o, left, accountGone, uuid.Nil)
}

// Give asks Stripe for a refund that was promised. It may be called again: the refund's id is the idempotency key.
func (s *Service) Give(ctx context.Context, args RefundArgs) error {
	if !s.Open() {
		return errClosed()
	}
	var order uuid.UUID
	var amount int64
	var reason, state string
	var created time.Time
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select order_id, amount, reason, state, created_at from easel.payment_refund_read($1)`, args.Refund).
			Scan(&order, &amount, &reason, &state, &created)
	})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && state == failed {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a refund: %w", err)
	}
	o, ok, err := s.find(ctx, clue{order: order})
	if err != nil || !ok {
		return err
	}
	if state == asked {
		id, err := s.stripe.refunded(ctx, args.Refund.String(), o.Intent, created)
		if err == nil && id == "" {
			id, err = s.stripe.refund(ctx, args.Refund.String(), o.Intent, amount, reason)
		}
		if final(err) {
			s.log.Error("a refund was not possible; the tokens are free again", "order", o.Number, "cause", err)
			return s.withdraw(ctx, args.Refund, order, amount)
		}
		if err == nil {
			_, err = s.change(ctx, order, func(tx pgx.Tx, _ *Order) error { return finish(ctx, tx, args.Refund, done, id) })
		}
		if err != nil {
			return err
		}
	}
	_, err = s.Fulfil(ctx, o.Session)
	return err
}

// final reports whether Stripe has said no for good: neither "later" nor "not with this key".
func final(err error) bool {
	var refusal *Refusal
	return errors.As(err, &refusal) && !fault.Is(err, fault.Busy) &&
		refusal.Status != http.StatusUnauthorized && refusal.Status != http.StatusForbidden
}

func finish(ctx context.Context, tx pgx.Tx, refund uuid.UUID, state, id string) error {
	_, err := tx.Exec(ctx, `select easel.payment_refund_done($1, $2, $3)`, refund, state, null(id))
	return err
}

// withdraw takes a promise back that Stripe will not keep; its tokens can be spent again.
func (s *Service) withdraw(ctx context.Context, refund, order uuid.UUID, amount int64) error {
	_, err := s.change(ctx, order, func(tx pgx.Tx, o *Order) error {
		if o.Promise != refund {
			return nil
		}
		if err := s.thaw(ctx, tx, *o); err != nil {
			return err
		}
		o.Promise, o.Asked = uuid.Nil, max(o.Refunded.Amount, o.Asked-amount)
		return finish(ctx, tx, refund, failed, "")
	})
	return err
}
