package pages

import (
	"fmt"
	"io"
	"net/http"

	"easel/internal/fault"
	"easel/internal/web/ui"
)

// licencesPage lists what the pages take from others.
type licencesPage struct {
	ui.Frame

	Licences []ui.Licence
}

func (s *site) licences(w http.ResponseWriter, r *http.Request) error {
	all, err := s.UI.Licences()
	if err != nil {
		return err
	}
	public(w)
	title := s.texts.Text("licences.title")
	return s.show(w, r, http.StatusOK, "licences", &licencesPage{Frame: ui.Frame{Title: title, Description: title}, Licences: all})
}

// health says that the process answers; ready that it can do its work.
func (s *site) health(w http.ResponseWriter, _ *http.Request) error { return answer(w) }

func (s *site) ready(w http.ResponseWriter, r *http.Request) error {
	if err := s.Ready(r.Context()); err != nil {
		return fault.Wrap(err, fault.Busy, s.texts.Text("fault.notready"))
	}
	return answer(w)
}

func answer(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := io.WriteString(w, "ok\n"); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}
