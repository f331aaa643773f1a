package pages

import (
	"net/http"

	"easel/internal/generation"
)

// larger is a portrait's full size on its card: offered, being drawn, or ready.
type larger struct {
	W, H        int
	State       generation.State // empty until it is asked for
	Live        bool
	URL         string // of the run that draws it
	Stage, Wait string
	Percent     int
	Say         string
	Downloads   []download
}

// largerOf is nil when a portrait has no larger size.
func (s *site) largerOf(run generation.Run) *larger {
	f := run.Full
	if run.State != generation.Done || f.W == 0 {
		return nil
	}
	l := &larger{W: f.W, H: f.H, State: f.State, Live: f.State != "" && !f.State.Final(), URL: workURL(f.Run), Say: f.Say, Percent: percent(f.Done)}
	as := asRun(f)
	l.Stage, l.Wait = s.stage(as), s.wait(as)
	for _, d := range pictureFiles {
		l.Downloads = append(l.Downloads, s.downloadOf(d, l.URL))
	}
	return l
}

// asRun lets a full size be described in the words for a run.
func asRun(f generation.Full) generation.Run {
	return generation.Run{State: f.State, Stage: f.Stage, Done: f.Done, Ahead: f.Ahead, Left: f.Left}
}

// enlarge asks for a portrait's full size.
func (s *site) enlarge(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	if _, err := s.Studio.Enlarge(r.Context(), owner, id); err != nil {
		return err
	}
	return s.card(w, r)
}
