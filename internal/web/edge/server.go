package edge

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// The server's patience. Handlers that need more (uploads, downloads, event streams) ask for it.
const (
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	writeTime  = 60 * time.Second
	idleTime   = 2 * time.Minute
	headerMax  = 32 << 10

	transferTime = 10 * time.Minute // 40 MB at half a megabit per second
	drainTime    = 20 * time.Second
	stallTime    = 30 * time.Second // without one byte of an upload
)

// NewServer returns a server with limits on time and headers. The caller gives it a listener and shuts it down.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerMax,
	}
}

// Upload answers for h, which may read limit bytes and has time for them. When h fails, the rest of the body is read and
// dropped for a while, because a browser that is still sending shows a broken connection and not our answer.
func (e *Edge) Upload(h Handler, limit int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Patient(w, transferTime)
		body := r.Body
		r.Body = http.MaxBytesReader(w, &steady{body, http.NewResponseController(w), time.Now().Add(transferTime)}, limit)
		err := h(w, r)
		if err == nil {
			return
		}
		if set := http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainTime)); set == nil {
			_, _ = io.CopyN(io.Discard, body, 2*limit) // what cannot be read any more is dropped with the connection
		}
		e.Fail(w, r, err)
	})
}

// steady is a body that has to keep coming: between two pieces of it there may be no more than stallTime, in all no more
// than until.
type steady struct {
	io.ReadCloser

	control *http.ResponseController
	until   time.Time
}

// Read reads the next piece.
func (s *steady) Read(p []byte) (int, error) {
	next := time.Now().Add(stallTime)
	if next.After(s.until) {
		next = s.until
	}
	if s.control.SetReadDeadline(next) == nil {
		defer func() { _ = s.control.SetReadDeadline(s.until) }() // while nobody reads there is nothing to be late with
	}
	return s.ReadCloser.Read(p)
}

// Patient gives the request more time to be read and answered.
func Patient(w http.ResponseWriter, d time.Duration) {
	control, until := http.NewResponseController(w), time.Now().Add(d)
	for _, set := range []func(time.Time) error{control.SetReadDeadline, control.SetWriteDeadline} {
		if err := set(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return // the connection is gone; the next read or write says so
		}
	}
}

// TransferTime is what a big download may take.
const TransferTime = transferTime
