package pages

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// Purse tells what somebody may spend, for the top of every page.
type Purse func(ctx context.Context, owner uuid.UUID) (ui.Purse, error)

// greet is who is looking, for the top of a page. A page that can be shown is shown even when that cannot be found out.
func (s *site) greet(r *http.Request) ui.Header {
	caller, ok, err := s.Edge.Caller(r)
	if err != nil {
		return ui.Header{Hidden: true}
	}
	if !ok {
		return ui.Header{Then: s.backHere(r)}
	}
	h := ui.Header{Signed: true, Admin: caller.Admin, Name: s.texts.Text("account.title")}
	person, err := s.Accounts.Person(r.Context(), caller.Owner)
	switch {
	case err != nil:
		s.unknown(r, err)
	case person.Name != "":
		h.Name = person.Name
	case person.Mail != "":
		h.Name = person.Mail
	}
	if s.Purse == nil {
		return h
	}
	if purse, err := s.Purse(r.Context(), caller.Owner); err != nil {
		s.unknown(r, err)
	} else {
		h.Purse = &purse
	}
	return h
}

func (s *site) unknown(r *http.Request, err error) {
	if r.Context().Err() == nil {
		s.Edge.Log.LogAttrs(r.Context(), slog.LevelError, "the line about who is looking is incomplete", slog.Any("cause", err), slog.String("request", edge.RequestID(r.Context())))
	}
}

// backHere is the page that is being looked at, to come back to after signing in; empty where there is nothing to come back to.
func (s *site) backHere(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" {
		return edge.Local(r.FormValue("then"))
	}
	return edge.Local(r.URL.Path)
}

// signedIn returns who is asking, and fails with the way to the sign-in page when nobody is.
func (s *site) signedIn(r *http.Request) (account.Caller, error) {
	caller, ok, err := s.Edge.Caller(r)
	if err == nil && !ok {
		err = s.Edge.SignedOut()
	}
	return caller, err
}

// person returns who is asking with what their account says.
func (s *site) person(r *http.Request) (account.Caller, account.Person, error) {
	caller, err := s.signedIn(r)
	if err != nil {
		return caller, account.Person{}, err
	}
	person, err := s.Accounts.Person(r.Context(), caller.Owner)
	return caller, person, err
}
