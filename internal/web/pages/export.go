package pages

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"easel/internal/web/edge"
)

// Times of an export: however large it is, it goes on for as long as somebody takes it in.
const (
	exportMost  = 6 * time.Hour
	exportStall = time.Minute // without anything taken in
	exportRenew = 5 * time.Second
)

// export sends everything that is held as one ZIP, to somebody who has proved just now who they are. It is made while it is
// sent; who calls it off ends it.
func (s *site) export(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if !s.fresh(w, r, caller, dataURL) {
		return nil
	}
	end, err := s.exports.Begin(caller.Owner, s.Now())
	if err != nil {
		return err
	}
	defer end()
	if err := s.Rights.Told(r.Context(), caller.Owner); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", attachment("easel-"+s.Now().UTC().Format(time.DateOnly)+".zip"))
	h.Set("Cache-Control", "no-store")
	edge.Patient(w, exportMost)
	out := &taken{ResponseWriter: w, control: http.NewResponseController(w)}
	if err := s.Rights.Export(r.Context(), caller.Owner, out); err != nil {
		if out.until.IsZero() { // nothing was sent: it can still be said
			h.Del("Content-Disposition")
			return err
		}
		if r.Context().Err() == nil {
			s.Edge.Log.LogAttrs(r.Context(), slog.LevelError, "an export broke off", slog.Any("cause", err), slog.String("request", edge.RequestID(r.Context())))
		}
		panic(http.ErrAbortHandler) // a file that was cut off must not look whole
	}
	return nil
}

// taken is an answer that has to be taken in steadily.
type taken struct {
	http.ResponseWriter

	control *http.ResponseController
	until   time.Time
}

// Write writes the next piece, and gives it time.
func (t *taken) Write(p []byte) (int, error) {
	if next := time.Now().Add(exportStall); next.Sub(t.until) > exportRenew {
		t.until = next
		_ = t.control.SetWriteDeadline(next) // a recorder in a test has none
	}
	return t.ResponseWriter.Write(p)
}

// changed does something to the caller's account and leads back to the page about their data, saying what was done.
func (s *site) changed(w http.ResponseWriter, r *http.Request, saved string, do func(ctx context.Context, owner uuid.UUID) error) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := do(r.Context(), caller.Owner); err != nil {
		return err
	}
	return see(w, r, dataURL+"?saved="+saved)
}
