package generation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/internal/catalog"
	"easel/internal/fault"
	"easel/internal/vault"
)

// rest is how long a run waits after so many failures, so that what was away for a moment can come back.
var rest = [mostFailures]time.Duration{0, 5 * time.Second, 20 * time.Second}

// mostFailures is how many attempts may fail before the run has.
const mostFailures = 3

// The lease says that a drawing's worker lives: renewed often, lost soon after the last renewal.
const (
	leaseRenew = 5 * time.Second
	leaseLost  = 20 * time.Second
)

// Timeout bounds one attempt at one drawing.
const Timeout = 5 * time.Minute

// errLost means that the run is no longer this worker's: cancelled, deleted, expired or taken over.
var errLost = errors.New("the run is no longer ours")

// Draw works one attempt. It returns nil when there is nothing more to do for the job, also when the run was
// cancelled, failed for good, or is another worker's by now; an error when the queue should try the job again.
func (s *Service) Draw(ctx context.Context, args DrawArgs) error {
	r, err := s.claim(ctx, args)
	if errors.Is(err, errLost) {
		return nil
	}
	if err != nil && ctx.Err() != nil { // interrupted while claiming: it may be ours or not, and is given back
		return s.giveUp(ctx, args, err)
	}
	if err != nil {
		return err
	}
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c := newCourier(s, args, stop)
	go c.run(work)
	err = survive(func() error { return s.draw(work, args, r, c) })
	stop(nil)
	<-c.done
	if errors.Is(context.Cause(work), errLost) || errors.Is(err, errLost) {
		return nil
	}
	if err == nil {
		return nil
	}
	return s.giveUp(ctx, args, err)
}

// survive turns a panic of an engine into an error: one odd picture must not take the server down.
func survive(draw func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the engine panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return draw()
}

// claim takes the run for this attempt.
func (s *Service) claim(ctx context.Context, args DrawArgs) (runRow, error) {
	var r runRow
	err := s.db.AsOwner(ctx, args.Owner, func(tx pgx.Tx) (err error) {
		r, err = scanRun(tx.QueryRow(ctx, `update easel.generation_run
			set state = 'drawing', stage = 'looking at the photo', done = 0, started_at = now(), lease_until = now() + $3
			where id = $1 and attempt = $2 and deadline > now()
			  and (state = 'queued' or state = 'drawing' and lease_until < now())
			returning `+runColumns, args.Run, args.Attempt, leaseLost))
		if err != nil {
			return missing(err, errLost)
		}
		return notify(ctx, tx, r.UploadID)
	})
	return r, err
}

// draw makes the portrait and stores it. A full size waits for its place.
func (s *Service) draw(ctx context.Context, args DrawArgs, r runRow, c *courier) error {
	if r.Of != uuid.Nil {
		c.tell("waiting until another full size is ready", 0)
		leave, err := s.alone(ctx)
		if err != nil {
			return err
		}
		defer leave()
	}
	p, release, err := s.plans.get(ctx, planKey{r.UploadID, r.Crop}, func(ctx context.Context) (*sitting, error) {
		return s.sit(ctx, args.Owner, r, c.planning)
	})
	if err != nil {
		return err
	}
	defer release()
	o := r.options()
	o.Progress = c.drawing
	if r.Of != uuid.Nil {
		o.Full = r.fullSize()
	}
	img, err := portrait.Draw(ctx, p.plan, portrait.Style(r.Style), o)
	if err != nil {
		return err
	}
	if r.Of == uuid.Nil {
		r.Note = catalog.Note(p.plan, portrait.Style(r.Style), portrait.Background(r.Background))
	}
	c.tell("keeping it safe", 0.97)
	return s.store(ctx, args, r, img, p.photo)
}

// sit loads the photo and looks at it.
func (s *Service) sit(ctx context.Context, owner uuid.UUID, r runRow, progress func(stage string, done float64)) (*sitting, error) {
	photo, err := s.photo(ctx, owner, r.UploadID)
	if err != nil {
		return nil, err
	}
	return newSitting(ctx, photo, r.Crop, plan.Options{MaxPixels: s.config.Pixels, Progress: progress})
}

