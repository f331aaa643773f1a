package cutout

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net/netip"
	"runtime/debug"
	"time"

	"easel/engine/inpaint"
	"easel/internal/fault"
)

// task is what is done for a photo, with its small copy.
type task func(ctx context.Context, j *job, small *image.NRGBA) error

// job is one photo that waits to be worked on.
type job struct {
	session *Session
	photo   *photo
	round   int
	do      task
	network netip.Prefix
	ctx     context.Context //nolint:containedctx // it ends with the session, or when something newer is asked for
	stop    context.CancelFunc

	turn, number int // in the line
	soon         bool
}

// enqueue lets a photo wait for a worker. What it comes back to when it is stopped is how it stood before. The room's mu is
// held.
func (ss *Session) enqueue(p *photo, before rest, do task, soon bool) error {
	j := &job{session: ss, photo: p, round: p.round + 1, do: do, network: ss.handle.Network()}
	j.ctx, j.stop = context.WithCancel(ss.handle.Context())
	if err := ss.service.line.add(j, soon); err != nil {
		j.stop()
		return err
	}
	if !p.live() {
		p.rest = before
	}
	p.round++
	p.State, p.Stage, p.Done, p.Say = Waiting, "waiting", 0, ""
	ss.room.tell()
	return nil
}

// work takes jobs until the service ends.
func (s *Service) work(ctx context.Context) {
	for {
		j := s.line.take(ctx)
		if j == nil {
			return
		}
		s.run(ctx, j)
	}
}

// run works on one photo, until it is done, its session ends or something newer is asked for.
func (s *Service) run(ctx context.Context, j *job) {
	begun := time.Now()
	defer j.stop()
	defer func() { s.line.done(j, time.Since(begun)) }()
	defer context.AfterFunc(ctx, j.stop)()
	if !j.change(func(p *photo) { p.State, p.Stage = Working, "looking" }) {
		return
	}
	err := j.attempt(j.ctx)
	if j.session.handle.Context().Err() != nil {
		s.sweep.ask() // what it was made with lies about
	}
	if err == nil {
		return
	}
	say := fault.Of(err).Say
	var refused *inpaint.Refusal
	if errors.As(err, &refused) {
		say = refused.Say
	}
	j.change(func(p *photo) { p.State, p.Say = Failed, say })
}

// attempt does the job.
func (j *job) attempt(ctx context.Context) error {
	return j.guarded(func() error {
		small, err := get(j.session.handle, j.photo.small)
		if err != nil {
			return err
		}
		defer clear(small.Pix)
		return j.do(ctx, j, small)
	})
}

// guarded turns a panic of an engine into an error of this photo alone.
func (j *job) guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cutout: the engine panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// change changes the photo, unless something newer was asked for meanwhile; then it reports false.
func (j *job) change(f func(p *photo)) bool {
	j.session.room.mu.Lock()
	defer j.session.room.mu.Unlock()
	if j.photo.round != j.round {
		return false
	}
	f(j.photo)
	j.session.room.tell()
	return true
}

// tell notes how far a job is.
func (j *job) tell(stage string, done float64) {
	j.change(func(p *photo) { p.Stage, p.Done = stage, max(p.Done, done) })
}
