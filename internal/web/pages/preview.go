package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"easel/internal/fault"
	"easel/internal/web/edge"
)

// preview sends a small drawing of the visitor's own photo, so that styles are chosen by what they do to it.
func (s *site) preview(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	style := r.URL.Query().Get("style")
	if !slices.ContainsFunc(s.Styles, func(known Style) bool { return known.ID == style }) {
		return fault.New(fault.Missing, s.texts.Text("start.style"))
	}
	if ok, wait := s.Previews.Allow(s.Edge.Address(r)); !ok {
		return edge.TooOften(wait, s.texts.Text("preview.often"))
	}
	edge.Patient(w, edge.TransferTime) // it may wait for its turn
	data, err := s.Studio.Preview(r.Context(), owner, id, style)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("send a preview: %w", err)
	}
	return nil
}
