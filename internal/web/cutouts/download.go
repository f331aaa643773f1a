package cutouts

import (
	"log/slog"
	"net/http"

	"easel/internal/cutout"
	"easel/internal/web/edge"
)

// counter is where somebody's codes are looked at.
func (b *booth) counter(r *http.Request) cutout.Counter {
	return cutout.Counter{Codes: b.Codes, Knock: func() error {
		if ok, wait := b.Tries.Allow(b.Edge.Address(r)); !ok {
			return edge.TooOften(wait, b.texts.Text("cutout.tries"))
		}
		return nil
	}, Lost: func(err error) {
		b.Edge.Log.LogAttrs(r.Context(), slog.LevelError, "the use of a code could not be settled", slog.Any("cause", err), slog.String("request", edge.RequestID(r.Context())))
	}}
}

// download delivers the full picture for a code, or all that are ready as one ZIP.
func (b *booth) download(w http.ResponseWriter, r *http.Request) error {
	ss, err := b.enter(r)
	if err != nil {
		return err
	}
	edge.Patient(w, edge.TransferTime) // it may have to wait for its turn before it is made
	order := cutout.Order{Format: r.PostForm.Get("format"), Codes: r.PostForm.Get("code")}
	deliver := &cutout.Delivery{Begin: func(name, kind string, size int64) { edge.Attach(w, kind, name, size) }, To: w, Flush: http.NewResponseController(w).Flush}
	if r.PostForm.Get("all") == "yes" {
		err = deliver.All(r.Context(), ss, order, b.counter(r))
	} else {
		err = deliver.One(r.Context(), ss, r.PostForm.Get("photo"), order, b.counter(r))
	}
	switch {
	case err == nil:
		return nil
	case deliver.Begun():
		panic(http.ErrAbortHandler) // half an answer: cut the connection so that nobody takes it for a whole one
	case !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError || ss.Context().Err() != nil:
		return err
	}
	return b.showSession(w, r, ss, err)
}
