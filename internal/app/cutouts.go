package app

import (
	"net/http"

	"easel/internal/cutout"
	"easel/internal/memory"
	"easel/internal/policy"
	"easel/internal/sandbox"
	"easel/internal/web/cutouts"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// What one session and one network may hold of the memory for pictures.
const (
	sessionBytes    = 224 << 20 // twenty photos of 12 megapixels, with their copies
	sessionsOfOne   = 24        // an office behind one address; what they hold together has its own limit
	cutoutPhotoSize = 40 << 20
)

// booth builds the studio in which nobody signs in, or returns nil where no live policy declares it.
func (a *App) booth(e *edge.Edge, look *ui.UI) (http.Handler, error) {
	declared := a.live("cutout")
	if declared == nil {
		return nil, nil //nolint:nilnil // there is no such studio
	}
	store, err := memory.New(memory.Config{Keep: declared.Keep(policy.Upload), Budget: a.config.Memory, Each: min(sessionBytes, a.config.Memory), Sessions: sessionsOfOne, Now: a.config.Clock})
	if err != nil {
		return nil, err
	}
	if !store.Locked() {
		a.log.Warn("this system does not let memory be locked, so sealed pictures of the cutout studio may reach its swap space; raise RLIMIT_MEMLOCK")
	}
	hosting, err := a.hosting(declared)
	if err != nil {
		return nil, err
	}
	if a.cutout, err = cutout.New(cutout.Config{Workers: cutout.DefaultWorkers, Waiting: cutout.DefaultWaiting, Photos: cutout.DefaultPhotos, Hosting: hosting}, store, sandbox.New(sandbox.Config{})); err != nil {
		return nil, err
	}
	return cutouts.New(cutouts.Config{Edge: e, UI: look, Studio: a.cutout, Codes: a.codes, Policy: declared, Bytes: cutoutPhotoSize, Form: sessionBytes + cutoutPhotoSize,
		Sold: len(a.config.Sales.Codes.Packs) > 0})
}
