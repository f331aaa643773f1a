package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Before is how long before tokens end their owner is told.
const Before = 14 * 24 * time.Hour

// Ending is tokens that end soon.
type Ending struct {
	Tokens  int64
	Expires time.Time
}

// Warn finds the owners of lots that end within Before and that they were not told of, and calls tell for each in a
// transaction of that owner's, together with the note that they were told: both happen or neither. Lots that live a week
// only are not spoken of.
func (l *Ledger) Warn(ctx context.Context, tell func(ctx context.Context, tx pgx.Tx, owner uuid.UUID, ending []Ending) error) error {
	for {
		soon, err := l.owners(ctx, `select easel.ledger_soon($1, $2)`, Before, atOnce)
		if err != nil {
			return fmt.Errorf("find tokens that end soon: %w", err)
		}
		var wrong []error // one who cannot be told must not keep the others
		for _, owner := range soon {
			err := l.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
				ending, err := l.warned(ctx, tx)
				if err != nil || len(ending) == 0 {
					return err
				}
				return tell(ctx, tx, owner, ending)
			})
			if err != nil {
				wrong = append(wrong, fmt.Errorf("tell of tokens that end soon: %w", err))
			}
		}
		if len(soon) < atOnce || len(wrong) > 0 {
			return errors.Join(wrong...)
		}
	}
}

func (l *Ledger) warned(ctx context.Context, tx pgx.Tx) ([]Ending, error) {
	rows, err := tx.Query(ctx, `select tokens, expires_at from easel.ledger_warn($1)`, Before)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Ending, err error) {
		err = row.Scan(&e.Tokens, &e.Expires)
		return e, err
	})
}
