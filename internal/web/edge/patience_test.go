package edge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The server's patience is with what arrives. What arrived whole is worked on for as long as it takes.
func TestSlowWorkIsNotTakenForASlowReader(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	url := serve(t, e, 200*time.Millisecond, func(w http.ResponseWriter, r *http.Request) error {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			return err
		}
		select {
		case <-r.Context().Done():
			return r.Context().Err()
		case <-time.After(600 * time.Millisecond): // longer than the server's limits, which is what is tested
		}
		_, err := io.WriteString(w, "done")
		return err
	})
	res := get(t, url)
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || string(body) != "done" {
		t.Errorf("%d %q, %v", res.StatusCode, body, err)
	}
}

// An error after the answer has begun is not written into it.
func TestAnAnswerThatHasBegunIsLeftAlone(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := newEdge(t, "http://localhost", &log)
	mux := http.NewServeMux()
	mux.Handle("GET /x", e.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half")
		return errors.New("the reader has gone")
	}))
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Error("half an answer was sent as a whole one")
		}
		if strings.Contains(log.String(), "request failed") {
			t.Errorf("a reader that left is our mistake: %s", &log)
		}
		if !strings.Contains(log.String(), `"msg":"request"`) {
			t.Errorf("the request is not in the log: %s", &log)
		}
	}()
	w := ask(e.Serve(mux), "GET", "/x", "text/html")
	t.Errorf("answered %q", w.Body)
}

// Who has gone reads no answer, but the log must not call it a success.
func TestWhoHasGoneIsNoSuccess(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := newEdge(t, "http://localhost", &log)
	mux := http.NewServeMux()
	mux.Handle("GET /x", e.Handle(func(_ http.ResponseWriter, r *http.Request) error { return r.Context().Err() }))
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	ctx, leave := context.WithCancel(r.Context())
	leave()
	w := httptest.NewRecorder()
	e.Serve(mux).ServeHTTP(w, r.WithContext(ctx))
	if w.Code != statusGone || !strings.Contains(log.String(), `"status":499`) {
		t.Errorf("%d; %s", w.Code, &log)
	}
}
