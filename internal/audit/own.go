package audit

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Done is what one of those who run the place did about somebody. Who it was is not said: that is another person.
type Done struct {
	Number int64
	At     time.Time
	Action string
	Reason string
}

// walkAtOnce is how many entries are read at a time.
const walkAtOnce = 500

// Walk tells everything that was written down about the owner, the oldest first, however much there is.
func (l *Log) Walk(ctx context.Context, owner uuid.UUID, tell func(Done) error) error {
	for last := int64(0); ; {
		var some []Done
		err := l.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, `select number, at, action, reason from easel.audit_own($1, $2)`, last, walkAtOnce)
			if err != nil {
				return err
			}
			some, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Done])
			return err
		})
		if err != nil {
			return denied(err)
		}
		for _, d := range some {
			if err := tell(d); err != nil {
				return err
			}
			last = d.Number
		}
		if len(some) < walkAtOnce {
			return nil
		}
	}
}
