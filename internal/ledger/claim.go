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

// TakeBack takes tokens of an order back because its money went back, or a bank took it: at most what is unspent, frozen
// or not; what is in use is taken when it comes back. tokens is everything that is still to go, with what an earlier call
// missed; 0 says that nothing is missing any more. It returns how many went since the last call for this order. The same
// key again takes nothing and returns the same.
func (l *Ledger) TakeBack(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, key string, tokens int64) (taken int64, err error) {
	if tokens < 0 {
		return 0, fmt.Errorf("take %d tokens back: that is no number of tokens", tokens)
	}
	err = ask(ctx, tx, owner, `easel.ledger_take_back($1, $2, $3)`, []any{order, key, tokens}, &taken)
	return taken, orderFault(err, "take an order's tokens back")
}

// GiveBack returns tokens of an order that TakeBack took, once for each key; nothing of the order is missing then. Into a
// lot whose time is over they come for a week more.
func (l *Ledger) GiveBack(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, key string, tokens int64) error {
	if tokens < 0 {
		return fmt.Errorf("give %d tokens back: that is no number of tokens", tokens)
	}
	var none any
	return orderFault(ask(ctx, tx, owner, `easel.ledger_give_back($1, $2, $3)`, []any{order, key, tokens}, &none), "give an order's tokens back")
}

// Freeze keeps what is left of an order from being spent while its payment is disputed, or lets it be spent again. What
// is in use goes on, and is frozen as well if it comes back. A frozen token does not expire; if its time was over
// meanwhile, it lives a week more.
func (l *Ledger) Freeze(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, frozen bool) error {
	var none any
	return orderFault(ask(ctx, tx, owner, `easel.ledger_keep($1, $2)`, []any{order, frozen}, &none), "freeze an order's tokens")
}

var errNoOrder = fault.New(fault.Missing, "That order has brought no tokens.")

func orderFault(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case code(err) == unknownOrder:
		return errNoOrder
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Order is what became of an order's tokens: Tokens = Free + Held + Frozen + Spent + Expired + Taken.
type Order struct {
	Tokens  int64
	Free    int64 // can be spent, unless the lot's time is over
	Held    int64 // set aside for runs
	Frozen  int64
	Spent   int64
	Expired int64
	Taken   int64     // by refunds and disputes
	Short   int64     // what should have been taken too, and was spent or is in use
	Icy     bool      // frozen: what comes back is kept as well
	Expires time.Time // zero once the lot has gone
}

// Order tells how an order's tokens stand, also after its lot has gone. One that brought none, or that is somebody
// else's, is Missing.
func (l *Ledger) Order(ctx context.Context, tx pgx.Tx, order uuid.UUID) (o Order, err error) {
	var ends *time.Time
	err = tx.QueryRow(ctx, `select tokens, free, held, frozen, spent, expired, taken, short, icy, ends from easel.ledger_order_now($1)`, order).
		Scan(&o.Tokens, &o.Free, &o.Held, &o.Frozen, &o.Spent, &o.Expired, &o.Taken, &o.Short, &o.Icy, &ends)
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
