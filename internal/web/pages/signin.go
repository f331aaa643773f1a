package pages

import (
	"net/http"

	"easel/internal/fault"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// signInPage is the door for people with an account.
type signInPage struct {
	ui.Frame

	Why            string // what they came to do
	Then           string
	Mail, Password field
	Ways           ways
	Error          string
	Beside         *beside
}

// signIn shows the door. Whoever is in already is taken on, unless they ask to prove again who they are.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) error {
	to := edge.Local(r.URL.Query().Get("then"))
	_, in, err := s.Edge.Caller(r)
	if err != nil {
		return err
	}
	if in && !r.URL.Query().Has("again") {
		if to == "" {
			to = studioURL
		}
		return see(w, r, to)
	}
	p := s.signInPage("", to)
	if to != "" && to != studioURL {
		p.Why = s.texts.Text("fault.signin")
	}
	return s.show(w, r, http.StatusOK, "signin", &p)
}

func (s *site) signInPage(mail, to string) signInPage {
	title := s.texts.Text("signin.title")
	return signInPage{Frame: ui.Frame{Title: title, Description: title}, Then: to, Mail: s.mailField(mail),
		Password: s.secretField("door.password"), Ways: s.ways(to), Beside: s.hang("detailed-sketch")}
}

// enter signs somebody in by their password.
func (s *site) enter(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(r); err != nil {
		return err
	}
	mail, password := r.PostForm.Get("mail"), r.PostForm.Get("password")
	var err error
	if mail == "" || password == "" {
		err = fault.New(fault.Invalid, s.texts.Text("signin.empty"))
	} else if session, wrong := s.Accounts.SignIn(r.Context(), mail, password, s.Edge.Client(r)); wrong == nil {
		s.Edge.Enter(w, session)
		return see(w, r, then(r))
	} else {
		err = wrong
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p := s.signInPage(mail, edge.Local(r.PostForm.Get("then")))
	p.Error = say
	return s.show(w, r, status, "signin", &p)
}

// signOut ends the session of this browser, and clears what the pages have put by in it.
func (s *site) signOut(w http.ResponseWriter, r *http.Request) error {
	if token := s.Edge.Token(r); token != "" {
		if err := s.Accounts.SignOut(r.Context(), token); err != nil {
			return err
		}
	}
	s.Edge.Leave(w, false)
	return see(w, r, "/")
}
