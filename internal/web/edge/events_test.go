package edge

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"easel/internal/fault"
)

// serve starts a real server with all its time limits.
func serve(t *testing.T, e *Edge, patience time.Duration, h Handler) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("GET /events", e.Handle(h))
	server := NewServer(e.Serve(mux))
	server.WriteTimeout, server.ReadTimeout = patience, patience
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); err != http.ErrServerClosed {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return "http://" + listener.Addr().String() + "/events"
}

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// A stream outlives the server's patience, and a slow reader gets the newest of each key.
func TestStream(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	more := make(chan Event)
	left := make(chan struct{})
	url := serve(t, e, 200*time.Millisecond, func(w http.ResponseWriter, r *http.Request) error {
		defer close(left)
		return e.Stream(w, r, someone, func(ctx context.Context, tell func(Event)) error {
			tell(Event{"a", "one"})
			for {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case event := <-more:
					tell(event)
				}
			}
		})
	})
	res := get(t, url)
	if res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	expect(t, lines, `data: "one"`)
	<-time.After(400 * time.Millisecond) // longer than the server's limits, which is what is tested
	more <- Event{"b", map[string]int{"n": 2}}
	expect(t, lines, `data: {"n":2}`)
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	<-left
}

func expect(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	for lines.Scan() {
		if lines.Text() == want {
			return
		}
	}
	t.Fatalf("the stream ended before %q: %v", want, lines.Err())
}

func TestStreamsAreCounted(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	url := serve(t, e, time.Minute, func(w http.ResponseWriter, r *http.Request) error {
		return e.Stream(w, r, someone, func(ctx context.Context, tell func(Event)) error {
			tell(Event{"a", 1})
			<-ctx.Done()
			return ctx.Err()
		})
	})
	for range streamsEach {
		expect(t, bufio.NewScanner(get(t, url).Body), "data: 1")
	}
	res := get(t, url)
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %d %v", res.StatusCode, res.Header)
	}
}

// What was told before the watch ended still arrives, whether it ended well or not.
func TestStreamEndsWithItsWatch(t *testing.T) {
	t.Parallel()
	for _, end := range []error{nil, fault.New(fault.Missing, "Gone.")} {
		e := newEdge(t, "http://localhost", io.Discard)
		url := serve(t, e, time.Minute, func(w http.ResponseWriter, r *http.Request) error {
			return e.Stream(w, r, someone, func(_ context.Context, tell func(Event)) error {
				tell(Event{"a", "last"})
				return end
			})
		})
		body, err := io.ReadAll(get(t, url).Body)
		if err != nil || !strings.HasSuffix(string(body), "data: \"last\"\n\n") {
			t.Errorf("%q, %v", body, err)
		}
		e.streams.mu.Lock()
		left := len(e.streams.open)
		e.streams.mu.Unlock()
		if left != 0 {
			t.Error("a stream that ended is still counted")
		}
	}
}

func TestNewestReplacesUnsent(t *testing.T) {
	t.Parallel()
	b := newBox()
	b.put(Event{"a", 1})
	b.put(Event{"b", 2})
	b.put(Event{"a", 3})
	events := b.take()
	if len(events) != 2 || events[0] != (Event{"a", 3}) || events[1] != (Event{"b", 2}) || len(b.take()) != 0 {
		t.Errorf("%v", events)
	}
}
