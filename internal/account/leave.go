package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Leave deletes the account with all that is its owner's, at once: rows, keys, sessions, keys for programs, links and
// letters on their way. destroy makes unreadable what other parts keep for the owner, in the same transaction: if it fails,
// nothing has happened. Whoever calls it has made sure that the person proved who they are just now (Caller.Fresh).
func (s *Service) Leave(ctx context.Context, owner uuid.UUID, destroy func(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error) error {
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := destroy(ctx, tx, owner); err != nil {
			return err
		}
		return s.change(ctx, tx, `delete from easel.account_account where id = $1`, owner)
	})
	if err != nil {
		return fmt.Errorf("delete an account: %w", err)
	}
	return nil
}
