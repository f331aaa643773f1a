package payment

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Ledger is what payments ask of the purse of tokens. Every call runs in the caller's transaction, which acts as the
// order's owner, so that money and tokens change together or not at all. One paid order is one lot.
type Ledger interface {
	// Buy opens the lot of a paid order, once: the same order again changes nothing and is no error.
	Buy(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, tokens int64, paid time.Time) error
	// TakeBack takes up to tokens of what nobody has spent, holds or has let expire of the order's lot, frozen or not,
	// and returns how many it took. The same key again takes nothing and returns what it took the first time.
	TakeBack(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, key string, tokens int64) (taken int64, err error)
	// GiveBack returns tokens that TakeBack took to the lot, once for each key. Into a lot that has expired meanwhile they
	// come as tokens that were released do.
	GiveBack(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, key string, tokens int64) error
	// Freeze keeps what is left of the order's lot from being held, or lets it be held again. Captures and releases of
	// what is held already go on, and so does its expiry.
	Freeze(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, frozen bool) error
	// Lot says what became of the order's tokens. ok is false when the order has no lot, or none any more.
	Lot(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID) (lot Lot, ok bool, err error)
}

// Lot is what became of an order's tokens: Tokens = Left + Held + Spent + Expired + TakenBack.
type Lot struct {
	Tokens, Left, Held, Spent, Expired, TakenBack int64
	Frozen                                        bool
	Expires                                       time.Time
}
