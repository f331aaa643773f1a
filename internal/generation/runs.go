package generation

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/portrait"
	"easel/internal/catalog"
	"easel/internal/fault"
	"easel/internal/ledger"
)

// smallestCrop is the least side of what can be drawn, in upload pixels.
const smallestCrop = 128

// Start queues one run for each style. The tokens that they cost are set aside, the rows and the queue's jobs inserted
// together or not at all.
func (s *Service) Start(ctx context.Context, owner, upload uuid.UUID, o Order) ([]Run, error) {
	if err := checkStyles(o.Styles); err != nil {
		return nil, err
	}
	if err := checkInk(o.Ink); err != nil {
		return nil, err
	}
	if err := checkGround(&o); err != nil {
		return nil, err
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64N(LastTake) + 1
	}
	var runs []Run
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		runs = nil
		if err := alone(ctx, tx); err != nil { // also with whoever deletes the photo
			return err
		}
		u, err := s.findUpload(ctx, tx, upload)
		if err != nil {
			return err
		}
		one := o
		if one.Crop, err = checkCrop(o.Crop, u.Upload); err != nil {
			return err
		}
		if err := s.mayQueue(ctx, tx, len(o.Styles)); err != nil {
			return err
		}
		held, err := s.hold(ctx, tx, owner, o.Styles)
		if err != nil {
			return err
		}
		for i, style := range o.Styles {
			r, err := s.insert(ctx, tx, owner, u, style, one, held[i])
			if err != nil {
				return err
			}
			runs = append(runs, r)
		}
		return notify(ctx, tx, upload)
	})
	return runs, err
}

func checkStyles(styles []string) error {
	if len(styles) == 0 {
		return fault.New(fault.Invalid, "No style was chosen. Choose at least one.")
	}
	seen := map[string]bool{}
	for _, style := range styles {
		if _, ok := catalog.Find(style); !ok {
			return fault.New(fault.Invalid, "One of the styles is not one that we draw. Choose from those on the page.")
		}
		if seen[style] {
			return fault.New(fault.Invalid, "A style was chosen twice. Choose each once; for another take, draw it again afterwards.")
		}
		seen[style] = true
	}
	return nil
}

func checkInk(ink string) error {
	if ink == "" || slices.ContainsFunc(catalog.Inks, func(known catalog.Ink) bool { return string(known.ID) == ink }) {
		return nil
	}
	return fault.New(fault.Invalid, "We do not draw with that. Choose from what is on the page.")
}

// checkGround checks background and strength, and says the strength where it was left to us.
func checkGround(o *Order) error {
	if o.Background != "" && !slices.Contains(portrait.Backgrounds, portrait.Background(o.Background)) {
		return fault.New(fault.Invalid, "There is no such background. Choose from those on the page.")
	}
	if o.Strength == 0 {
		o.Strength = 100
	}
	if o.Strength < WeakestPercent || o.Strength > StrongestPercent {
		return fault.New(fault.Invalid, fmt.Sprintf("The strength is from %d to %d percent. Choose one of those on the page.", int(WeakestPercent), int(StrongestPercent)))
	}
	return nil
}

// inkFor is the ink if the style is drawn with it, else empty: whoever asks for a sketch in red chalk together with a
// painting means the sketch.
func inkFor(style, ink string) string {
	if slices.Contains(portrait.Style(style).Inks(), portrait.Ink(ink)) {
		return ink
	}
	return ""
}

func checkCrop(crop image.Rectangle, u Upload) (image.Rectangle, error) {
	whole := image.Rect(0, 0, u.W, u.H)
	if crop.Empty() {
		return whole, nil
	}
	crop = crop.Intersect(whole)
	if least := min(smallestCrop, u.W, u.H); crop.Dx() < least || crop.Dy() < least {
		return crop, fault.New(fault.Invalid, fmt.Sprintf("The part to draw is too small: at least %d pixels a side are needed. Make the frame larger.", least))
	}
	return crop, nil
}

func (s *Service) mayQueue(ctx context.Context, tx pgx.Tx, more int) error {
	if err := alone(ctx, tx); err != nil {
		return err
	}
	if err := s.may(ctx, tx); err != nil {
		return err
	}
	var n int
	err := tx.QueryRow(ctx, `select count(*) from easel.generation_run where state in ('queued', 'drawing') and deadline > now()`).Scan(&n)
	if err != nil {
		return err
	}
	if n+more > s.config.Unfinished {
		return fault.New(fault.Busy, fmt.Sprintf("%d of your portraits are still being drawn; at most %d fit at a time. Wait for one to be ready, or cancel one.", n, s.config.Unfinished))
	}
	return nil
}

