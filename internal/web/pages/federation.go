package pages

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// WithURL is where a sign-in with a provider begins.
func WithURL(provider string) string { return "/sign-in/with/" + provider }

// goingCookie binds a sign-in that has begun to the browser.
const goingCookie = "going"

// What one network may begin at once, and how often one more.
const (
	goingsBurst = 30
	goingsEvery = 10 * time.Second
)

// onwardPage sends the browser on to the issuer. It is a page and no redirect, since a form's answer may not lead to another
// site where the content security policy forbids that.
type onwardPage struct {
	ui.Frame

	Title string
	URL   string
}

// goOut begins a sign-in, or, asked by somebody from their account page, connects the issuer to the account.
func (s *site) goOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(r); err != nil {
		return err
	}
	if ok, wait := s.Goings.Allow(s.Edge.Address(r)); !ok {
		return edge.TooOften(wait, s.texts.Text("fault.often"))
	}
	var owner uuid.UUID
	if r.PostForm.Has("connect") {
		caller, err := s.signedIn(r)
		if err != nil {
			return err
		}
		if !s.fresh(w, r, caller, accountURL) {
			return nil
		}
		owner = caller.Owner
	}
	to := edge.Local(r.PostForm.Get("then"))
	going, err := s.Federation.Begin(r.Context(), r.PathValue("provider"), owner, to)
	if err != nil {
		return s.atTheDoor(w, r, err, to, owner != uuid.Nil)
	}
	s.Edge.Keep(w, goingCookie, going.Secret, going.Lasts)
	w.Header().Set("Refresh", "0; url="+going.URL)
	p := onwardPage{Frame: ui.Frame{Title: s.texts.Text("onward.title")}, Title: s.providerTitle(r.PathValue("provider")), URL: going.URL}
	return s.show(w, r, http.StatusOK, "onward", &p)
}

func (s *site) providerTitle(id string) string {
	for _, o := range s.Others {
		if o.URL == WithURL(id) {
			return o.Title
		}
	}
	return id
}

// comeBack ends what goOut began.
func (s *site) comeBack(w http.ResponseWriter, r *http.Request) error {
	caller, _, err := s.Edge.Caller(r)
	if err != nil {
		return err
	}
	quietly(w) // the address holds the issuer's code
	arrival, err := s.Federation.Return(r.Context(), r.URL.Query(), s.Edge.Kept(r, goingCookie), caller.Owner, s.Edge.Client(r))
	if err != nil {
		s.Edge.Keep(w, goingCookie, "", 0)
		return s.atTheDoor(w, r, err, edge.Local(arrival.Then), arrival.Connected)
	}
	to := edge.Local(arrival.Then)
	switch {
	case arrival.Connected:
		to = accountURL + "?saved=sign-in#sign-ins"
	case to == "":
		to = studioURL
	}
	if !arrival.Connected {
		s.Edge.Enter(w, arrival.Session)
	}
	s.Edge.Keep(w, goingCookie, "", 0)
	return see(w, r, to)
}

// atTheDoor says on the sign-in page what went wrong, where another way in is at hand. Who was connecting has a page already.
func (s *site) atTheDoor(w http.ResponseWriter, r *http.Request, err error, to string, connecting bool) error {
	say, status, ok := s.mend(w, r, err)
	if !ok || connecting {
		return err
	}
	if fault.Is(err, fault.Refused) || fault.Is(err, fault.Busy) {
		s.Edge.Log.LogAttrs(r.Context(), slog.LevelWarn, "an issuer's word was not taken", slog.Any("cause", errors.Unwrap(fault.Of(err))),
			slog.String("request", edge.RequestID(r.Context())))
	}
	p := s.signInPage("", to)
	p.Error = say
	return s.show(w, r, status, "signin", &p)
}
