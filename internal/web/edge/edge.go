// Package edge stands between the network and the pages: who is asking, how much they may send, and how an error reads.
package edge

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/web/ui"
)

// secureScheme decides about cookies and HSTS.
const secureScheme = "https"

// Handler is a handler that may fail. What it returns becomes a page or a problem document, and a line in the log.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Config is what the edge needs to know.
type Config struct {
	PublicURL *url.URL // decides the cookie's name, Secure and HSTS
	Proxies   int      // trusted reverse proxies in front; each appends to X-Forwarded-For
	Sessions  Sessions
	Visit     time.Duration // how long after the last visit the browser keeps the cookie
	UI        *ui.UI
	Log       *slog.Logger
	Greet     func(*http.Request) ui.Header // who is looking, for pages about errors; the pages give it; nil says nothing
}

// Check reports what is missing.
func (c Config) Check() error {
	switch {
	case c.PublicURL == nil || c.PublicURL.Host == "":
		return errors.New("edge: the public URL is missing or has no host")
	case c.PublicURL.Scheme != "http" && c.PublicURL.Scheme != secureScheme:
		return errors.New("edge: the public URL must begin with http:// or https://")
	case c.Proxies < 0:
		return errors.New("edge: the number of proxies is negative")
	case c.Visit < time.Second:
		return errors.New("edge: a visit must last at least a second")
	case c.Sessions == nil || c.UI == nil || c.Log == nil:
		return errors.New("edge: sessions, ui and log must be given")
	}
	return nil
}

// Edge turns handlers that fail into handlers that answer.
type Edge struct {
	Config

	streams streams
}

// New checks the configuration.
func New(c Config) (*Edge, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return &Edge{Config: c, streams: streams{open: map[uuid.UUID]int{}}}, nil
}

// formLimit is enough for every form without a file.
const formLimit = 64 << 10

// Handle answers for h: its error is written as a page or problem, and bodies are limited to small forms.
func (e *Edge) Handle(h Handler) http.Handler { return e.limited(h, formLimit) }

// limited answers for h and lets it read at most limit bytes.
func (e *Edge) limited(h Handler, limit int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		if err := h(w, r); err != nil {
			e.Fail(w, r, err)
		}
	})
}

type requestID struct{}

// RequestID returns the id that the log and the answer carry, or "" outside a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestID{}).(string)
	return id
}

// Serve wraps the whole site: request id, security headers, protection against forged posts, panics, one log line.
// Addresses that no pattern of mux takes get the site's own pages.
func (e *Edge) Serve(mux *http.ServeMux) http.Handler {
	forged := http.NewCrossOriginProtection()
	if err := forged.AddTrustedOrigin(origin(e.PublicURL)); err != nil {
		panic(err) // the URL was checked
	}
	forged.SetDenyHandler(e.Handle(func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Denied, e.UI.Texts().Text("fault.forged"))
	}))
	inner := forged.Handler(e.routed(mux))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, begin := rand.Text()[:12], time.Now()
		r = r.WithContext(context.WithValue(context.WithValue(r.Context(), requestID{}, id), visitKey{}, &visit{head: w.Header()}))
		e.secure(w.Header(), id)
		watched := &watcher{ResponseWriter: w}
		defer func() { // also when a connection is cut
			e.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", method(r)), slog.String("route", route(mux, r)),
				slog.Int("status", watched.status()), slog.Duration("took", time.Since(begin).Round(time.Microsecond)), slog.String("request", id))
		}()
		defer func() {
			if p := recover(); p != nil {
				e.panicked(watched, r, p)
			}
		}()
		inner.ServeHTTP(watched, r)
	})
}

// panicked answers once, if nothing was sent yet; http.ErrAbortHandler keeps its meaning.
func (e *Edge) panicked(w *watcher, r *http.Request, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	e.Log.LogAttrs(r.Context(), slog.LevelError, "a handler panicked", slog.Any("panic", p),
		slog.String("stack", string(debug.Stack())), slog.String("request", RequestID(r.Context())))
	if w.code != 0 {
		panic(http.ErrAbortHandler) // half an answer: cut the connection so that nobody takes it for a whole one
	}
	e.Fail(w, r, &reported{fault.Of(errors.New("panic"))})
}

// routed gives requests that no pattern takes the site's own 404 and 405.
func (e *Edge) routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := &probe{header: http.Header{}}
		mux.ServeHTTP(probe, r)
		if allow := probe.header.Get("Allow"); probe.code == http.StatusMethodNotAllowed && allow != "" {
			w.Header().Set("Allow", allow)
			e.Fail(w, r, &status{fault.Of(fault.New(fault.Invalid, e.UI.Texts().Text("fault.method"))), http.StatusMethodNotAllowed})
			return
		}
		e.Fail(w, r, fault.New(fault.Missing, e.UI.Texts().Text("fault.missing")))
	})
}

// method keeps what a stranger invents out of the log.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// route is the pattern, never the address: addresses hold ids.
func route(mux *http.ServeMux, r *http.Request) string {
	if _, pattern := mux.Handler(r); pattern != "" {
		return pattern
	}
	return "none"
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// watcher remembers the status for the log.
type watcher struct {
	http.ResponseWriter

	code int
}

func (w *watcher) WriteHeader(code int) {
	if w.code == 0 && code >= 200 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *watcher) Write(p []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watcher) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

// probe asks the mux what it would answer, without answering.
type probe struct {
	header http.Header
	code   int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(code int)        { p.code = code }
