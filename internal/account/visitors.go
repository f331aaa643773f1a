package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Open makes a new account without a sign-in and the session that reaches it. Statement says that the visitor has
// stated their right to use the photos they bring.
func (s *Service) Open(ctx context.Context, statement bool) (token string, owner uuid.UUID, err error) {
	token, sum := newToken()
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.account_open($1, now() + $2)`, sum, s.config.Idle).Scan(&owner)
	})
	if err == nil && statement {
		err = s.State(ctx, owner)
	}
	if err != nil {
		return "", uuid.Nil, fmt.Errorf("open an account: %w", err)
	}
	return token, owner, nil
}

// LeaveVisitors deletes all accounts that nobody can reach any more, with all that is theirs. destroy makes what the account
// owns unreadable, in the same transaction; it returns how many accounts went.
func (s *Service) LeaveVisitors(ctx context.Context, destroy func(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error) (n int, err error) {
	for {
		left, err := s.left(ctx)
		if err != nil {
			return n, err
		}
		for _, owner := range left {
			if err := s.Leave(ctx, owner, destroy); err != nil {
				return n, err
			}
			n++
		}
		if len(left) < leaveAtOnce {
			return n, nil
		}
	}
}

func (s *Service) left(ctx context.Context) (left []uuid.UUID, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select account_left from easel.account_left($1)`, leaveAtOnce)
		if err != nil {
			return err
		}
		left, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find accounts that were left: %w", err)
	}
	return left, nil
}

// leaveAtOnce is how many are looked up at a time.
const leaveAtOnce = 200
