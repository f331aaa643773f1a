package pages

import (
	"net/http"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/ledger"
	"easel/internal/web/ui"
)

// lookPage is one person's purse as those see it who run the place, for as long as their session of the audit log lasts.
type lookPage struct {
	ui.Frame

	Lots   []staffLot
	Events []string
}

type staffLot struct{ What, Facts string }

const looksURL = "/admin/looks"

// look opens a session for one person, which is written down with the reason, and leads to what it shows.
func (s *site) look(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	subject, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.Missing, s.texts.Text("fault.missing"))
	}
	session, err := s.Counter.Open(r.Context(), operator, subject, r.PostFormValue("reason"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, looksURL+"/"+session.String(), http.StatusSeeOther)
	return nil
}

// looked shows the purse of the person whom the session is about.
func (s *site) looked(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	session, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.Missing, s.texts.Text("fault.missing"))
	}
	lots, events, err := s.Counter.Behind(r.Context(), operator, session)
	if err != nil {
		return err
	}
	p := s.lookPage(lots, events)
	return s.show(w, r, http.StatusOK, "admin_look", &p)
}

func (s *site) lookPage(lots []ledger.Lot, events []ledger.Event) lookPage {
	say := s.texts.Text
	p := lookPage{Frame: ui.Frame{Title: say("admin.looked")}}
	for _, lot := range lots {
		p.Lots = append(p.Lots, staffLot{s.count("order.tokens", int(lot.Tokens)), join([]string{say("admin.lot." + string(lot.Kind)),
			say("admin.lot.now", lot.Free, lot.Held, lot.Frozen), say("admin.lot.until", s.moment(lot.Expires))})})
	}
	for _, e := range events {
		words := []string{s.moment(e.At), s.count("order.tokens", int(e.Tokens)), string(e.What)}
		if e.Why != "" {
			words = append(words, e.Why)
		}
		p.Events = append(p.Events, join(words))
	}
	return p
}
