package vault

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// hands are a clock's two hands, which a test moves apart: what the system shows, and the time that passes.
type hands struct {
	wall clock
	boot atomic.Int64
}

func (h *hands) pass(d time.Duration) { h.wall.add(d); h.boot.Add(int64(d)) }

func (h *hands) into(c *Config) {
	c.Now, c.Boot = h.wall.now, func() time.Duration { return time.Duration(h.boot.Load()) }
}

// timed is a studio whose clock can be set wrong.
func timed(t *testing.T) (*studio, *hands) {
	t.Helper()
	h := &hands{}
	s := newStudio(t)
	h.wall.at.Store(s.clock.at.Load())
	s.Vault.clock = Config{Now: h.wall.now, Boot: func() time.Duration { return time.Duration(h.boot.Load()) }}.watch()
	s.clock = &h.wall
	if err := s.remember(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s, h
}

func (s *studio) expire() int {
	s.t.Helper()
	swept, err := s.Expire(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return swept.Keys
}

func TestAClockThatGoesBackRevivesNothing(t *testing.T) {
	t.Parallel()
	s, h := timed(t)
	owner := uuid.New()
	id, begun := s.keep(owner, []byte("a day")), h.wall.now()
	h.pass(23 * time.Hour)
	if _, err := s.read(owner, id); err != nil {
		t.Fatal(err)
	}
	h.wall.add(-20 * time.Hour)
	h.pass(2 * time.Hour)
	if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
		t.Errorf("an hour after its end, with a clock that was set back: %v", err)
	}
	if n := s.expire(); n != 1 {
		t.Errorf("%d keys were destroyed", n)
	}
	// Also for whoever starts with the clock set back: what was reached is remembered.
	h.wall.add(-48 * time.Hour)
	again, err := New(context.Background(), withClock(Config{DataDir: s.dir}, h), s.db, s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if now, err := again.clock.now(); err != nil || now.Before(begun.Add(25*time.Hour).Truncate(time.Millisecond)) {
		t.Errorf("after a restart it is %v, %v", now, err)
	}
}

func withClock(c Config, h *hands) Config {
	h.into(&c)
	return c
}

func TestAClockThatJumpsStopsReadsAndRemovals(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, h := timed(t)
	owner := uuid.New()
	id := s.keep(owner, []byte("a day"))
	r, err := s.Open(ctx, owner, id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	gone := s.keep(owner, noise(10))
	s.as(owner, func(tx pgx.Tx) error { return s.Delete(ctx, tx, owner, gone) })
	if n := s.expire(); n != 0 {
		t.Fatalf("%d keys at the beginning", n)
	}
	h.wall.add(9 * time.Minute) // less than ten minutes is how clocks are
	if _, err := s.read(owner, id); err != nil {
		t.Errorf("after nine minutes: %v", err)
	}
	h.wall.add(25 * time.Hour)
	if _, err := s.read(owner, id); !errors.Is(err, errStopped) {
		t.Errorf("a read after the jump: %v", err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, errStopped) {
		t.Errorf("a reader that was open: %v", err)
	}
	if err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		_, err := s.Reserve(ctx, tx, owner, s.policy, "upload", h.wall.now().Add(time.Hour))
		return err
	}); !errors.Is(err, errStopped) {
		t.Errorf("something new: %v", err)
	}
	if n := s.expire(); n != 0 {
		t.Errorf("the jump destroyed %d keys", n)
	}
	if n, err := s.Clear(ctx, 0); n != 0 || !errors.Is(err, errStopped) {
		t.Errorf("bytes of %d objects were removed, %v", n, err)
	}
	if state, err := s.State(ctx); err != nil || !state.Clock.Stopped || state.Clock.Jump < 24*time.Hour {
		t.Errorf("the state says %+v, %v", state.Clock, err)
	}
	again, err := New(ctx, withClock(Config{DataDir: s.dir}, h), s.db, s.log) // a restart does not confirm
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.clock.now(); !errors.Is(err, errStopped) {
		t.Errorf("after a restart: %v", err)
	}
	t.Run("put right", func(t *testing.T) {
		h.wall.add(-25 * time.Hour)
		if got, err := s.read(owner, id); err != nil || string(got) != "a day" {
			t.Errorf("%q, %v", got, err)
		}
		s.expire()
		if state, err := s.State(ctx); err != nil || state.Clock.Stopped {
			t.Errorf("the state says %+v, %v", state.Clock, err)
		}
		if n, err := s.Clear(ctx, 0); n != 1 || err != nil {
			t.Errorf("then %d, %v", n, err)
		}
	})
	t.Run("confirmed", func(t *testing.T) {
		h.wall.add(25 * time.Hour)
		s.expire()
		if err := s.db.AsNobody(ctx, func(tx pgx.Tx) error { return ConfirmClock(ctx, tx) }); err != nil {
			t.Fatal(err)
		}
		if n := s.expire(); n != 1 {
			t.Errorf("by the clock that was confirmed %d keys were destroyed, want 1", n)
		}
		if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
			t.Errorf("what is over by it: %v", err)
		}
		if state, err := s.State(ctx); err != nil || state.Clock.Stopped {
			t.Errorf("the state says %+v, %v", state.Clock, err)
		}
	})
}

// What sleeps is no jump: the time that passes counts while the machine sleeps.
func TestTimeThatPassesIsNoJump(t *testing.T) {
	t.Parallel()
	s, h := timed(t)
	owner := uuid.New()
	id := s.keep(owner, []byte("a day"))
	h.pass(20 * time.Hour)
	if _, err := s.read(owner, id); err != nil {
		t.Error(err)
	}
	if boot() <= 0 {
		t.Error("the machine was never started")
	}
}
