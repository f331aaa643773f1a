package account

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// AgeStatement is what somebody says about their age when a studio asks. No date of birth is asked for or kept.
type AgeStatement struct {
	Minimum  int  // the age that was asked about, in years
	Guardian bool // they are younger, and a parent or guardian agrees
}

// Age is a recorded statement.
type Age struct {
	AgeStatement

	At time.Time
}

// Consent is an agreement to one version of a studio's policy.
type Consent struct {
	Studio  string
	Version int
	At      time.Time // set by the server
}

// OldEnough reports whether they stated an age that covers minimum, or a guardian's agreement where guardian allows that.
func (p Person) OldEnough(minimum int, guardian bool) bool {
	for _, a := range p.Ages {
		if !a.Guardian && a.Minimum >= minimum || a.Guardian && guardian && a.Minimum <= minimum {
			return true
		}
	}
	return minimum <= 0
}

// Agreed reports whether they agreed to that version of the studio's policy, or a newer one.
func (p Person) Agreed(studio string, version int) bool {
	for _, c := range p.Consents {
		if c.Studio == studio && c.Version >= version {
			return true
		}
	}
	return false
}

func (a AgeStatement) check() error {
	if a.Minimum < 0 || a.Minimum > 120 {
		return fault.New(fault.Invalid, "That is not an age that a studio asks about.")
	}
	return nil
}

// Agree records an age statement, if there is one, and agreements to policies. What was recorded before stays.
func (s *Service) Agree(ctx context.Context, owner uuid.UUID, age *AgeStatement, consents ...Consent) error {
	if age != nil {
		if err := age.check(); err != nil {
			return err
		}
	}
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return s.record(ctx, tx, owner, age, consents) })
}

// record is Agree in the owner's transaction.
func (s *Service) record(ctx context.Context, tx pgx.Tx, owner uuid.UUID, age *AgeStatement, consents []Consent) error {
	if age != nil {
		if _, err := tx.Exec(ctx, `insert into easel.account_age (account, minimum, guardian) values ($1, $2, $3)
			on conflict (account, minimum) do nothing`, owner, age.Minimum, age.Guardian); err != nil {
			return fmt.Errorf("record a statement of age: %w", err)
		}
	}
	for _, c := range consents {
		if _, err := tx.Exec(ctx, `insert into easel.account_consent (account, studio, version) values ($1, $2, $3)
			on conflict (account, studio, version) do nothing`, owner, c.Studio, c.Version); err != nil {
			return fmt.Errorf("record an agreement: %w", err)
		}
	}
	return nil
}

// stated returns what record has recorded.
func (s *Service) stated(ctx context.Context, tx pgx.Tx, owner uuid.UUID) (ages []Age, consents []Consent, err error) {
	rows, err := tx.Query(ctx, `select minimum, guardian, at from easel.account_age where account = $1 order by minimum`, owner)
	if err != nil {
		return nil, nil, fmt.Errorf("read statements of age: %w", err)
	}
	ages, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (a Age, err error) {
		err = r.Scan(&a.Minimum, &a.Guardian, &a.At)
		return a, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read statements of age: %w", err)
	}
	rows, err = tx.Query(ctx, `select distinct on (studio) studio, version, at from easel.account_consent where account = $1
		order by studio, version desc`, owner)
	if err != nil {
		return nil, nil, fmt.Errorf("read agreements: %w", err)
	}
	if consents, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Consent]); err != nil {
		return nil, nil, fmt.Errorf("read agreements: %w", err)
	}
	return ages, consents, nil
}

// State records that the person has stated their right to use the photos they bring, under the policy in force.
func (s *Service) State(ctx context.Context, owner uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		return s.change(ctx, tx, `update easel.account_account set statement_at = now(), statement_of = $2 where id = $1`, owner, s.config.Policy)
	})
}
