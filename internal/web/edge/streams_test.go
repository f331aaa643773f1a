package edge

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// lasting is a handler with a watch that tells once and then waits.
func lasting(e *Edge) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return e.Stream(w, r, someone, func(ctx context.Context, tell func(Event)) error {
			tell(Event{"a", 1})
			<-ctx.Done()
			return ctx.Err()
		})
	}
}

// A server that stops waits for its requests; streams must not keep it.
func TestStreamsEndWithTheServer(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	mux := http.NewServeMux()
	mux.Handle("GET /events", e.Handle(lasting(e)))
	server := NewServer(e.Serve(mux))
	server.RegisterOnShutdown(e.EndStreams)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	lines := bufio.NewScanner(get(t, "http://"+listener.Addr().String()+"/events").Body)
	expect(t, lines, "data: 1")
	patience, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		t.Errorf("the server waited for a stream: %v", err)
	}
	for lines.Scan() { // to its end
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	w := httptest.NewRecorder()
	if err := lasting(e)(w, httptest.NewRequest(http.MethodGet, "/events", nil)); err != nil || w.Code != http.StatusOK {
		t.Errorf("a stream that begins while the server stops: %d, %v", w.Code, err)
	}
}

func TestAskingForAStreamsHeadersOpensNone(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	w := httptest.NewRecorder()
	if err := lasting(e)(w, httptest.NewRequest(http.MethodHead, "/events", nil)); err != nil || w.Header().Get("Content-Type") != "text/event-stream" {
		t.Errorf("%v, %v", w.Header(), err)
	}
}

func TestTheHouseHasRoomForSoManyStreams(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	e.streams.stops = map[uint64]context.CancelFunc{}
	for i := range uint64(streamsAll) {
		e.streams.stops[1_000_000+i] = func() {}
	}
	err := lasting(e)(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/events", nil))
	if Status(err) != http.StatusTooManyRequests {
		t.Errorf("one too many: %v", err)
	}
}

// timed is an answer whose connection has time limits.
type timed struct {
	*httptest.ResponseRecorder

	until time.Time
	late  bool // something was written without a limit
}

func (w *timed) SetReadDeadline(time.Time) error { return nil }

func (w *timed) SetWriteDeadline(t time.Time) error {
	w.until = t
	return nil
}

func (w *timed) Write(p []byte) (int, error) {
	w.late = w.late || w.until.IsZero()
	return w.ResponseRecorder.Write(p)
}

// A reader that takes nothing would hold its stream, and what feeds it, for ever.
func TestEveryMessageHasATimeLimit(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	w := &timed{ResponseRecorder: httptest.NewRecorder()}
	err := e.Stream(w, httptest.NewRequest(http.MethodGet, "/events", nil), someone, func(_ context.Context, tell func(Event)) error {
		tell(Event{"a", 1})
		return nil
	})
	if err != nil || w.late || w.Body.Len() == 0 {
		t.Errorf("sent %q, without a limit: %v, %v", w.Body, w.late, err)
	}
}

// Somebody with many windows open can still open another one: over HTTP/1.1 a browser has six connections to a host.
func TestStreamsLeaveABrowserSomeConnections(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	mux := http.NewServeMux()
	mux.Handle("GET /events", e.Handle(lasting(e)))
	mux.HandleFunc("GET /page", func(http.ResponseWriter, *http.Request) {})
	server := httptest.NewServer(e.Serve(mux))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	browser := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 6}}
	defer browser.CloseIdleConnections()
	ask := func(path string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := browser.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return answer
	}
	defer e.EndStreams()
	for range 6 {
		if answer := ask("/events"); answer.StatusCode == http.StatusOK {
			defer answer.Body.Close()
		} else {
			answer.Body.Close()
		}
	}
	if answer := ask("/page"); answer.StatusCode != http.StatusOK {
		t.Errorf("the page is %d", answer.StatusCode)
	}
}
