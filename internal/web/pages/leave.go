package pages

import (
	"net/http"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/ui"
)

// leavePage says what goes before it goes.
type leavePage struct {
	ui.Frame

	Who      string
	Going    []string
	Photos   bool   // there is something to take home first
	Password *field // nil for who has none, and has just proved otherwise who they are
	Error    string
}

const leaveURL = accountURL + "/leave"

func (s *site) leave(w http.ResponseWriter, r *http.Request) error {
	caller, person, err := s.person(r)
	if err != nil {
		return err
	}
	if !person.HasPassword && !s.fresh(w, r, caller, leaveURL) {
		return nil
	}
	p, err := s.leavePage(r, caller, person)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "leave", &p)
}

func (s *site) leavePage(r *http.Request, caller account.Caller, person account.Person) (leavePage, error) {
	p := leavePage{Frame: ui.Frame{Title: s.texts.Text("leave.title")}, Who: person.Mail}
	if person.HasPassword {
		f := s.secretField("door.password")
		p.Password = &f
	}
	works, err := s.Studio.Works(r.Context(), caller.Owner)
	if err != nil {
		return p, err
	}
	p.Photos = len(works) > 0
	if p.Photos {
		p.Going = append(p.Going, s.count("leave.photos", len(works)))
	}
	p.Going = append(p.Going, s.texts.Text("leave.you"), s.texts.Text("leave.ways"))
	if s.Rights != nil {
		open, err := s.Rights.OpenCount(r.Context(), caller.Owner)
		if err != nil {
			return p, err
		}
		if open > 0 {
			p.Going = append(p.Going, s.count("leave.requests", open))
		}
	}
	if s.Purse == nil {
		return p, nil
	}
	purse, err := s.Purse(r.Context(), caller.Owner)
	switch n := int(purse.Settled); {
	case n == 1:
		p.Going = append(p.Going, s.texts.Text("leave.tokens.1"))
	case n > 1:
		p.Going = append(p.Going, s.texts.Text("leave.tokens.n", n))
	}
	return p, err
}

// left deletes the account with everything in it, once the person has proved who they are and said that they are sure.
func (s *site) left(w http.ResponseWriter, r *http.Request) error {
	caller, person, err := s.person(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	switch {
	case r.PostForm.Get("sure") != "yes":
		err = fault.New(fault.Invalid, s.texts.Text("leave.sure.ask"))
	case person.HasPassword:
		var session account.Session
		if session, err = s.Accounts.Confirm(r.Context(), caller, r.PostForm.Get("password"), s.Edge.Client(r)); err == nil {
			s.Edge.Enter(w, session)
		}
	case !s.fresh(w, r, caller, leaveURL):
		return nil
	}
	if err == nil {
		err = s.Leave(r.Context(), caller.Owner)
	}
	if err == nil {
		s.Edge.Leave(w, true)
		p := leftPage{Frame: ui.Frame{Title: s.texts.Text("leave.done")}}
		if s.Receipts != nil {
			p.Receipt = receiptURL + caller.Owner.String()
		}
		return s.showTo(w, ui.Header{}, http.StatusOK, "left", &p)
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p, broken := s.leavePage(r, caller, person)
	if broken != nil {
		return broken
	}
	p.Error = say
	return s.show(w, r, status, "leave", &p)
}

// leftPage says goodbye.
type leftPage struct {
	ui.Frame

	Receipt string // where the statement about the account is; "": there is none
}
