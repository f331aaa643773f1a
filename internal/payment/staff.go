package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/ledger"
)

// Audit writes down what a member of staff does, in the transaction in which it is done; it refuses everybody else.
type Audit func(ctx context.Context, tx pgx.Tx, action string, subject uuid.UUID, reason string) error

// foundMax is how many orders a search returns.
const foundMax = 50

// Find returns orders by their number, Stripe's ids or our own id, or the newest ones when nothing is asked for. Only for
// staff; others find none.
func (s *Service) Find(ctx context.Context, staff uuid.UUID, what string) (all []Order, err error) {
	what = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(what, "\x00", ""), ""))
	err = s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+columns+` from easel.payment_staff_find($1, $2)`, what, foundMax)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scan)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find orders: %w", err)
	}
	return all, nil
}

// Given is one refund that was asked for here.
type Given struct {
	Amount  Money
	Reason  string
	State   string // asked, done or failed
	Created time.Time
}

// Inspect returns one order with what became of its tokens and the refunds that were asked for. Only for staff.
func (s *Service) Inspect(ctx context.Context, staff, id uuid.UUID) (o Order, fate ledger.Order, refunds []Given, err error) {
	found, err := s.Find(ctx, staff, id.String())
	if err != nil || len(found) == 0 {
		return o, fate, nil, either(err, fault.New(fault.Missing, "There is no such order."))
	}
	o = found[0]
	err = s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select amount, reason, state, created_at from easel.payment_staff_refunds($1)`, id)
		if err != nil {
			return err
		}
		refunds, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (g Given, err error) {
			g.Amount.Currency = o.Price.Currency
			err = row.Scan(&g.Amount.Amount, &g.Reason, &g.State, &g.Created)
			return g, err
		})
		return err
	})
	if err == nil {
		fate, _, err = s.Fate(ctx, o)
	}
	return o, fate, refunds, err
}

// Fate is what became of an order's tokens; ok is false when it has brought none.
func (s *Service) Fate(ctx context.Context, o Order) (fate ledger.Order, ok bool, err error) {
	if o.State != Paid || o.Code {
		return fate, false, nil
	}
	err = s.as(ctx, o.Owner, func(tx pgx.Tx) error {
		fate, err = s.ledger.Order(ctx, tx, o.ID)
		return err
	})
	if fault.Is(err, fault.Missing) {
		return fate, false, nil
	}
	return fate, err == nil, err
}

// Return is Refund by a member of staff, which is written down before anything is done. The note is for the audit log.
func (s *Service) Return(ctx context.Context, audit Audit, staff, order uuid.UUID, extent Extent, reason, note string) (Order, error) {
	err := s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		return audit(ctx, tx, "payment.refund", order, string(extent)+", "+reason+": "+note)
	})
	if err != nil {
		return Order{}, err
	}
	return s.Refund(ctx, staff, order, extent, reason)
}

// Grant gives somebody tokens, which is written down before. The key names the grant: a form sent twice grants once. The
// reason is read by the person as well.
func (s *Service) Grant(ctx context.Context, audit Audit, staff, owner, key uuid.UUID, tokens int64, reason string) error {
	err := s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		return audit(ctx, tx, "ledger.grant", owner, fmt.Sprintf("%d tokens: %s", tokens, reason))
	})
	if err != nil {
		return err
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		_, err := s.ledger.Grant(ctx, tx, owner, ledger.Grant{Key: "staff:" + key.String(), Tokens: tokens, Reason: reason})
		return err
	})
	if gone := foreignKey(err); gone {
		return fault.Wrap(err, fault.Missing, "There is no such account any more.")
	}
	return err
}

// foreignKey reports whether something was written for an account that is not there.
func foreignKey(err error) bool {
	var said interface{ SQLState() string }
	return errors.As(err, &said) && said.SQLState() == "23503"
}
