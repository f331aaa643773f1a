package edge

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"easel/internal/fault"
	"easel/internal/web/ui"
)

// statuses is the one table from kinds of fault to HTTP.
var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError,
	fault.Invalid:  http.StatusBadRequest,
	fault.Missing:  http.StatusNotFound,
	fault.Denied:   http.StatusForbidden,
	fault.Unpaid:   http.StatusPaymentRequired,
	fault.Conflict: http.StatusConflict,
	fault.TooLarge: http.StatusRequestEntityTooLarge,
	fault.Refused:  http.StatusUnprocessableEntity,
	fault.Busy:     http.StatusServiceUnavailable,
}

// statusGone is what other servers' logs say of a caller who left before the answer.
const statusGone = 499

// retryAfter is what a Busy answer suggests when nobody knows better.
const retryAfter = 5 * time.Second

// status is a fault with a status that its kind does not tell.
type status struct {
	fault *fault.Error
	code  int
}

func (s *status) Error() string { return s.fault.Error() }
func (s *status) Unwrap() error { return s.fault }

// reported is a fault that is in the log already.
type reported struct{ fault *fault.Error }

func (r *reported) Error() string { return r.fault.Error() }
func (r *reported) Unwrap() error { return r.fault }

// TooOften says that the caller should come back after a while: 429 with Retry-After.
func TooOften(after time.Duration, say string) error { return fault.TooOften(after, say) }

// Status returns the HTTP status that an error gets.
func Status(err error) int {
	var own *status
	var out *signedOut
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &own):
		return own.code
	case errors.As(err, &out):
		return http.StatusUnauthorized
	case errors.As(err, &long):
		return http.StatusRequestEntityTooLarge
	}
	f := fault.Of(err)
	if f.Kind == fault.Busy && f.After > 0 {
		return http.StatusTooManyRequests
	}
	return statuses[f.Kind]
}

// faultPage is an error as a person in a browser sees it.
type faultPage struct {
	ui.Frame

	Status  int
	Say     string
	Request string
	Back    string // to the studio
}

type placeKey struct{}

// place is the studio that an error page belongs to, where that is not the portrait studio.
type place struct {
	studio string
	top    ui.Header
}

// In lets errors of a studio's handlers look like its other pages, with this at their top, and lead back to it: below /studio/.
func In(studio string, top ui.Header, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), placeKey{}, place{studio, top})))
	})
}

// problem is an error as a program sees it (RFC 9457).
type problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail"`
	Kind    string `json:"kind"`
	Request string `json:"request,omitempty"`
}

// Fail answers with an error: its sentence to the caller, its cause to the log.
func (e *Edge) Fail(w http.ResponseWriter, r *http.Request, err error) {
	if begun, ok := w.(*watcher); ok && begun.code != 0 {
		panic(http.ErrAbortHandler) // half an answer: cut the connection so that nobody takes it for a whole one
	}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		w.WriteHeader(statusGone) // for the log: nobody is listening any more
		return
	}
	f, code := e.explain(err), Status(err)
	e.report(r, f, code, err)
	h := w.Header()
	if code == http.StatusUnauthorized && WantsPage(r) {
		http.Redirect(w, r, e.signInURL(r), http.StatusSeeOther)
		return
	}
	h.Set("Cache-Control", "no-store")
	for _, name := range []string{"Content-Length", "Content-Disposition", "Content-Encoding", "Etag", "Last-Modified"} {
		h.Del(name)
	}
	RetryAfter(h, err)
	if WantsPage(r) {
		e.failPage(w, r, code, f)
		return
	}
	e.failProblem(w, r, code, f)
}

// RetryAfter says in the answer's header when to come back, where an error is about coming too soon or too often.
func RetryAfter(h http.Header, err error) {
	code := Status(err)
	if code != http.StatusTooManyRequests && code != http.StatusServiceUnavailable {
		return
	}
	after := retryAfter
	if known := fault.Of(err).After; known > 0 {
		after = known
	}
	h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(after.Seconds())))))
}

// explain gives a body that was too long its sentence, wherever the reading stopped.
func (e *Edge) explain(err error) *fault.Error {
	var long *http.MaxBytesError
	f := fault.Of(err)
	if errors.As(err, &long) && f.Kind != fault.TooLarge {
		return fault.Of(fault.Wrap(err, fault.TooLarge, e.UI.Texts().Text("fault.large")))
	}
	return f
}

// Report logs an error as Fail does, for a handler that shows a page of its own about it.
func (e *Edge) Report(r *http.Request, err error) {
	if err != nil && (r.Context().Err() == nil || !errors.Is(err, context.Canceled)) {
		e.report(r, e.explain(err), Status(err), err)
	}
}

// report logs what is our mistake loudly and the rest not at all: the request line has its status.
func (e *Edge) report(r *http.Request, f *fault.Error, code int, err error) {
	var known *reported
	if code < 500 || f.Kind == fault.Busy || errors.As(err, &known) {
		return
	}
	e.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("kind", f.Kind.String()), slog.Any("cause", f.Cause),
		slog.Int("status", code), slog.String("request", RequestID(r.Context())))
}

func (e *Edge) failPage(w http.ResponseWriter, r *http.Request, code int, f *fault.Error) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	if r.Method == http.MethodHead {
		return
	}
	p := faultPage{Frame: ui.Frame{Title: http.StatusText(code)}, Status: code, Say: f.Say, Back: "/portrait/"}
	if at, elsewhere := r.Context().Value(placeKey{}).(place); elsewhere {
		p.Studio, p.Header, p.Back = at.studio, at.top, "/"+at.studio+"/"
	} else {
		p.Header = e.greeted(r)
	}
	if code >= 500 {
		p.Request = RequestID(r.Context())
	}
	if err := e.UI.Render(w, "fault", p); err != nil {
		e.Log.LogAttrs(r.Context(), slog.LevelError, "the page about an error failed", slog.Any("cause", err))
	}
}

func (e *Edge) failProblem(w http.ResponseWriter, r *http.Request, code int, f *fault.Error) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	if r.Method == http.MethodHead {
		return
	}
	doc := problem{Type: "about:blank", Title: http.StatusText(code), Status: code, Detail: f.Say, Kind: f.Kind.String(), Request: RequestID(r.Context())}
	if err := json.NewEncoder(w).Encode(doc); err != nil {
		e.Log.LogAttrs(r.Context(), slog.LevelDebug, "a problem was not sent", slog.Any("cause", err))
	}
}

// WantsPage reports whether the caller reads HTML: browsers name it when they navigate, programs and our script do not.
func WantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
