package generation

import (
	"context"
	"errors"
	"image"
	"runtime/debug"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/portrait"
	"easel/internal/fault"
)

var (
	errNotLarger = fault.New(fault.Conflict, "This portrait is at its full size already: the photo has no more pixels in that part.")
	errIsFull    = fault.New(fault.Conflict, "This is the full size already; there is no larger one.")
	errOldEngine = fault.New(fault.Conflict, "This portrait was made before the studio learned to draw differently, so the same drawing cannot be made larger. Draw it again, then ask for its full size.")
)

// Enlarge queues the portrait's full size: the same drawing at the photo's resolution. Asked again it returns the same
// run; one that failed or was cancelled is queued anew. It is a Conflict while the portrait is not done, and where there
// is nothing larger to draw.
func (s *Service) Enlarge(ctx context.Context, owner, run uuid.UUID) (Run, error) {
	var full runRow
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		shown, err := s.lockRun(ctx, tx, run)
		if err != nil {
			return err
		}
		if err := shown.mayEnlarge(); err != nil {
			return err
		}
		full, err = s.fullOf(ctx, tx, run)
		switch {
		case errors.Is(err, errNoRun):
			full, err = s.insertFull(ctx, tx, owner, shown)
		case err == nil && (full.State == Failed || full.State == Cancelled):
			full, err = s.askAgain(ctx, tx, owner, full)
		}
		if err != nil {
			return err
		}
		if err := s.estimate(ctx, tx, &full); err != nil {
			return err
		}
		return notify(ctx, tx, full.UploadID)
	})
	return full.Run, err
}

// lockRun finds a run and keeps others from asking for its full size, or deleting it, until the transaction ends.
func (s *Service) lockRun(ctx context.Context, tx pgx.Tx, id uuid.UUID) (runRow, error) {
	r, err := scanRun(tx.QueryRow(ctx, `select `+runColumns+` from easel.generation_run where id = $1 and deadline > now() for update`, id))
	return r, missing(err, errNoRun)
}

// fullOf finds the run that draws a run's full size; errNoRun when nobody has asked for it.
func (s *Service) fullOf(ctx context.Context, tx pgx.Tx, run uuid.UUID) (runRow, error) {
	r, err := scanRun(tx.QueryRow(ctx, `select `+runColumns+` from easel.generation_run where of = $1 and deadline > now()`, run))
	return r, missing(err, errNoRun)
}

func (r runRow) mayEnlarge() error {
	switch {
	case r.Of != uuid.Nil:
		return errIsFull
	case r.State != Done:
		return errNotReady
	case !r.larger():
		return errNotLarger
	case r.version != portrait.Version:
		return errOldEngine
	}
	return nil
}

// fullSize is the size at which the run's crop is drawn at most.
func (r runRow) fullSize() image.Point { return portrait.FullSize(r.Crop.Size()) }

// larger reports whether the full size is larger than the portrait.
func (r runRow) larger() bool {
	size := r.fullSize()
	return size.X > r.W || size.Y > r.H
}

// enlarged says how a run's full size stands; full is the run that draws it, or nil.
func (r runRow) enlarged(full *runRow) Full {
	if full == nil && r.mayEnlarge() != nil {
		return Full{}
	}
	size := r.fullSize()
	f := Full{W: size.X, H: size.Y}
	if full != nil {
		f.Run, f.State, f.Stage, f.Done, f.Ahead, f.Left, f.Say = full.ID, full.State, full.Stage, full.Done, full.Ahead, full.Left, full.Say
	}
	return f
}

func (s *Service) insertFull(ctx context.Context, tx pgx.Tx, owner uuid.UUID, shown runRow) (runRow, error) {
	if err := s.mayQueue(ctx, tx, 1); err != nil {
		return runRow{}, err
	}
	id := uuid.New()
	job, err := s.enqueue(ctx, tx, DrawArgs{Run: id, Owner: owner, Attempt: 1}, 0)
	if err != nil {
		return runRow{}, err
	}
	return scanRun(tx.QueryRow(ctx, `insert into easel.generation_run (id, owner, upload, style, ink, background, strength, seed, crop, size, of, job, created_at, deadline)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'full', $10, $11, clock_timestamp(), $12) returning `+runColumns,
		id, owner, shown.UploadID, shown.Style, shown.Ink, shown.Background, shown.Strength, int64(shown.Seed), numbers(shown.Crop), shown.ID, job, shown.Deadline))
}

// askAgain queues a full size that was not finished, as another attempt, so that whoever may still be at the last one
// finds that it is no longer theirs.
func (s *Service) askAgain(ctx context.Context, tx pgx.Tx, owner uuid.UUID, full runRow) (runRow, error) {
	if err := s.mayQueue(ctx, tx, 1); err != nil {
		return runRow{}, err
	}
	next := DrawArgs{Run: full.ID, Owner: owner, Attempt: full.attempt + 1}
	job, err := s.enqueue(ctx, tx, next, 0)
	if err != nil {
		return runRow{}, err
	}
	return scanRun(tx.QueryRow(ctx, `update easel.generation_run
		set state = 'queued', stage = '', done = 0, say = '', attempt = $2, failures = 0, job = $3,
		    created_at = clock_timestamp(), queued_at = clock_timestamp(), started_at = null, finished_at = null
		where id = $1 returning `+runColumns, full.ID, next.Attempt, job))
}

// alone waits until nothing else is done with a full size, and returns the function that lets the next one in. Drawing
// one takes most of a gigabyte, writing one as WebP half of that; it is handed back at once, not in some minutes.
func (s *Service) alone(ctx context.Context) (leave func(), err error) {
	next, err := s.large.take(ctx)
	if err != nil {
		return nil, err
	}
	return func() {
		debug.FreeOSMemory()
		next()
	}, nil
}

// places bounds how many do something at a time.
type places chan struct{}

// take waits for a place and returns the function that gives it back, or the context's error.
func (p places) take(ctx context.Context) (leave func(), err error) {
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
