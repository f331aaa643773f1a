package cutouts

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/web/edge"
)

// download delivers the full picture for a code; what was delivered once in a session is free in it. The code is spent
// only when every byte has been handed to the connection.
func (b *booth) download(w http.ResponseWriter, r *http.Request) error {
	ss, err := b.enter(r)
	if err != nil {
		return err
	}
	sent, err := b.deliver(w, r, ss)
	switch {
	case err == nil:
		return nil
	case sent:
		panic(http.ErrAbortHandler) // half a picture: cut the connection so that nobody takes it for a whole one
	case !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError:
		return err
	}
	return b.showSession(w, r, ss, err)
}

// deliver reports whether anything was sent.
func (b *booth) deliver(w http.ResponseWriter, r *http.Request, ss *cutout.Session) (sent bool, err error) {
	release, err := ss.Deliver(r.Context(), r.PostForm.Get("photo"))
	if err != nil {
		return false, err
	}
	defer release()
	p, err := ss.Photo(r.PostForm.Get("photo"))
	if err != nil {
		return false, err
	}
	if p.State != cutout.Ready {
		return false, fault.New(fault.Conflict, b.texts.Text("cutout.notready"))
	}
	use := uuid.Nil
	if !p.Unlocked {
		if ok, wait := b.Tries.Allow(b.Edge.Address(r)); !ok {
			return false, edge.TooOften(wait, b.texts.Text("cutout.tries"))
		}
		if use, err = b.Codes.Begin(r.Context(), r.PostForm.Get("code")); err != nil {
			return false, err
		}
	}
	file, err := ss.File(r.Context(), p.ID, r.PostForm.Get("format"))
	if err == nil {
		sent, err = true, send(w, file)
		clear(file.Data)
	}
	if use != uuid.Nil {
		err = errors.Join(err, b.settleUse(r, ss, p.ID, use, err == nil))
	}
	return sent, err
}

// settleUse spends the code or gives it back, also when the caller has gone.
func (b *booth) settleUse(r *http.Request, ss *cutout.Session, photo string, use uuid.UUID, delivered bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 10*time.Second)
	defer cancel()
	if err := b.Codes.End(ctx, use, delivered); err != nil {
		// The use comes back by itself; whoever has the picture keeps it.
		b.Edge.Log.LogAttrs(ctx, slog.LevelError, "the use of a code could not be settled", slog.Any("cause", err), slog.String("request", edge.RequestID(ctx)))
	}
	if !delivered {
		return nil
	}
	if err := ss.Unlock(photo); err != nil && !fault.Is(err, fault.Missing) {
		return err
	}
	return nil
}

func send(w http.ResponseWriter, file cutout.File) error {
	h := w.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Content-Length", strconv.Itoa(len(file.Data)))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	edge.Patient(w, edge.TransferTime)
	if _, err := w.Write(file.Data); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
