package cutout

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"easel/engine/inpaint"
	"easel/internal/fault"
)

// job is one photo that waits to be worked on.
type job struct {
	session *Session
	photo   *photo
	round   int
	do      func(ctx context.Context, j *job) error
}

// enqueue lets a photo wait for a worker. The room's mu is held.
func (ss *Session) enqueue(p *photo, do func(context.Context, *job) error) error {
	s := ss.service
	p.round++
	j := &job{ss, p, p.round, do}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.jobs <- j:
	default:
		return fault.New(fault.Busy, "Many photos are being worked on. Try again in a minute; nothing is lost.")
	}
	s.queue = append(s.queue, j)
	p.State, p.Stage, p.Done, p.Say = Waiting, "waiting", 0, ""
	ss.room.tell()
	return nil
}

// ahead is how many photos are worked on before this one.
func (s *Service) ahead(p *photo) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, j := range s.queue {
		if j.photo == p && j.round == p.round {
			return n
		}
	}
	return 0
}

// work takes jobs until the service ends.
func (s *Service) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-s.jobs:
			s.run(ctx, j)
		}
	}
}

// run works on one photo, until it is done, its session ends or something newer is asked for.
func (s *Service) run(ctx context.Context, j *job) {
	defer s.leave(j)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(j.session.handle.Context(), cancel)()
	if !j.change(func(p *photo) { p.State, p.Stage = Working, "looking" }) {
		return
	}
	err := j.attempt(ctx)
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

// attempt turns a panic of an engine into an error of this photo alone.
func (j *job) attempt(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cutout: the engine panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return j.do(ctx, j)
}

func (s *Service) leave(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.queue {
		if s.queue[n] == j {
			s.queue = append(s.queue[:n], s.queue[n+1:]...)
			return
		}
	}
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