// alone lets one transaction of an owner at a time count and add, so that two at once cannot both fit into the last
// place.
func alone(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended(easel.caller()::text, 4))`)
	return err
}

func (s *Service) insert(ctx context.Context, tx pgx.Tx, owner uuid.UUID, u uploadRow, style string, o Order, held ledger.Held) (Run, error) {
	job, err := s.enqueue(ctx, tx, DrawArgs{Run: held.Run, Owner: owner, Attempt: 1}, 0)
	if err != nil {
		return Run{}, err
	}
	r, err := scanRun(tx.QueryRow(ctx, `insert into easel.generation_run (id, owner, upload, style, ink, background, strength, seed, crop, tokens, job, created_at, deadline)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp(), $12) returning `+runColumns,
		held.Run, owner, u.ID, style, inkFor(style, o.Ink), o.Background, o.Strength, int64(o.Seed), numbers(o.Crop), held.Tokens, job, u.Deadline))
	if err != nil {
		return Run{}, err
	}
	err = s.estimate(ctx, tx, &r)
	return r.Run, err
}

// Works returns the owner's photos with their runs, the newest photo first.
func (s *Service) Works(ctx context.Context, owner uuid.UUID) ([]Work, error) {
	var works []Work
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var err error
		works, err = s.works(ctx, tx, owner, `where deadline > now() order by created_at desc, id`)
		return err
	})
	return works, err
}

// works reads the owner's photos that a condition finds, in its order, with their runs.
func (s *Service) works(ctx context.Context, tx pgx.Tx, owner uuid.UUID, condition string, values ...any) ([]Work, error) {
	rows, err := tx.Query(ctx, `select `+uploadColumns+` from easel.generation_upload `+condition, values...)
	if err != nil {
		return nil, err
	}
	uploads, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (uploadRow, error) { return scanUpload(row) })
	if err != nil || len(uploads) == 0 {
		return nil, err
	}
	ids, sealed := make([]uuid.UUID, len(uploads)), make([][]byte, len(uploads))
	for i, u := range uploads {
		ids[i], sealed[i] = u.ID, u.name
	}
	names, err := s.vault.OpenTexts(ctx, tx, owner, sealed...)
	if err != nil {
		return nil, err
	}
	runs, err := s.runsOf(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	of := map[uuid.UUID][]Run{}
	for _, r := range runs {
		of[r.UploadID] = append(of[r.UploadID], r)
	}
	works := make([]Work, len(uploads))
	for i, u := range uploads {
		works[i] = workOf(u, names[i], of[u.ID])
	}
	return works, nil
}

// Find returns one photo with its runs, or a Missing fault.
func (s *Service) Find(ctx context.Context, owner, upload uuid.UUID) (Work, error) {
	var w Work
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		u, err := s.findUpload(ctx, tx, upload)
		if err != nil {
			return err
		}
		runs, err := s.runsOf(ctx, tx, upload)
		if err != nil {
			return err
		}
		name, err := s.vault.OpenText(ctx, tx, owner, u.name)
		w = workOf(u, name, runs)
		return err
	})
	return w, err
}

// workOf is a photo with those of the runs that are its own.
func workOf(u uploadRow, name string, runs []Run) Work {
	w := Work{Upload: u.Upload, Runs: runs}
	w.Name = name
	return w
}

// present puts each full size into the run that it belongs to, and adds to all what is not in their own rows.
func (s *Service) present(ctx context.Context, tx pgx.Tx, rows []runRow) ([]Run, error) {
	full, all := map[uuid.UUID]*runRow{}, make([]*runRow, len(rows))
	for i := range rows {
		all[i] = &rows[i]
	}
	if err := s.estimate(ctx, tx, all...); err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].Of != uuid.Nil {
			full[rows[i].Of] = &rows[i]
		}
	}
	var runs []Run
	for _, r := range rows {
		if r.Of == uuid.Nil {
			r.Full = r.enlarged(full[r.ID])
			runs = append(runs, r.Run)
		}
	}
	return runs, nil
}

// FindRun returns one run, or a Missing fault: an unknown run is never "done".
func (s *Service) FindRun(ctx context.Context, owner, run uuid.UUID) (Run, error) {
	var found Run
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		r, err := s.findRun(ctx, tx, run)
		if err != nil {
			return err
		}
		if r.Of != uuid.Nil {
			err = s.estimate(ctx, tx, &r)
			found = r.Run
			return err
		}
		rows := []runRow{r}
		if full, err := s.fullOf(ctx, tx, run); err == nil {
			rows = append(rows, full)
		} else if !errors.Is(err, errNoRun) {
			return err
		}
		runs, err := s.present(ctx, tx, rows)
		if err == nil {
			found = runs[0]
		}
		return err
	})
	return found, err
}

// Cancel ends a run that is not finished yet; its tokens go back. Cancelling a finished run is a Conflict.
func (s *Service) Cancel(ctx context.Context, owner, run uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		r, err := s.findRun(ctx, tx, run)
		if err != nil {
			return err
		}
		ended, err := s.end(ctx, tx, run, "It was cancelled before it was ready.")
		if err != nil {
			return err
		}
		if !ended && r.State != Cancelled {
			return fault.New(fault.Conflict, "That portrait is finished already, so there is nothing to cancel. You can delete it instead.")
		}
		return notify(ctx, tx, r.UploadID)
	})
}
