package pages

import (
	"net/http"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/ui"
)

// forgottenPage asks where to send the way to a new password.
type forgottenPage struct {
	ui.Frame

	Mail   field
	Error  string
	Beside *beside
}

func (s *site) forgotten(w http.ResponseWriter, r *http.Request) error {
	p := s.forgottenPage(r.URL.Query().Get("mail"))
	return s.show(w, r, http.StatusOK, "forgotten", &p)
}

func (s *site) forgottenPage(mail string) forgottenPage {
	title := s.texts.Text("forgotten.title")
	return forgottenPage{Frame: ui.Frame{Title: title, Description: title}, Mail: s.mailField(mail), Beside: s.hang("rough-sketch")}
}

// askReset has a letter written. The answer is the same whether or not the address has an account.
func (s *site) askReset(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(r); err != nil {
		return err
	}
	mail := r.PostForm.Get("mail")
	err := s.Accounts.AskReset(r.Context(), mail, s.Edge.Client(r))
	if err == nil {
		p := s.sentPage("sent.forgotten", mail, "/forgotten")
		p.Same = true
		return s.show(w, r, http.StatusOK, "sent", &p)
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p := s.forgottenPage(mail)
	p.Error = say
	return s.show(w, r, status, "forgotten", &p)
}

// resetPage takes a new password.
type resetPage struct {
	ui.Frame

	Action, Who string
	Password    field
	Error       string
	Beside      *beside
}

func (s *site) resetPage(token, mail string) resetPage {
	return resetPage{Frame: ui.Frame{Title: s.texts.Text("reset.title")}, Action: account.Path(account.LinkReset, token), Who: mail,
		Password: s.freshField("password", "password.new"), Beside: s.hang("rough-sketch")}
}

// reset sets the new password, spends the link and signs in. A password that is refused spends nothing.
func (s *site) reset(w http.ResponseWriter, r *http.Request, token string) error {
	if err := s.form(r); err != nil {
		return err
	}
	session, err := s.Accounts.Reset(r.Context(), token, r.PostForm.Get("password"), s.Edge.Client(r))
	if err == nil {
		s.Edge.Enter(w, session)
		return see(w, r, studioURL)
	}
	say, status, ok := s.mend(w, r, err)
	if !ok || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Busy) {
		return err
	}
	p := s.resetPage(token, "")
	p.Error = say
	return s.show(w, r, status, "reset", &p)
}
