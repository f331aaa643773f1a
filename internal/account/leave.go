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

// LeaveUnreachable deletes the accounts that nobody can come to any more: without an address, an issuer's word, a passkey, a
// session or a link, such as that of somebody who came by the first link and lost the cookie. It returns how many.
func (s *Service) LeaveUnreachable(ctx context.Context, destroy func(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error) (n int, err error) {
	for {
		left, err := s.unreachable(ctx)
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

// leaveAtOnce is how many are looked up at a time.
const leaveAtOnce = 200

func (s *Service) unreachable(ctx context.Context) (left []uuid.UUID, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select account_unreachable from easel.account_unreachable($1)`, leaveAtOnce)
		if err != nil {
			return err
		}
		left, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find accounts that nobody can reach: %w", err)
	}
	return left, nil
}
