package account

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Saying is something that a person stated or agreed to, or was told.
type Saying struct {
	What    string // policy: agreed to a version; told: of a version; age: stated one; photos: stated the right to use them, under a version
	Studio  string
	Version int
	Minimum int  // the age that was asked about, in years
	Younger bool // younger, with a guardian's agreement
	At      time.Time
}

// Sayings returns everything that the person stated, agreed to and was told, each version of a policy by itself, in order of time.
func (s *Service) Sayings(ctx context.Context, owner uuid.UUID) (all []Saying, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select 'policy' as what, studio, version, 0 as minimum, false as younger, at from easel.account_consent where account = $1
			union all select 'told', studio, version, 0, false, at from easel.account_notice where account = $1
			union all select 'age', '', 0, minimum, guardian, at from easel.account_age where account = $1
			union all select 'photos', '', statement_of, 0, false, statement_at from easel.account_account where id = $1 and statement_at is not null
			order by at, what, version`, owner)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Saying])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what somebody stated: %w", err)
	}
	return all, nil
}
