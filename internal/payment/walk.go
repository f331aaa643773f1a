package payment

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// walkAtOnce is how many orders are read at a time.
const walkAtOnce = 500

// Walk tells every order of the owner's that is written down, also those that came to nothing, the oldest first: however many
// there are, few are in memory.
func (s *Service) Walk(ctx context.Context, owner uuid.UUID, tell func(Order) error) error {
	for after, last := (time.Time{}), uuid.Nil; ; {
		var some []Order
		err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, `select `+columns+` from easel.payment_order
				where (created_at, id) > ($1, $2) order by created_at, id limit $3`, after, last, walkAtOnce)
			if err != nil {
				return err
			}
			some, err = pgx.CollectRows(rows, scan)
			return err
		})
		if err != nil {
			return err
		}
		for _, o := range some {
			if err := tell(o); err != nil {
				return err
			}
			after, last = o.Created, o.ID
		}
		if len(some) < walkAtOnce {
			return nil
		}
	}
}
