package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// heartbeat keeps proxies from closing a quiet stream.
const heartbeat = 15 * time.Second

// streamsEach is how many streams one owner may hold: a browser opens at most six connections to a host anyway.
const streamsEach = 6

// streams counts open event streams by owner.
type streams struct {
	mu   sync.Mutex
	open map[uuid.UUID]int
}

func (s *streams) enter(owner uuid.UUID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[owner] >= streamsEach {
		return false
	}
	s.open[owner]++
	return true
}

func (s *streams) leave(owner uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[owner]--; s.open[owner] <= 0 {
		delete(s.open, owner)
	}
}

// Event is one message: Key names what it is about, and a newer message about the same key replaces one not yet sent.
type Event struct {
	Key  string
	Data any
}

// Stream sends what watch reports as server-sent events, until the reader leaves or watch returns. watch must report the
// whole state when it begins, so that a reconnecting browser misses nothing.
func (e *Edge) Stream(w http.ResponseWriter, r *http.Request, owner uuid.UUID, watch func(ctx context.Context, tell func(Event)) error) error {
	if !e.streams.enter(owner) {
		return TooOften(retryAfter, e.UI.Texts().Text("fault.windows"))
	}
	defer e.streams.leave(owner)
	if err := endless(w); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)

	ctx, stop := context.WithCancel(r.Context())
	box, ended := newBox(), make(chan error, 1)
	go func() { ended <- watch(ctx, box.put) }()
	err := pump(ctx, w, box, ended)
	stop()
	if err == nil || errors.Is(err, errEnded) {
		return nil
	}
	<-ended
	return nil // the reader has gone, which is how streams end
}

var errEnded = errors.New("the watch ended")

// pump writes messages and heartbeats until the reader or the watch ends.
func pump(ctx context.Context, w http.ResponseWriter, box *box, ended <-chan error) error {
	control := http.NewResponseController(w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	if _, err := fmt.Fprint(w, "retry: 2000\n\n"); err != nil {
		return err
	}
	for {
		if err := control.Flush(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
			return errors.Join(errEnded, writeAll(w, box.take()), control.Flush())
		case <-beat.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return err
			}
		case <-box.full:
			if err := writeAll(w, box.take()); err != nil {
				return err
			}
		}
	}
}

func writeAll(w http.ResponseWriter, events []Event) error {
	for _, e := range events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("event: %w", err)
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
			return err
		}
	}
	return nil
}

// endless takes the time limits off a connection: an event stream lasts as long as its reader.
func endless(w http.ResponseWriter) error {
	control := http.NewResponseController(w)
	for _, set := range []func(time.Time) error{control.SetReadDeadline, control.SetWriteDeadline} {
		if err := set(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("take the time limit off a stream: %w", err)
		}
	}
	return nil
}

// box holds the newest message of each key until the reader is ready for it.
type box struct {
	full   chan struct{}
	mu     sync.Mutex
	order  []string
	newest map[string]Event
}

func newBox() *box { return &box{full: make(chan struct{}, 1), newest: map[string]Event{}} }

func (b *box) put(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, waiting := b.newest[e.Key]; !waiting {
		b.order = append(b.order, e.Key)
	}
	b.newest[e.Key] = e
	select {
	case b.full <- struct{}{}:
	default:
	}
}

func (b *box) take() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := make([]Event, 0, len(b.order))
	for _, key := range b.order {
		events = append(events, b.newest[key])
	}
	b.order, b.newest = nil, map[string]Event{}
	return events
}
