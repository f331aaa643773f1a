package pages

import (
	"context"
	"net/http"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/ui"
)

// linkPage is what a link in a letter shows: a button. Only pressing it does something.
type linkPage struct {
	ui.Frame

	Lead, Action, Do, Error string
	Beside                  *beside
}

// spending is what the button of a link does.
type spending struct {
	title, lead, do string // texts
	style           string // of the picture beside it
	spend           func(ctx context.Context, token string, from account.Client) (account.Session, error)
	then            string
}

// spendings are the links that need a press and nothing else.
func (s *site) spendings() map[account.Purpose]spending {
	return map[account.Purpose]spending{
		account.LinkSignUp: {"link.verify.title", "link.verify.lead", "link.verify.do", "light-colouring", s.Accounts.Verify, studioURL},
		account.LinkMail:   {"link.change.title", "link.change.lead", "link.change.do", "detailed-sketch", s.changeMail, accountURL + "?saved=mail"},
		account.LinkSignIn: {"link.open.title", "link.open.lead", "link.open.do", "detailed-sketch", s.Accounts.OpenLink, studioURL},
		account.LinkFirst:  {"link.first.title", "link.first.lead", "link.first.do", "artistic", s.Accounts.OpenFirst, studioURL},
	}
}

// link shows what a link is for. Looking spends nothing: previews and scanners of letters look as well.
func (s *site) link(w http.ResponseWriter, r *http.Request) error {
	quietly(w)
	purpose, token := account.Purpose(r.PathValue("purpose")), r.PathValue("token")
	act, plain := s.spendings()[purpose]
	if !plain && purpose != account.LinkReset {
		return fault.New(fault.Missing, s.texts.Text("fault.link"))
	}
	info, err := s.Accounts.Look(r.Context(), purpose, token)
	if err != nil {
		return err
	}
	if !plain {
		p := s.resetPage(token, info.Mail)
		return s.show(w, r, http.StatusOK, "reset", &p)
	}
	p := s.linkPage(act, purpose, token, info.Mail)
	return s.show(w, r, http.StatusOK, "link", &p)
}

func (s *site) linkPage(act spending, purpose account.Purpose, token, mail string) linkPage {
	p := linkPage{Frame: ui.Frame{Title: s.texts.Text(act.title)}, Lead: s.texts.Text(act.lead),
		Action: account.Path(purpose, token), Do: s.texts.Text(act.do), Beside: s.hang(act.style)}
	if purpose == account.LinkMail {
		p.Lead = s.texts.Text(act.lead, mail)
	}
	return p
}

// spend does what a link is for, once, and signs in whoever pressed.
func (s *site) spend(w http.ResponseWriter, r *http.Request) error {
	quietly(w)
	purpose, token := account.Purpose(r.PathValue("purpose")), r.PathValue("token")
	if purpose == account.LinkReset {
		return s.reset(w, r, token)
	}
	act, known := s.spendings()[purpose]
	if !known {
		return fault.New(fault.Missing, s.texts.Text("fault.link"))
	}
	session, err := act.spend(r.Context(), token, s.Edge.Client(r))
	if err == nil {
		if session.Token != "" {
			s.Edge.Enter(w, session)
		}
		return see(w, r, act.then)
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p := s.linkPage(act, purpose, token, "")
	p.Error = say
	return s.show(w, r, status, "link", &p)
}

// changeMail signs nobody in: the letter may be read on another device.
func (s *site) changeMail(ctx context.Context, token string, _ account.Client) (account.Session, error) {
	return account.Session{}, s.Accounts.ChangeMail(ctx, token)
}
