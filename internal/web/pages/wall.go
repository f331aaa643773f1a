package pages

import (
	"net/http"
	"time"

	"easel/internal/generation"
	"easel/internal/web/ui"
)

// studioPage is where a photo is dropped, with what its owner has already.
type studioPage struct {
	ui.Frame

	Gone   string // the sentence about a photo just deleted
	Drop   dropForm
	Works  []hanging
	Styles []sampled // what can be made, for those who look round
	Adrift bool      // no address leads back to the account
}

// dropForm is the form that brings a photo.
type dropForm struct {
	Keeps         string
	Signed        bool // somebody has signed in; others may look, and are asked to sign in when they want one drawn
	NeedStatement bool
	Word          *word // about age and policy, where it was not given yet
	Statement     []string
	Prohibited    []string
	Accept        string
	Max           int64 // bytes
	MaxMB         int64
	Error         string
}

// hanging is one earlier photo on the visitor's wall.
type hanging struct {
	URL, Name, Count string
	Picture          string
	W, H             int
	Clock            ui.Clock
}

func (s *site) studio(w http.ResponseWriter, r *http.Request) error {
	p, err := s.studioPage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "studio", &p)
}

func (s *site) studioPage(r *http.Request) (studioPage, error) {
	p := studioPage{Frame: ui.Frame{Title: s.texts.Text("studio.title"), Studio: s.Policy.Name}, Drop: dropForm{
		Keeps: s.keeps(), Statement: s.Policy.Statements, Prohibited: s.Policy.Prohibited, Accept: ui.Accepted,
		Max: s.Bytes, MaxMB: s.Bytes >> 20,
	}}
	if r.URL.Query().Has("gone") {
		p.Gone = s.texts.Text("studio.gone")
	}
	caller, known, err := s.Edge.Caller(r)
	if err != nil || !known {
		p.Description, p.Styles = s.texts.Text("studio.lead"), s.homePage().Styles
		return p, err
	}
	person, err := s.Accounts.Person(r.Context(), caller.Owner)
	if err != nil {
		return p, err
	}
	stated, err := s.Accounts.Stated(r.Context(), caller.Owner)
	if err != nil {
		return p, err
	}
	p.Adrift = person.Mail == ""
	p.Drop.Signed, p.Drop.NeedStatement, p.Drop.Word = true, !stated, s.missing(person)
	works, err := s.Studio.Works(r.Context(), caller.Owner)
	for _, work := range works {
		p.Works = append(p.Works, s.hanging(work))
	}
	return p, err
}

func (s *site) hanging(work generation.Work) hanging {
	h := hanging{URL: photoURL(work.ID), Name: s.named(work.Upload), Picture: photoURL(work.ID) + "/original",
		W: work.W, H: work.H, Clock: s.clock(work.Created, work.Deadline)}
	done := 0
	for _, run := range work.Runs {
		if run.State == generation.Done {
			done++
			h.Picture, h.W, h.H = workURL(run.ID)+"/picture", run.W, run.H // the newest one hangs
		}
	}
	h.Count = s.count("studio.count", done)
	return h
}

func (s *site) named(u generation.Upload) string {
	if u.Name == "" {
		return s.texts.Text("studio.unnamed")
	}
	return u.Name
}

// count chooses between the texts for none, one and many.
func (s *site) count(key string, n int) string { return s.texts.Count(key, n) }

// clock says how much time something has left.
func (s *site) clock(created, deadline time.Time) ui.Clock {
	return s.texts.Clock(s.Now(), created, deadline)
}
