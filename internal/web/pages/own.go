package pages

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/vault"
	"easel/internal/web/ui"
)

const accountURL = "/account"

// accountPage is everything that an account holds, apart from pictures.
type accountPage struct {
	ui.Frame

	Saved       string
	Fresh       bool   // they have proved just now who they are
	Confirm     string // where they do
	Address     string
	Picture     bool // their issuer gave one
	Name        field
	Mail        field
	OldPassword *field // nil where there is none yet
	NewPassword field
	Passkeys    *held // nil where passkeys cannot be used
	Linked      *held // nil where there is nobody to connect with
	Devices     []device
	Others      bool // other devices are signed in
	Keys        bool
	Agreed      []stated
}

// held is a list of ways in.
type held struct {
	List   []wayIn
	Others []SignIn // that can be added
}

// wayIn is one passkey or connected sign-in.
type wayIn struct{ Name, Facts, URL string }

// device is one browser that is signed in.
type device struct {
	Name, Facts, URL string
	Here             bool
}

// stated is one thing that the person has said or agreed to.
type stated struct{ Name, Facts, URL string }

func (s *site) own(w http.ResponseWriter, r *http.Request) error {
	p, err := s.accountPage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "account", &p)
}

func (s *site) accountPage(r *http.Request) (accountPage, error) {
	var p accountPage
	caller, person, err := s.person(r)
	if err != nil {
		return p, err
	}
	sessions, err := s.Accounts.Sessions(r.Context(), caller.Owner)
	if err != nil {
		return p, err
	}
	p = s.aboutPerson(person)
	p.Fresh, p.Confirm = s.isFresh(caller), confirmURL(accountURL)
	p.Saved = s.saved(r)
	p.Picture = s.OwnPicture != nil && person.Picture != (vault.ID{})
	s.listDevices(&p, sessions, caller.SessionID)
	if s.Passkeys != nil {
		if p.Passkeys, err = s.passkeys(r, caller); err != nil {
			return p, err
		}
	}
	if s.Federation != nil {
		p.Linked, err = s.linked(r, caller)
	}
	return p, err
}

func (s *site) aboutPerson(person account.Person) accountPage {
	p := accountPage{Frame: ui.Frame{Title: s.texts.Text("account.title")}, Address: person.Mail, Keys: s.Keys != nil,
		Name: s.nameField(person.Name), Mail: s.mailField(""), NewPassword: s.freshField("fresh", "password.new")}
	p.Mail.Label, p.Mail.Complete, p.Mail.Help = s.texts.Text("account.mail.new"), "email", s.texts.Text("account.mail.help")
	if person.HasPassword {
		old := s.secretField("password.now")
		p.OldPassword = &old
	} else {
		p.NewPassword.Label = s.texts.Text("door.password")
	}
	for _, c := range person.Consents {
		p.Agreed = append(p.Agreed, stated{s.texts.Text("account.agreed.policy"), s.texts.Text("account.agreed.at", c.Version, s.day(c.At)), s.agreedURL(c)})
	}
	for _, a := range person.Ages {
		key := "account.age.of"
		if a.Guardian {
			key = "account.age.under"
		}
		p.Agreed = append(p.Agreed, stated{s.texts.Text(key, a.Minimum), s.texts.Text("account.age.at", s.day(a.At)), ""})
	}
	return p
}

func (s *site) listDevices(p *accountPage, sessions []account.SessionInfo, here uuid.UUID) {
	for _, one := range sessions {
		d := device{Name: one.Device, URL: accountURL + "/sessions/" + one.ID.String(), Here: one.ID == here,
			Facts: join([]string{s.texts.Text("account.devices.since", s.day(one.Created)), s.texts.Text("account.devices.used", s.ago(one.LastSeen))})}
		if d.Name == "" {
			d.Name = s.texts.Text("account.devices.some")
		}
		p.Others = p.Others || !d.Here
		p.Devices = append(p.Devices, d)
	}
}

// notes are what a page says after something was done: the query's word and the text.
var notes = map[string]string{
	"name": "account.saved", "mail": "account.mail.saved", "password": "account.password.saved", "device": "account.devices.ended", "devices": "account.devices.gone",
	"passkey": "account.saved", "sign-in": "account.saved", "revoked": "keys.revoked", "again": "letters.again.done",
	"suspended": "data.saved.suspended", "resumed": "data.saved.resumed", "records": "account.saved", "answer": "permission.saved", "request": "request.saved",
	"withdrawn": "request.saved.withdrawn", "registered": "queue.saved", "step": "file.saved", "asked": "asking.saved",
}

// saved is the sentence about what was just done.
func (s *site) saved(r *http.Request) string {
	if key, ok := notes[r.URL.Query().Get("saved")]; ok {
		return s.texts.Text(key)
	}
	return ""
}

// day says a date; ago says how long since.
func (s *site) day(t time.Time) string { return t.UTC().Format("2 January 2006") }

func (s *site) ago(t time.Time) string {
	now := s.Now().UTC()
	midnight, at := now.Truncate(24*time.Hour), t.UTC()
	switch d := now.Sub(at); {
	case d < 2*time.Minute:
		return s.texts.Text("when.now")
	case d < time.Hour:
		return s.texts.Text("when.minutes", int(d/time.Minute))
	case !at.Before(midnight):
		return s.texts.Text("when.today", at.Format("15:04"))
	case !at.Before(midnight.AddDate(0, 0, -1)):
		return s.texts.Text("when.yesterday", at.Format("15:04"))
	}
	return s.texts.Text("when.day", s.day(t))
}

// fresh lets through who has proved who they are within the last minutes, and takes others to where they do.
func (s *site) fresh(w http.ResponseWriter, r *http.Request, caller account.Caller, back string) bool {
	if s.isFresh(caller) {
		return true
	}
	_ = see(w, r, confirmURL(back))
	return false
}

// isFresh asks for a little more than the account service will, so that nobody is refused for thinking while they type.
func (s *site) isFresh(caller account.Caller) bool { return s.Now().Sub(caller.SignedInAt) < freshFor }

const freshFor = 8 * time.Minute

// one returns the id in the address of something in somebody's account.
func (s *site) one(r *http.Request) (account.Caller, uuid.UUID, error) {
	text := r.PathValue("id")
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return account.Caller{}, uuid.Nil, fault.New(fault.Missing, s.texts.Text("fault.notyoursetup"))
	}
	caller, err := s.signedIn(r)
	return caller, id, err
}
