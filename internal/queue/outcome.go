package queue

import (
	"context"
	"errors"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"easel/internal/fault"
)

// outcomes decides what becomes of a job after an attempt, and logs it by number and kind.
type outcomes struct{ log *slog.Logger }

// of is what an error does to a job: what cannot get better ends it, what is busy comes again later, everything else is
// tried again a few times. A job that was interrupted because the queue stops comes again at once, and that attempt does
// not count. The queue's tables keep only the fault's kind; the cause goes to the log.
func (o *outcomes) of(ctx context.Context, job *rivertype.JobRow, err error) error {
	if err == nil {
		return nil
	}
	log := o.log.With(slog.Int64("number", job.ID), slog.String("kind", job.Kind), slog.Int("attempt", job.Attempt))
	if errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely) {
		log.Info("a job was taken back")
		return rivertype.ErrJobCancelledRemotely
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		log.Info("a job was interrupted and waits for the next start")
		return river.JobSnooze(0)
	}
	f := fault.Of(err)
	kept := errors.New(f.Kind.String())
	switch f.Kind {
	case fault.Busy:
		log.Info("a job waits", "for", patience, "cause", err)
		return river.JobSnooze(patience)
	case fault.Internal:
		var p *panicked
		if errors.As(err, &p) {
			log = log.With("stack", string(p.stack))
		}
		log.Error("a job failed", "last", job.Attempt >= job.MaxAttempts, "cause", err)
		return kept
	default:
		log.Info("a job ended", "because", f.Kind.String(), "cause", err)
		return river.JobCancel(kept)
	}
}
