package memory_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"easel/internal/fault"
	"easel/internal/memory"
)

// A network's share is counted right while what its last session held is still being given back.
func TestANetworkBeginsAnewWithItsShare(t *testing.T) {
	t.Parallel()
	const each = 4 << 20
	s := store(t, memory.Config{Each: each, Budget: 4 * each})
	_, h := begin(t, s, home)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, _, err := h.Put(r)
		done <- err
	}()
	if _, err := w.Write(make([]byte, 2<<20)); err != nil { // which is booked by now
		t.Fatal(err)
	}
	h.End()
	_, again := begin(t, s, home)
	w.CloseWithError(errors.New("the tab was closed"))
	if err := <-done; err == nil {
		t.Fatal("what came after the end was kept")
	}
	if _, _, err := again.Put(bytes.NewReader(make([]byte, each-1<<20))); err != nil {
		t.Fatal(err)
	}
	_, other := begin(t, s, home)
	if _, _, err := other.Put(bytes.NewReader(make([]byte, 2<<20))); !fault.Is(err, fault.Busy) {
		t.Errorf("beyond its share a network gets %v", err)
	}
}

// Somebody may come in at the moment in which the session ends. (For the race detector.)
func TestComingInWhileItEnds(t *testing.T) {
	t.Parallel()
	s := store(t, memory.Config{})
	for range 50 {
		ticket, h := begin(t, s, home)
		in := make(chan struct{})
		go func() {
			defer close(in)
			for range 20 {
				_, _ = s.Enter(ticket.ID, ticket.Secret) // it may be over
			}
		}()
		h.End()
		<-in
	}
}
