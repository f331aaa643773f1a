package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Runners returns the ids of those who run the place, for letters to them.
func (s *Service) Runners(ctx context.Context) (ids []uuid.UUID, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select account_runners from easel.account_runners()`)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find those who run the place: %w", err)
	}
	return ids, nil
}
