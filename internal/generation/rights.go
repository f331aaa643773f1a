package generation

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// may asks whether anything new may be made of the caller's data; the answer holds until the transaction ends.
func (s *Service) may(ctx context.Context, tx pgx.Tx) error {
	if s.config.May == nil {
		return nil
	}
	return s.config.May(ctx, tx)
}

// Stop ends everything of the owner's that is not finished, in their transaction: its tokens go back.
func (s *Service) Stop(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	rows, err := tx.Query(ctx, `select id, upload from easel.generation_run where owner = $1 and state in ('queued', 'drawing')`, owner)
	if err != nil {
		return err
	}
	type unfinished struct{ Run, Upload uuid.UUID }
	runs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[unfinished])
	if err != nil {
		return err
	}
	for _, r := range runs {
		if _, err := s.end(ctx, tx, r.Run, "The use of your data was suspended before it was ready."); err != nil {
			return err
		}
		if err := notify(ctx, tx, r.Upload); err != nil {
			return err
		}
	}
	return nil
}

// walkAtOnce is how many photos are read at a time.
const walkAtOnce = 100

// Walk tells all photos of the owner with their runs, the oldest first, however many there are: a hundred are in memory at a
// time. What comes and goes meanwhile may be told or not.
func (s *Service) Walk(ctx context.Context, owner uuid.UUID, tell func(Work) error) error {
	return postgres.Walk(ctx, s.db, owner, walkAtOnce, func(tx pgx.Tx, after postgres.Place, most int) ([]Work, postgres.Place, error) {
		works, err := s.works(ctx, tx, owner, `where owner = $1 and deadline > now() and (created_at, id) > ($2, $3) order by created_at, id limit $4`,
			owner, after.Made, after.ID, most)
		if n := len(works); n > 0 {
			after = postgres.Place{Made: works[n-1].Created, ID: works[n-1].ID}
		}
		return works, after, err
	}, tell)
}

// Photo opens the photo as it is kept: upright, without metadata, PNG or JPEG.
func (s *Service) Photo(ctx context.Context, owner, upload uuid.UUID) (io.ReadSeekCloser, error) {
	var id uuid.UUID
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		u, err := s.findUpload(ctx, tx, upload)
		id = u.photo
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, owner, id)
}

// Held is how much somebody has here, and when the first and the last of it ends; the times are zero where there is nothing.
type Held struct {
	Uploads, Results int
	First, Last      time.Time
}

// Held counts what the owner has here.
func (s *Service) Held(ctx context.Context, owner uuid.UUID) (h Held, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var first, last *time.Time
		err := tx.QueryRow(ctx, `select count(*), min(deadline), max(deadline),
			(select count(*) from easel.generation_run where owner = $1 and deadline > now() and state = 'done')
			from easel.generation_upload where owner = $1 and deadline > now()`, owner).Scan(&h.Uploads, &first, &last, &h.Results)
		if first != nil {
			h.First, h.Last = *first, *last
		}
		return err
	})
	return h, err
}

// StaffRun says whose finished portrait has an id, to somebody who runs the place; to others it is Missing.
func (s *Service) StaffRun(ctx context.Context, staff, run uuid.UUID) (owner uuid.UUID, style string, deadline time.Time, err error) {
	err = s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select owner, style, deadline from easel.generation_staff_run($1)`, run).Scan(&owner, &style, &deadline)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNoRun
	}
	return owner, style, deadline, err
}
