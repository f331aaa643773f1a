package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/mail"
)

// noticesAtOnce is how many people are looked up together.
const noticesAtOnce = 200

// Announce writes to everybody who agreed to an earlier version of a studio's policy that there is this one: a letter to each,
// once, whenever and however often it is called and wherever it was interrupted, as the letter and the note that it was written
// are one transaction of their owner's. values are the letter's.
func (s *Service) Announce(ctx context.Context, studio string, version int, values map[string]string) (told int, err error) {
	for {
		var some []uuid.UUID
		err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, `select easel.account_untold($1, $2, $3)`, studio, version, noticesAtOnce)
			if err != nil {
				return err
			}
			some, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
			return err
		})
		if err != nil {
			return told, fmt.Errorf("find whom to tell of a new policy: %w", err)
		}
		var wrong []error // one who cannot be told must not keep the others
		for _, owner := range some {
			wrote, err := s.announce(ctx, owner, studio, version, values)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("tell of a new policy: %w", err))
			}
			if wrote {
				told++
			}
		}
		if len(some) < noticesAtOnce || len(wrong) > 0 {
			return told, errors.Join(wrong...)
		}
	}
}

// announce tells one person; wrote is false for whom another process has told meanwhile.
func (s *Service) announce(ctx context.Context, owner uuid.UUID, studio string, version int, values map[string]string) (wrote bool, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		wrote = false
		tag, err := tx.Exec(ctx, `insert into easel.account_notice (account, studio, version) values ($1, $2, $3) on conflict do nothing`, owner, studio, version)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		wrote = true
		return s.Tell(ctx, tx, owner, mail.PolicyChanged, values)
	})
	return wrote && err == nil, err
}
