package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Claimed is what a refund or a dispute did. Both are negative where tokens came back.
type Claimed struct {
	Taken int64 // tokens that went out of the purse
	Short int64 // tokens that should have gone and were spent or in use: the order's shortfall
}

// Refund takes tokens of an order back because its money went back: total is how many of the order's tokens are refunded
// altogether, with those of earlier refunds, so that a refund told twice, late or in the wrong order takes nothing twice.
// At most what is unspent goes; a balance is never negative.
func (l *Ledger) Refund(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, total int64) (c Claimed, err error) {
	if total < 0 {
		return c, fmt.Errorf("refund %d tokens: that is no number of tokens", total)
	}
	err = ask(ctx, tx, owner, `r.taken, r.short from easel.ledger_refund($1, $2) r`, []any{order, total}, &c.Taken, &c.Short)
	return c, claimFault(err)
}

// Outcome is how a dispute stands.
type Outcome string

// A dispute is opened (its order's unspent tokens freeze), lost (they are taken back) or won (they thaw, and what was
// taken comes back).
const (
	Opened Outcome = "opened"
	Lost   Outcome = "lost"
	Won    Outcome = "won"
)

// Dispute follows a bank's dispute of an order's payment. dispute is the provider's id of it; tokens is how many of the
// order's tokens are in dispute, which counts when it is lost. Each outcome counts once; Won is final, and Opened does
// nothing after Lost.
func (l *Ledger) Dispute(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, dispute string, o Outcome, tokens int64) (c Claimed, err error) {
	if dispute == "" || tokens < 0 {
		return c, fmt.Errorf("a dispute %q of %d tokens makes no sense", dispute, tokens)
	}
	err = ask(ctx, tx, owner, `d.taken, d.short from easel.ledger_dispute($1, $2, $3, $4) d`, []any{order, dispute, string(o), tokens}, &c.Taken, &c.Short)
	return c, claimFault(err)
}

var errNoOrder = fault.New(fault.Missing, "That order has brought no tokens.")

func claimFault(err error) error {
	if err == nil {
		return nil
	}
	if code(err) == unknownOrder {
		return errNoOrder
	}
	return fmt.Errorf("take an order's tokens back: %w", err)
}

// Order is what became of an order's tokens: Tokens = Free + Held + Frozen + Spent + Expired + Taken.
type Order struct {
	Tokens  int64
	Free    int64 // can be spent, unless the lot's time is over
	Held    int64 // set aside for runs
	Frozen  int64 // by a dispute
	Spent   int64
	Expired int64
	Taken   int64     // by refunds and disputes
	Short   int64     // what should have been taken, and was spent or is in use
	Expires time.Time // zero once the lot has gone
}

// Order tells how an order's tokens stand, also after its lot has gone. One that brought none, or that is somebody
// else's, is Missing.
func (l *Ledger) Order(ctx context.Context, tx pgx.Tx, order uuid.UUID) (o Order, err error) {
	var ends *time.Time
	err = tx.QueryRow(ctx, `select tokens, free, held, frozen, spent, expired, taken, short, ends from easel.ledger_order_now($1)`, order).
		Scan(&o.Tokens, &o.Free, &o.Held, &o.Frozen, &o.Spent, &o.Expired, &o.Taken, &o.Short, &ends)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, errNoOrder
	}
	if err != nil {
		return o, fmt.Errorf("look at an order's tokens: %w", err)
	}
	if ends != nil {
		o.Expires = *ends
	}
	return o, nil
}

// Forget removes what is kept of an order, once its records need not be kept any longer. It fails while there is a lot.
func (l *Ledger) Forget(ctx context.Context, tx pgx.Tx, order uuid.UUID) error {
	if _, err := tx.Exec(ctx, `select easel.ledger_forget($1)`, order); err != nil {
		return fmt.Errorf("forget an order's tokens: %w", err)
	}
	return nil
}
