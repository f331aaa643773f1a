package generation

import (
	"context"
	"errors"
	"image"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// channel is where the database says that a run has changed; the payload is the upload's id.
const channel = "easel_generation"

// deleted stands before the id of a photo that is gone for good.
const deleted = "-"

var (
	errNoUpload = fault.New(fault.Missing, "That photo is not here. It may have been deleted, or its time is over.")
	errNoRun    = fault.New(fault.Missing, "That portrait is not here. It may have been deleted, or its time is over.")
)

// missing turns "no rows" into the given error.
func missing(err, instead error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return instead
	}
	return err
}

func rectangle(v []int32) image.Rectangle {
	if len(v) != 4 {
		return image.Rectangle{}
	}
	return image.Rect(int(v[0]), int(v[1]), int(v[2]), int(v[3]))
}

func numbers(r image.Rectangle) []int32 {
	return []int32{int32(r.Min.X), int32(r.Min.Y), int32(r.Max.X), int32(r.Max.Y)}
}

// uploadRow is an upload as the table has it.
type uploadRow struct {
	Upload
	photo, view uuid.UUID
	name        []byte
}

const uploadColumns = `id, photo, view, name, width, height, has_face, crop, warnings, created_at, deadline`

func scanUpload(row pgx.Row) (uploadRow, error) {
	var u uploadRow
	var crop []int32
	err := row.Scan(&u.ID, &u.photo, &u.view, &u.name, &u.W, &u.H, &u.HasFace, &crop, &u.Warnings, &u.Created, &u.Deadline)
	u.Crop = rectangle(crop)
	return u, err
}

func (s *Service) findUpload(ctx context.Context, tx pgx.Tx, id uuid.UUID) (uploadRow, error) {
	u, err := scanUpload(tx.QueryRow(ctx, `select `+uploadColumns+` from easel.generation_upload where id = $1 and deadline > now()`, id))
	return u, missing(err, errNoUpload)
}

// runRow is a run as the table has it.
type runRow struct {
	Run
	attempt        int
	result, before *uuid.UUID
	version        string // of the engine that drew it
	started        *time.Time
}

const runColumns = `id, of, upload, style, ink, background, strength, seed, crop, state, stage, done, attempt, say, note, result, before, width, height, version, created_at, started_at, deadline`

func scanRun(row pgx.Row) (runRow, error) {
	var r runRow
	var seed int64
	var crop []int32
	var of *uuid.UUID
	err := row.Scan(&r.ID, &of, &r.UploadID, &r.Style, &r.Ink, &r.Background, &r.Strength, &seed, &crop, &r.State, &r.Stage, &r.Done, &r.attempt, &r.Say, &r.Note,
		&r.result, &r.before, &r.W, &r.H, &r.version, &r.Created, &r.started, &r.Deadline)
	if of != nil {
		r.Of = *of
	}
	r.Lines = r.mayTrace() == nil
	r.Seed, r.Crop = uint64(seed), rectangle(crop)
	return r, err
}

func (s *Service) findRun(ctx context.Context, tx pgx.Tx, id uuid.UUID) (runRow, error) {
	r, err := scanRun(tx.QueryRow(ctx, `select `+runColumns+` from easel.generation_run where id = $1 and deadline > now()`, id))
	return r, missing(err, errNoRun)
}

// runsOf returns all runs of the uploads as people see them: a full size in the run that it belongs to.
func (s *Service) runsOf(ctx context.Context, tx pgx.Tx, uploads ...uuid.UUID) ([]Run, error) {
	rows, err := tx.Query(ctx, `select `+runColumns+` from easel.generation_run where upload = any ($1) and deadline > now() order by created_at, id`, uploads)
	if err != nil {
		return nil, err
	}
	runs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (runRow, error) { return scanRun(row) })
	if err != nil {
		return nil, err
	}
	return s.present(ctx, tx, runs)
}

// estimate fills in what is not in the runs' own rows: their places in the queue and the time left.
func (s *Service) estimate(ctx context.Context, tx pgx.Tx, runs ...*runRow) error {
	waiting := map[uuid.UUID]*runRow{}
	for _, r := range runs {
		if !r.State.Final() {
			waiting[r.ID] = r
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select run, ahead, seconds from easel.generation_waits($1)`, slices.Collect(maps.Keys(waiting)))
	if err != nil {
		return err
	}
	var id uuid.UUID
	var ahead int
	var seconds float64
	_, err = pgx.ForEachRow(rows, []any{&id, &ahead, &seconds}, func() error {
		r := waiting[id]
		r.Ahead, r.Left = ahead, time.Duration(seconds*float64(time.Second))
		if r.State == Drawing && r.started != nil {
			r.Ahead = 0
			r.Left = max(time.Second, time.Duration(float64(r.Left)*(1-r.Done)))
		}
		return nil
	})
	return err
}

// notify tells every process that a run of the upload has changed, when the transaction commits.
func notify(ctx context.Context, tx pgx.Tx, upload uuid.UUID) error {
	_, err := tx.Exec(ctx, `select pg_notify($1, $2)`, channel, upload.String())
	return err
}

// notifyDeleted tells every process that the upload is gone, when the transaction commits.
func notifyDeleted(ctx context.Context, tx pgx.Tx, upload uuid.UUID) error {
	_, err := tx.Exec(ctx, `select pg_notify($1, $2)`, channel, deleted+upload.String())
	return err
}
