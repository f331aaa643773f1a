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

// streamsEach is how many streams one owner may hold. A browser opens at most six connections to a host, where it speaks HTTP/1.1:
// streams must leave some for pages and pictures. The pages of further windows ask now and then instead.
const streamsEach = 4

// streamsAll is how many streams there may be at a time: each reads its rows every few seconds. Whoever gets none asks
// now and then instead.
const streamsAll = 500

// stalled is how long a reader may take no byte before the stream is given up.
const stalled = 20 * time.Second

// streams counts open event streams by owner, and ends them all when the server stops.
type streams struct {
	mu    sync.Mutex
	open  map[uuid.UUID]int
	stops map[uint64]context.CancelFunc
	last  uint64
	over  bool
}

// enter counts a stream that stop ends, and returns what takes it off the count; or the sentence why there is no place.
func (s *streams) enter(owner uuid.UUID, stop context.CancelFunc) (leave func(), full string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.open[owner] >= streamsEach:
		return nil, "fault.windows"
	case len(s.stops) >= streamsAll:
		return nil, "fault.streams"
	case s.over:
		stop()
	case s.stops == nil:
		s.stops = map[uint64]context.CancelFunc{}
	}
	s.last++
	number := s.last
	s.open[owner]++
	if !s.over {
		s.stops[number] = stop
	}
	return func() { s.leave(owner, number) }, ""
}

func (s *streams) leave(owner uuid.UUID, number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.stops, number)
	if s.open[owner]--; s.open[owner] <= 0 {
		delete(s.open, owner)
	}
}

// EndStreams ends every event stream, and each later one as soon as it has begun: a server that stops waits for its
// requests, and streams last as long as their readers. Browsers come back by themselves.
func (e *Edge) EndStreams() {
	e.streams.mu.Lock()
	defer e.streams.mu.Unlock()
	e.streams.over = true
	for _, stop := range e.streams.stops {
		stop()
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
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	leave, full := e.streams.enter(owner, stop)
	if full != "" {
		return TooOften(retryAfter, e.UI.Texts().Text(full))
	}
	defer leave()
	if err := endless(w); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
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
	wait(control)
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
			wait(control)
			return errors.Join(errEnded, writeAll(w, box.take()), control.Flush())
		case <-beat.C:
			wait(control)
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return err
			}
		case <-box.full:
			wait(control)
			if err := writeAll(w, box.take()); err != nil {
				return err
			}
		}
	}
}

// wait gives the reader some time to take the next message. Who takes none keeps no stream.
func wait(control *http.ResponseController) {
	_ = control.SetWriteDeadline(time.Now().Add(stalled)) // a connection that is gone says so when it is written to
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
