package pages

import (
	"fmt"
	"io"
	"net/http"

	"easel/internal/fault"
	"easel/internal/web/ui"
)

// licencesPage lists what the program and its pages take from others.
type licencesPage struct {
	ui.Frame

	Licences []terms
}

// terms are a licence with all that is given under exactly its words.
type terms struct {
	Licence, Text string
	Of            []ui.Licence
}

// inCommon puts what has the same words together, in the order in which they come first.
func inCommon(all []ui.Licence) (kinds []terms) {
	at := map[string]int{}
	for _, one := range all {
		i, known := at[one.Text]
		if !known {
			i = len(kinds)
			at[one.Text] = i
			kinds = append(kinds, terms{Licence: one.Licence, Text: one.Text})
		}
		kinds[i].Of = append(kinds[i].Of, one)
	}
	return kinds
}

func (s *site) licences(w http.ResponseWriter, r *http.Request) error {
	all, err := s.UI.Licences()
	if err != nil {
		return err
	}
	public(w)
	title := s.texts.Text("licences.title")
	return s.show(w, r, http.StatusOK, "licences", &licencesPage{Frame: ui.Frame{Title: title, Description: title}, Licences: inCommon(all)})
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
