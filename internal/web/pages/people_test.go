package pages

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
)

// people is a door in memory: accounts, sessions, links and keys.
type people struct {
	mu       sync.Mutex
	now      func() time.Time
	persons  map[uuid.UUID]*account.Person
	stated   map[uuid.UUID]bool
	secrets  map[uuid.UUID]string // passwords
	sessions map[string]*signed
	links    map[string]waiting
	keys     map[uuid.UUID][]account.Key
	letters  []string // what was written: kind, address, token
	from     []account.Client
	fail     error // what every attempt answers, when set
	left     []uuid.UUID
}

// signed is one session.
type signed struct {
	account.SessionInfo

	owner uuid.UUID
	at    time.Time // of the last proof
}

// waiting is what a link does.
type waiting struct {
	purpose account.Purpose
	owner   uuid.UUID
	up      account.SignUp
	mail    string
}

func newPeople(now func() time.Time) *people {
	return &people{now: now, persons: map[uuid.UUID]*account.Person{}, stated: map[uuid.UUID]bool{}, secrets: map[uuid.UUID]string{},
		sessions: map[string]*signed{}, links: map[string]waiting{}, keys: map[uuid.UUID][]account.Key{}}
}

// add makes somebody who has said and agreed to all that the studio asks, apart from the word about photos.
func (p *people) add(mail, password string) uuid.UUID {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := uuid.New()
	p.persons[id] = &account.Person{ID: id, Mail: mail, Verified: mail != "", HasPassword: password != "", Created: p.now(),
		Ages: []account.Age{{AgeStatement: account.AgeStatement{Minimum: 14}, At: p.now()}}, Consents: []account.Consent{{Studio: "portrait", Version: 1000, At: p.now()}}}
	p.secrets[id] = password
	return id
}

// change edits a person.
func (p *people) change(id uuid.UUID, edit func(*account.Person)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	edit(p.persons[id])
}

// age lets a session's last proof be so long ago.
func (p *people) age(token string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sessions[token].at = p.now().Add(-d)
}

// open signs somebody in without ceremony.
func (p *people) open(owner uuid.UUID, c account.Client) account.Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.enter(owner, c)
}

func (p *people) enter(owner uuid.UUID, c account.Client) account.Session {
	delete(p.sessions, c.Replaces)
	p.from = append(p.from, c)
	token := "token-" + uuid.NewString()
	p.sessions[token] = &signed{account.SessionInfo{ID: uuid.New(), Device: cmp.Or(c.Agent, "Firefox on Linux"), Created: p.now(), LastSeen: p.now()}, owner, p.now()}
	return account.Session{Token: token, Owner: owner, Device: "mark-" + owner.String()}
}

func (p *people) Find(_ context.Context, token string) (account.Caller, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[token]
	if s == nil {
		return account.Caller{}, false, nil
	}
	return account.Caller{Owner: s.owner, SessionID: s.ID, Admin: p.persons[s.owner].Admin, SignedInAt: s.at}, true, nil
}

func (p *people) Person(_ context.Context, owner uuid.UUID) (account.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.persons[owner]; one != nil {
		return *one, nil
	}
	return account.Person{}, fault.New(fault.Missing, "This account is not here any more.")
}

func (p *people) Rename(_ context.Context, owner uuid.UUID, name string) error {
	if len(name) > 80 {
		return fault.New(fault.Invalid, "That name is longer than 80 letters.")
	}
	p.change(owner, func(one *account.Person) { one.Name = name })
	return nil
}

func (p *people) Agree(_ context.Context, owner uuid.UUID, age *account.AgeStatement, consents ...account.Consent) error {
	p.change(owner, func(one *account.Person) {
		if age != nil {
			one.Ages = append(one.Ages, account.Age{AgeStatement: *age, At: p.now()})
		}
		one.Consents = append(one.Consents, consents...)
	})
	return nil
}

func (p *people) State(_ context.Context, owner uuid.UUID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stated[owner] = true
	return nil
}

func (p *people) Stated(_ context.Context, owner uuid.UUID) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stated[owner], nil
}

func (p *people) Visits(_ context.Context, owner uuid.UUID) (all []account.Visit, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sessions {
		if s.owner == owner {
			all = append(all, account.Visit{At: s.Created, Address: "192.0.2.1", Agent: s.Device})
		}
	}
	return all, nil
}

// spoken is how many have stated their right to their photos.
func (p *people) spoken() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.stated)
}

