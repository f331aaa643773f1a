package pages

import (
	"net/http"
	"net/url"

	"easel/internal/fault"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// rename changes what somebody is called.
func (s *site) rename(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	if err := s.Accounts.Rename(r.Context(), caller.Owner, r.PostForm.Get("name")); err != nil {
		return s.ownAgain(w, r, err, func(p *accountPage) *field { return &p.Name }, r.PostForm.Get("name"))
	}
	return see(w, r, accountURL+"?saved=name")
}

// askMail has a letter sent to a new address.
func (s *site) askMail(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	if !s.fresh(w, r, caller, accountURL+"#mail") {
		return nil
	}
	mail := r.PostForm.Get("mail")
	err = s.Accounts.AskMailChange(r.Context(), caller, mail, s.Edge.Client(r))
	if mail == "" {
		err = fault.New(fault.Invalid, s.texts.Text("account.mail.ask"))
	}
	if err != nil {
		return s.ownAgain(w, r, err, func(p *accountPage) *field { return &p.Mail }, mail)
	}
	p := s.sentPage("sent.change", mail, accountURL+"#mail")
	return s.show(w, r, http.StatusOK, "sent", &p)
}

// changePassword sets another password, or the first one.
func (s *site) changePassword(w http.ResponseWriter, r *http.Request) error {
	caller, person, err := s.person(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	if !person.HasPassword && !s.fresh(w, r, caller, accountURL+"#password") {
		return nil
	}
	session, err := s.Accounts.ChangePassword(r.Context(), caller, r.PostForm.Get("password"), r.PostForm.Get("fresh"), s.Edge.Client(r))
	if err != nil {
		return s.ownAgain(w, r, err, func(p *accountPage) *field {
			if fault.Is(err, fault.Denied) && p.OldPassword != nil {
				return p.OldPassword
			}
			return &p.NewPassword
		}, "")
	}
	s.Edge.Enter(w, session)
	return see(w, r, accountURL+"?saved=password")
}

// ownAgain shows the account page with what is wrong beside the field that it is about.
func (s *site) ownAgain(w http.ResponseWriter, r *http.Request, err error, of func(*accountPage) *field, value string) error {
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p, broken := s.accountPage(r)
	if broken != nil {
		return broken
	}
	wrong := of(&p)
	wrong.Error, wrong.Value = say, value
	return s.show(w, r, status, "account", &p)
}

func (s *site) endSession(w http.ResponseWriter, r *http.Request) error {
	caller, id, err := s.one(r)
	if err != nil {
		return err
	}
	if err := s.Accounts.End(r.Context(), caller.Owner, id); err != nil {
		return err
	}
	if id == caller.SessionID {
		s.Edge.Leave(w, false)
		return see(w, r, "/")
	}
	return see(w, r, accountURL+"?saved=device")
}

func (s *site) endOthers(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.Accounts.EndOthers(r.Context(), caller.Owner, caller.SessionID); err != nil {
		return err
	}
	return see(w, r, accountURL+"?saved=devices")
}

// confirmPage asks somebody who is signed in to prove once more who they are.
type confirmPage struct {
	ui.Frame

	Who, Then   string
	HasPassword bool
	Password    field
	Ways        ways
	Error       string
	Beside      *beside
}

func confirmURL(back string) string { return accountURL + "/confirm?then=" + url.QueryEscape(back) }

func (s *site) confirm(w http.ResponseWriter, r *http.Request) error {
	p, err := s.confirmPage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "confirm", &p)
}

func (s *site) confirmPage(r *http.Request) (confirmPage, error) {
	_, person, err := s.person(r)
	to := edge.Local(r.FormValue("then"))
	return confirmPage{Frame: ui.Frame{Title: s.texts.Text("confirm.title")}, Who: person.Mail, Then: to, HasPassword: person.HasPassword,
		Password: s.secretField("door.password"), Ways: s.ways(to), Beside: s.hang("detailed-sketch")}, err
}

func (s *site) confirmed(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	session, err := s.Accounts.Confirm(r.Context(), caller, r.PostForm.Get("password"), s.Edge.Client(r))
	if err == nil {
		s.Edge.Enter(w, session)
		return see(w, r, then(r))
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p, broken := s.confirmPage(r)
	if broken != nil {
		return broken
	}
	p.Error = say
	return s.show(w, r, status, "confirm", &p)
}
