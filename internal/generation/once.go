package generation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Made is what one request made: a photo, or one that was there, and what is drawn from it.
type Made struct {
	Upload uuid.UUID
	Runs   []uuid.UUID
}

// requestStale is after how long a request that was begun and neither finished nor failed is taken for lost, with the
// process that carried it out.
const requestStale = 15 * time.Minute

// Once carries a request out unless one of the owner's with the same name has been: then it returns what that one made,
// and again = true. Do carries it out and returns the fingerprint of what was asked; print reads the request to its end for
// the fingerprint alone. A name that stands for another request is Invalid; one that is being carried out is a Conflict.
// An empty name is no name. What a failed request was called can be used again.
func (s *Service) Once(ctx context.Context, owner uuid.UUID, name string, do func() (Made, []byte, error), print func() ([]byte, error)) (made Made, again bool, err error) {
	if name == "" {
		made, _, err = do()
		return made, false, err
	}
	sum := sha256.Sum256([]byte(name))
	before, known, err := s.takeName(ctx, owner, sum[:])
	if err != nil {
		return Made{}, false, err
	}
	if known != nil {
		asked, err := print()
		if err != nil {
			return Made{}, false, err
		}
		if !bytes.Equal(asked, known) {
			return Made{}, false, fault.New(fault.Invalid, "Another request was sent under this Idempotency-Key. Give each request a key of its own.")
		}
		return before, true, nil
	}
	made, asked, err := do()
	keep := context.WithoutCancel(ctx) // whoever asked may have gone; what was done stays done
	if err != nil {
		return Made{}, false, errors.Join(err, s.giveName(keep, owner, sum[:]))
	}
	err = s.db.AsOwner(keep, owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(keep, `update easel.generation_request set fingerprint = $2, upload = $3, runs = $4 where name = $1`, sum[:], asked, made.Upload, made.Runs)
		return err
	})
	if err != nil {
		return Made{}, false, fmt.Errorf("remember a request: %w", err)
	}
	return made, false, nil
}

// takeName takes a name for a request that begins, or returns what the request of that name made, with its fingerprint.
func (s *Service) takeName(ctx context.Context, owner uuid.UUID, name []byte) (before Made, known []byte, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `insert into easel.generation_request as r (owner, name, deadline) values ($1, $2, now() + $3)
			on conflict (owner, name) do update set begun_at = now()
			where r.fingerprint is null and r.begun_at < now() - $4::interval`, owner, name, s.config.Keep, requestStale)
		if err != nil || tag.RowsAffected() == 1 {
			return err
		}
		var upload *uuid.UUID
		err = tx.QueryRow(ctx, `select fingerprint, upload, runs from easel.generation_request where name = $1`, name).Scan(&known, &upload, &before.Runs)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && known == nil {
			return fault.New(fault.Conflict, "A request with this Idempotency-Key is being carried out. Wait for its answer, or ask again in a moment.")
		}
		if upload != nil {
			before.Upload = *upload
		}
		return err
	})
	return before, known, err
}

func (s *Service) giveName(ctx context.Context, owner uuid.UUID, name []byte) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from easel.generation_request where name = $1 and fingerprint is null`, name)
		return err
	})
}

// ExpireRequests forgets requests whose time is over.
func (s *Service) ExpireRequests(ctx context.Context) error {
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.generation_request_expire()`)
		return err
	})
}
