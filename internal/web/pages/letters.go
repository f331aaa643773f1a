package pages

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/web/ui"
)

// Letters is what the house has written and has not sent, for who runs it.
type Letters interface {
	// Kept reports that no mail goes out: letters stay in the outbox.
	Kept() bool
	// Letters lists what is in the outbox or could not be sent, the newest first, without their text.
	Letters(ctx context.Context, operator uuid.UUID) ([]Letter, error)
	Letter(ctx context.Context, operator, id uuid.UUID) (Letter, error)
	// Again tries once more to send a letter.
	Again(ctx context.Context, operator, id uuid.UUID) error
}

// Letter is one letter as its operator reads it.
type Letter struct {
	ID                uuid.UUID
	To, Subject, Text string
	Written           time.Time
	Failed            bool   // it was given up
	Why               string // what the mail server said
}

// lettersPage lists letters.
type lettersPage struct {
	ui.Frame

	Saved  string
	Outbox bool
	List   []letterRow
}

type letterRow struct {
	Subject, To, Facts, Why, URL string
	Failed                       bool
}

const lettersURL = "/admin/letters"

// operator returns who is asking if they run the place.
func (s *site) operator(r *http.Request) (uuid.UUID, error) {
	caller, err := s.signedIn(r)
	if err == nil && !caller.Admin {
		err = fault.New(fault.Missing, s.texts.Text("fault.missing")) // strangers need not know what there is
	}
	return caller.Owner, err
}

func (s *site) letters(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	all, err := s.Letters.Letters(r.Context(), operator)
	if err != nil {
		return err
	}
	p := s.lettersPage(all)
	p.Saved = s.saved(r)
	return s.show(w, r, http.StatusOK, "letters", &p)
}

func (s *site) lettersPage(all []Letter) lettersPage {
	p := lettersPage{Frame: ui.Frame{Title: s.texts.Text("letters.title")}, Outbox: s.Letters.Kept()}
	for _, l := range all {
		p.List = append(p.List, letterRow{Subject: l.Subject, To: l.To, Why: l.Why, Failed: l.Failed, URL: lettersURL + "/" + l.ID.String(),
			Facts: join([]string{s.ago(l.Written), s.letterState(l)})})
	}
	return p
}

func (s *site) letterState(l Letter) string {
	switch {
	case l.Failed:
		return s.texts.Text("letters.failed")
	case s.Letters.Kept():
		return s.texts.Text("letters.waiting")
	}
	return s.texts.Text("letters.trying")
}

// letterPage is one letter.
type letterPage struct {
	ui.Frame

	Subject, To, When, State, Why string
	Lines                         [][]piece
}

// piece is a part of a line: words, or a link of our own.
type piece struct{ Text, URL string }

func (s *site) letter(w http.ResponseWriter, r *http.Request) error {
	quietly(w)
	operator, id, err := s.asOperator(r)
	if err != nil {
		return err
	}
	l, err := s.Letters.Letter(r.Context(), operator, id)
	if err != nil {
		return err
	}
	p := s.letterPage(l)
	return s.show(w, r, http.StatusOK, "letter", &p)
}

func (s *site) letterPage(l Letter) letterPage {
	p := letterPage{Frame: ui.Frame{Title: s.texts.Text("letters.title")}, Subject: l.Subject, To: l.To, When: s.ago(l.Written), State: s.letterState(l), Why: l.Why}
	for line := range strings.Lines(l.Text) {
		p.Lines = append(p.Lines, s.pieces(strings.TrimSpace(line)))
	}
	return p
}

// pieces makes the addresses of this site in a line into links, and no others.
func (s *site) pieces(line string) (all []piece) {
	origin := s.Edge.PublicURL.Scheme + "://" + s.Edge.PublicURL.Host + "/"
	for i, word := range strings.Split(line, " ") {
		if i > 0 {
			all = append(all, piece{Text: " "})
		}
		if path, ours := strings.CutPrefix(word, origin); ours {
			all = append(all, piece{word, "/" + path})
			continue
		}
		all = append(all, piece{Text: word})
	}
	return all
}

func (s *site) asOperator(r *http.Request) (operator, id uuid.UUID, err error) {
	if operator, err = s.operator(r); err != nil {
		return operator, id, err
	}
	text := r.PathValue("id")
	if id, err = uuid.Parse(text); err != nil || id.String() != text {
		return operator, id, fault.New(fault.Missing, s.texts.Text("fault.noletter"))
	}
	return operator, id, nil
}

func (s *site) sendAgain(w http.ResponseWriter, r *http.Request) error {
	operator, id, err := s.asOperator(r)
	if err != nil {
		return err
	}
	if err := s.Letters.Again(r.Context(), operator, id); err != nil {
		return err
	}
	return see(w, r, lettersURL+"?saved=again")
}
