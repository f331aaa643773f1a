package pages

import (
	"context"
	"net/http"

	"easel/internal/generation"
	"easel/internal/web/edge"
)

// progress is one message of the event stream.
type progress struct {
	Run     string           `json:"run"`
	State   generation.State `json:"state"`
	Percent int              `json:"percent"`
	Stage   string           `json:"stage"`
	Wait    string           `json:"wait"`

	Larger *progress `json:"larger,omitempty"` // its full size, once asked for
}

// events streams how the runs of one photo get on. Every connection begins with the state of them all.
func (s *site) events(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	if _, err := s.Studio.Find(r.Context(), owner, id); err != nil {
		return err
	}
	return s.Edge.Stream(w, r, owner, func(ctx context.Context, tell func(edge.Event)) error {
		return s.Studio.Watch(ctx, owner, id, func(run generation.Run) error {
			tell(edge.Event{Key: run.ID.String(), Data: s.progress(run)})
			return nil
		})
	})
}

func (s *site) progress(run generation.Run) progress {
	p := progress{Run: run.ID.String(), State: run.State, Percent: percent(run.Done), Stage: s.stage(run), Wait: s.wait(run)}
	if run.Full.State != "" {
		full := s.progress(asRun(run.Full))
		p.Larger = &full
	}
	return p
}
