package payment

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// walkAtOnce is how many orders are read at a time.
const walkAtOnce = 500

// Walk tells every order of the owner's that is written down, also those that came to nothing, the oldest first: however many
// there are, few are in memory.
func (s *Service) Walk(ctx context.Context, owner uuid.UUID, tell func(Order) error) error {
	return postgres.Walk(ctx, s.db, owner, walkAtOnce, func(tx pgx.Tx, after postgres.Place, most int) ([]Order, postgres.Place, error) {
		rows, err := tx.Query(ctx, `select `+columns+` from easel.payment_order
			where (created_at, id) > ($1, $2) order by created_at, id limit $3`, after.Made, after.ID, most)
		if err != nil {
			return nil, after, err
		}
		some, err := pgx.CollectRows(rows, scan)
		if n := len(some); n > 0 {
			after = postgres.Place{Made: some[n-1].Created, ID: some[n-1].ID}
		}
		return some, after, err
	}, tell)
}
