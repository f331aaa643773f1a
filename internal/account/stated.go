package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Stated reports whether the person has stated their right to use the photos they bring, under the policy in force.
func (s *Service) Stated(ctx context.Context, owner uuid.UUID) (stated bool, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select coalesce(max(statement_of), 0) >= $2 from easel.account_account where id = $1`, owner, s.config.Policy).Scan(&stated)
	})
	if err != nil {
		return false, fmt.Errorf("read a statement about photos: %w", err)
	}
	return stated, nil
}
