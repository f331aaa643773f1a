package audit

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
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
	return postgres.Walk(ctx, l.db, owner, walkAtOnce, func(tx pgx.Tx, after int64, most int) ([]Done, int64, error) {
		rows, err := tx.Query(ctx, `select number, at, action, reason from easel.audit_own($1, $2)`, after, most)
		if err != nil {
			return nil, after, denied(err)
		}
		some, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Done])
		if n := len(some); n > 0 {
			after = some[n-1].Number
		}
		return some, after, denied(err)
	}, tell)
}