func (p *people) Sessions(_ context.Context, owner uuid.UUID) (all []account.SessionInfo, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sessions {
		if s.owner == owner {
			all = append(all, s.SessionInfo)
		}
	}
	return all, nil
}

func (p *people) End(_ context.Context, owner, session uuid.UUID) error {
	return p.endWhere(func(s *signed) bool { return s.owner == owner && s.ID == session })
}

func (p *people) EndOthers(_ context.Context, owner, keep uuid.UUID) error {
	_ = p.endWhere(func(s *signed) bool { return s.owner == owner && s.ID != keep })
	return nil
}

func (p *people) endWhere(which func(*signed) bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.sessions)
	for token, s := range p.sessions {
		if which(s) {
			delete(p.sessions, token)
		}
	}
	if len(p.sessions) == n {
		return fault.New(fault.Missing, "That sign-in is over already.")
	}
	return nil
}

func (p *people) byMail(mail string) *account.Person {
	for _, one := range p.persons {
		if one.Mail == mail && mail != "" {
			return one
		}
	}
	return nil
}

// write keeps a link and notes its letter.
func (p *people) write(mail string, w waiting) {
	token := strings.ReplaceAll(uuid.NewString(), "-", "")
	p.links[token] = w
	p.letters = append(p.letters, fmt.Sprintf("%s %s %s", w.purpose, mail, account.Path(w.purpose, token)))
}

// path is the address in the last letter.
func (p *people) path(t testing.TB) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.letters) == 0 {
		t.Fatal("no letter was written")
	}
	letter := strings.Fields(p.letters[len(p.letters)-1])
	return letter[len(letter)-1]
}

func (p *people) attempt(mail string) error {
	if p.fail == nil && !strings.Contains(mail, "@") {
		return fault.New(fault.Invalid, "That is not a mail address that we can write to.")
	}
	return p.fail
}

func (p *people) SignUp(_ context.Context, up account.SignUp, _ account.Client) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := cmp.Or(p.attempt(up.Mail), account.CheckPassword(up.Password, up.Mail, up.Name)); err != nil {
		return err
	}
	p.write(up.Mail, waiting{purpose: account.LinkSignUp, up: up})
	return nil
}

func (p *people) SignIn(_ context.Context, mail, password string, c account.Client) (account.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.attempt(mail); err != nil {
		return account.Session{}, err
	}
	if one := p.byMail(mail); one != nil && p.secrets[one.ID] == password && password != "" {
		return p.enter(one.ID, c), nil
	}
	return account.Session{}, fault.New(fault.Denied, "The address or the password is not right.")
}

func (p *people) SignOut(_ context.Context, token string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, token)
	return nil
}

func (p *people) AskReset(_ context.Context, mail string, _ account.Client) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.attempt(mail); err != nil {
		return err
	}
	if one := p.byMail(mail); one != nil {
		p.write(mail, waiting{purpose: account.LinkReset, owner: one.ID, mail: mail})
	}
	return nil
}

var errSpent = fault.New(fault.Missing, "This link has been used already, or its time is over. Ask for a new one.")

func (p *people) look(purpose account.Purpose, token string, spend bool) (waiting, error) {
	w, ok := p.links[token]
	if !ok || w.purpose != purpose {
		return w, errSpent
	}
	if spend {
		delete(p.links, token)
	}
	return w, nil
}

func (p *people) Look(_ context.Context, purpose account.Purpose, token string) (account.LinkInfo, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, err := p.look(purpose, token, false)
	return account.LinkInfo{Mail: cmp.Or(w.mail, w.up.Mail)}, err
}

func (p *people) Verify(_ context.Context, token string, c account.Client) (account.Session, error) {
	p.mu.Lock()
	w, err := p.look(account.LinkSignUp, token, true)
	p.mu.Unlock()
	if err != nil {
		return account.Session{}, err
	}
	owner := p.add(w.up.Mail, w.up.Password)
	p.change(owner, func(one *account.Person) { one.Name, one.Consents = w.up.Name, w.up.Consents })
	return p.open(owner, c), nil
}

func (p *people) opened(purpose account.Purpose, token string, c account.Client) (account.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, err := p.look(purpose, token, true)
	if err != nil {
		return account.Session{}, err
	}
	return p.enter(w.owner, c), nil
}

func (p *people) OpenLink(_ context.Context, token string, c account.Client) (account.Session, error) {
	return p.opened(account.LinkSignIn, token, c)
}

func (p *people) OpenFirst(_ context.Context, token string, c account.Client) (account.Session, error) {
	return p.opened(account.LinkFirst, token, c)
}

