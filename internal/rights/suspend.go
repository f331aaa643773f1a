package rights

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/mail"
)

// errSuspended is what somebody gets who asks for something new while the use of their data is suspended.
var errSuspended = fault.New(fault.Conflict, "You have suspended the use of your data, so nothing new is made. Lift that on the page about your data, then try again.")

// May fails when nothing new may be made of the data of the transaction's owner. Until the transaction ends nobody can suspend
// it: what it begins was allowed.
func (s *Service) May(ctx context.Context, tx pgx.Tx) error {
	var may bool
	if err := tx.QueryRow(ctx, `select easel.rights_may()`).Scan(&may); err != nil {
		return fmt.Errorf("ask whether data may be used: %w", err)
	}
	if !may {
		return errSuspended
	}
	return nil
}

// Suspend has nothing new made of the owner's data. What waits or is being made is ended; what is there stays until its time.
func (s *Service) Suspend(ctx context.Context, owner uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := s.suspend(ctx, tx, owner); err != nil {
			return err
		}
		return s.people.Tell(ctx, tx, owner, mail.UseSuspended, map[string]string{"account": s.address("your-data")})
	})
}

// lock makes suspending and making something new wait for each other.
const lock = `select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 6))`

func (s *Service) suspend(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	if _, err := tx.Exec(ctx, lock, owner); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into easel.rights_suspension (owner) values ($1) on conflict (owner) do nothing`, owner); err != nil {
		return fmt.Errorf("suspend the use of data: %w", err)
	}
	return s.config.Stop(ctx, tx, owner)
}

// Resume lifts a suspension.
func (s *Service) Resume(ctx context.Context, owner uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `delete from easel.rights_suspension where owner = $1`, owner)
		if err != nil {
			return fmt.Errorf("lift a suspension: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return s.people.Tell(ctx, tx, owner, mail.UseResumed, map[string]string{"account": s.address("your-data")})
	})
}

// Suspended returns since when the use of the owner's data is suspended; zero when it is not.
func (s *Service) Suspended(ctx context.Context, owner uuid.UUID) (since time.Time, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `select since from easel.rights_suspension where owner = $1`, owner).Scan(&since)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return since, err
}
