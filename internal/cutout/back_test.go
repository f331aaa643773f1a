package cutout

import (
	"context"
	"image"
	"strings"
	"testing"
	"time"

	"easel/internal/fault"
	"easel/internal/memory"
)

// inside is a session with photos that are ready, and nobody who works.
func inside(t *testing.T, photos ...string) *Session {
	t.Helper()
	store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 8 << 20, Each: 8 << 20, Sessions: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	ticket, err := store.Begin(here)
	if err != nil {
		t.Fatal(err)
	}
	h, err := store.Enter(ticket.ID, ticket.Secret)
	if err != nil {
		t.Fatal(err)
	}
	ss := &Session{service: &Service{line: newLine(10, 10), store: store, sweep: newSweeper(), large: newGate(1, time.Minute, "Many are here.")}, handle: h, room: &room{changed: make(chan struct{}), turn: 1}}
	for _, id := range photos {
		ss.room.photos = append(ss.room.photos, &photo{Photo: Photo{ID: id, Kind: Crowd, State: Ready}, delivery: make(chan struct{}, 1)})
	}
	return ss
}

func nothing(context.Context, *job, *image.NRGBA) error { return nil }

// Work that comes back from an engine elsewhere, and is done here after all, takes no newer wish's place.
func TestWhatComesBackDisplacesNothingNewer(t *testing.T) {
	t.Parallel()
	ss := inside(t, "a")
	p := ss.room.photos[0]
	ss.room.mu.Lock()
	if err := ss.enqueue(p, p.resting(), nothing, true); err != nil {
		t.Fatal(err)
	}
	ss.room.mu.Unlock()
	away := ss.service.line.take(t.Context()) // it has gone elsewhere
	ss.service.line.done(away, time.Second)
	ss.room.mu.Lock()
	if err := ss.enqueue(p, p.resting(), nothing, true); err != nil {
		t.Fatal(err)
	}
	ss.room.mu.Unlock()
	if err := ss.requeue(away, nothing); err != nil {
		t.Fatal(err)
	}
	if j := ss.service.line.next(); j == nil || j.round != p.round || j.ctx.Err() != nil {
		t.Errorf("what is worked on is %+v, want round %d", j, p.round)
	}
	if j := ss.service.line.next(); j != nil {
		t.Errorf("and then round %d", j.round)
	}
}

// A photo that is removed while its delivery waits for another one is not left out of an order without a word.
func TestAnOrderIsDeliveredWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	ss := inside(t, "a", "b")
	second := ss.room.photos[1].delivery
	second <- struct{}{} // somebody else is getting it
	answer := make(chan error)
	go func() {
		_, release, err := ss.ordered(t.Context(), []string{"a", "b"})
		if err == nil {
			release()
		}
		answer <- err
	}()
	for first := ss.room.photos[0].delivery; len(first) == 0; {
		<-time.After(time.Millisecond)
	}
	if err := ss.Remove("a"); err != nil {
		t.Fatal(err)
	}
	<-second
	if err := <-answer; !fault.Is(err, fault.Missing) {
		t.Errorf("the order of a photo that is gone is answered with %v", err)
	}
}

// Who changes a photo while its picture is made is not told that everything is gone.
func TestAChangeIsNotTheEndOfTheSession(t *testing.T) {
	t.Parallel()
	ss := inside(t, "a")
	ss.room.photos[0].file = "replaced meanwhile"
	if _, err := ss.File(t.Context(), "a", "png"); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Of(err).Say, "changed") {
		t.Errorf("the answer is %v", err)
	}
	ss.End()
	if _, err := ss.File(t.Context(), "a", "png"); !fault.Is(err, fault.Missing) {
		t.Errorf("after the end it is %v", err)
	}
}
