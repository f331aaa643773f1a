package generation

import (
	"context"
	"time"

	"github.com/google/uuid"

	"easel/engine/portrait"
	"easel/internal/fault"
)

// vectors is the one kind of download that is drawn and not stored.
const vectors = "svg"

// linesWait is how long somebody waits while something is done with a full size.
const linesWait = 30 * time.Second

var (
	errNoLines  = fault.New(fault.Invalid, "Only a rough sketch can be had as lines. Choose PNG, JPEG, WebP or PDF.")
	errOldLines = fault.New(fault.Conflict, "This portrait was made before the studio learned to draw differently, so the same lines cannot be drawn. Draw it again, then ask for its SVG.")
)

// mayTrace says why a run cannot be had as lines, or nil.
func (r runRow) mayTrace() error {
	switch {
	case portrait.Style(r.Style) != portrait.RoughSketch || r.Of != uuid.Nil:
		return errNoLines
	case r.State != Done:
		return errNotReady
	case r.version != portrait.Version:
		return errOldLines
	}
	return nil
}

// lines draws a rough sketch once more, as SVG: the same lines from the same photo and seed. It ends with the context.
func (s *Service) lines(ctx context.Context, owner, run uuid.UUID) (data []byte, name string, err error) {
	r, title, err := s.titled(ctx, owner, run)
	if err != nil {
		return nil, "", err
	}
	if err := r.mayTrace(); err != nil {
		return nil, "", err
	}
	turn, cancel := context.WithTimeout(ctx, linesWait)
	defer cancel()
	leave, err := s.alone(turn)
	if err != nil {
		return nil, "", fault.Wrap(err, fault.Busy, "A full size is being drawn at this moment. Ask for the SVG again in a minute.")
	}
	defer leave()
	p, release, err := s.plans.get(ctx, planKey{r.UploadID, r.Crop}, func(ctx context.Context) (*sitting, error) {
		return s.sit(ctx, owner, r, nil)
	})
	if err != nil {
		return nil, "", err
	}
	defer release()
	err = survive(func() (err error) {
		data, err = portrait.Vectors(ctx, p.plan, portrait.RoughSketch, r.options(), r.mark())
		return err
	})
	if err != nil {
		return nil, "", err
	}
	if _, _, err := s.both(ctx, owner, run); err != nil { // deleted meanwhile, perhaps
		return nil, "", err
	}
	return data, title + "-" + r.Style + "." + vectors, nil
}