func (p *people) Reset(_ context.Context, token, password string, c account.Client) (account.Session, error) {
	if err := account.CheckPassword(password, "", ""); err != nil {
		return account.Session{}, err
	}
	s, err := p.opened(account.LinkReset, token, c)
	if err == nil {
		p.mu.Lock()
		p.secrets[s.Owner] = password
		p.mu.Unlock()
	}
	return s, err
}

func (p *people) ChangeMail(_ context.Context, token string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, err := p.look(account.LinkMail, token, true)
	if err == nil {
		p.persons[w.owner].Mail = w.mail
	}
	return err
}

func (p *people) prove(caller account.Caller, password string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	if p.secrets[caller.Owner] != password || password == "" {
		return fault.New(fault.Denied, "That is not your password.")
	}
	return nil
}

func (p *people) Confirm(_ context.Context, caller account.Caller, password string, c account.Client) (account.Session, error) {
	if err := p.prove(caller, password); err != nil {
		return account.Session{}, err
	}
	return p.open(caller.Owner, c), nil
}

func (p *people) ChangePassword(_ context.Context, caller account.Caller, old, fresh string, c account.Client) (account.Session, error) {
	if p.persons[caller.Owner].HasPassword {
		if err := p.prove(caller, old); err != nil {
			return account.Session{}, err
		}
	}
	if err := account.CheckPassword(fresh, "", ""); err != nil {
		return account.Session{}, err
	}
	_ = p.endWhere(func(s *signed) bool { return s.owner == caller.Owner })
	p.mu.Lock()
	p.secrets[caller.Owner] = fresh
	p.mu.Unlock()
	p.change(caller.Owner, func(one *account.Person) { one.HasPassword = true })
	return p.open(caller.Owner, c), nil
}

func (p *people) AskMailChange(_ context.Context, caller account.Caller, mail string, _ account.Client) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.attempt(mail); err != nil {
		return err
	}
	p.write(mail, waiting{purpose: account.LinkMail, owner: caller.Owner, mail: mail})
	return nil
}

// leave deletes an account as the program does.
func (p *people) leave(_ context.Context, owner uuid.UUID) error {
	_ = p.endWhere(func(s *signed) bool { return s.owner == owner })
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.persons, owner)
	p.left = append(p.left, owner)
	return nil
}

func (p *people) Keys(_ context.Context, owner uuid.UUID) ([]account.Key, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.keys[owner]), nil
}

func (p *people) MakeKey(_ context.Context, owner uuid.UUID, name string, scopes []account.Scope) (string, account.Key, error) {
	if name == "" || len(scopes) == 0 {
		return "", account.Key{}, fault.New(fault.Invalid, "Choose at least one thing that the key may do.")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	k := account.Key{ID: uuid.New(), Name: name, Hint: "easel_abcd", Scopes: scopes, Created: p.now()}
	p.keys[owner] = append(p.keys[owner], k)
	return "easel_abcdefghijklmnopqrstuvwxyz234567abcdefgh", k, nil
}

func (p *people) RevokeKey(_ context.Context, owner, key uuid.UUID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, k := range p.keys[owner] {
		if k.ID == key {
			p.keys[owner][i].Revoked = p.now()
			return nil
		}
	}
	return fault.New(fault.Missing, "There is no such key.")
}

func (p *people) Usage(_ context.Context, owner uuid.UUID, days int) ([]account.KeyUse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var uses []account.KeyUse
	for i, k := range p.keys[owner] {
		use := account.KeyUse{Key: k}
		for d := range days {
			use.Days = append(use.Days, account.DayUse{Day: p.now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1+d-days), Requests: (d * (7 + 4*i)) % 23})
		}
		uses = append(uses, use)
	}
	return uses, nil
}

// post is an outbox in memory.
type post struct {
	kept    bool
	letters []Letter
	again   []uuid.UUID
}

func (p *post) Kept() bool { return p.kept }

func (p *post) Letters(context.Context, uuid.UUID) ([]Letter, error) { return p.letters, nil }

func (p *post) Letter(_ context.Context, _, id uuid.UUID) (Letter, error) {
	for _, l := range p.letters {
		if l.ID == id {
			return l, nil
		}
	}
	return Letter{}, fault.New(fault.Missing, "There is no such letter.")
}

func (p *post) Again(_ context.Context, _, id uuid.UUID) error {
	p.again = append(p.again, id)
	return nil
}