func (s *Service) photo(ctx context.Context, owner, upload uuid.UUID) (*image.NRGBA, error) {
	var u uploadRow
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
		u, err = s.findUpload(ctx, tx, upload)
		return err
	})
	if err != nil {
		return nil, err
	}
	reader, err := s.vault.Open(ctx, owner, vault.ID(u.photo))
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }() // read to its end, or given up
	data, err := io.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	decoded, _, err := image.Decode(bytes.NewReader(data)) // our own encoding, authenticated by the vault
	if err != nil {
		return nil, fmt.Errorf("read the kept photo: %w", err)
	}
	return opaque(decoded), nil
}

// giveUp decides what a failed attempt leads to: another attempt, or a run that has failed and says why.
func (s *Service) giveUp(ctx context.Context, args DrawArgs, cause error) error {
	f := fault.Of(cause)
	stopping := errors.Is(ctx.Err(), context.Canceled)
	if ctx.Err() != nil { // the server is stopping, or the attempt took too long
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			f = fault.Of(fault.Wrap(cause, fault.Refused, "This drawing took too long, so we stopped. Try a smaller part of the photo, or another style."))
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), leaseRenew)
		defer cancel()
	}
	s.log.WarnContext(ctx, "an attempt at a drawing failed", slog.String("run", args.Run.String()),
		slog.Int("attempt", args.Attempt), slog.String("kind", f.Kind.String()), slog.Any("cause", cause))
	if f.Kind == fault.Internal || f.Kind == fault.Busy {
		return s.again(ctx, args, !stopping)
	}
	return s.db.AsOwner(ctx, args.Owner, func(tx pgx.Tx) error { return s.fail(ctx, tx, args, f.Say) })
}

// again queues the next attempt, if the run still is where this attempt left it. Counted attempts are those that
// failed or vanished; after three of them the run has failed. A server that stops in good order counts for nothing.
func (s *Service) again(ctx context.Context, args DrawArgs, counted bool) error {
	return s.db.AsOwner(ctx, args.Owner, func(tx pgx.Tx) error {
		var upload uuid.UUID
		var failures int
		var large bool
		err := tx.QueryRow(ctx, `select upload, failures, of is not null from easel.generation_run
			where id = $1 and attempt = $2 and state in ('queued', 'drawing') for update`, args.Run, args.Attempt).Scan(&upload, &failures, &large)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // decided elsewhere
		}
		if err != nil {
			return err
		}
		if counted {
			failures++
		}
		switch {
		case failures >= mostFailures && large:
			return s.fail(ctx, tx, args, "We tried to draw the full size several times and could not. The portrait is not affected. Try again later.")
		case failures >= mostFailures:
			return s.fail(ctx, tx, args, "We tried to draw this one several times and could not. Try another style, or another take.")
		}
		next := DrawArgs{Run: args.Run, Owner: args.Owner, Attempt: args.Attempt + 1}
		job, err := s.enqueue(ctx, tx, next, rest[failures])
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update easel.generation_run
			set state = 'queued', stage = '', done = 0, attempt = $2, failures = $3, job = $4, lease_until = null, queued_at = now()
			where id = $1`, args.Run, next.Attempt, failures, job)
		if err != nil {
			return err
		}
		return notify(ctx, tx, upload)
	})
}

// fail ends the run, says why, and gives its tokens back.
func (s *Service) fail(ctx context.Context, tx pgx.Tx, args DrawArgs, say string) error {
	var upload uuid.UUID
	var tokens int64
	err := tx.QueryRow(ctx, `update easel.generation_run
		set state = 'failed', stage = '', say = $3, lease_until = null, finished_at = now()
		where id = $1 and attempt = $2 and state in ('queued', 'drawing') returning upload, tokens`, args.Run, args.Attempt, say).Scan(&upload, &tokens)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.release(ctx, tx, args.Run, tokens, say); err != nil {
		return err
	}
	return notify(ctx, tx, upload)
}
