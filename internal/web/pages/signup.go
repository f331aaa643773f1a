package pages

import (
	"net/http"
	"slices"
	"strconv"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// signUpPage makes an account.
type signUpPage struct {
	ui.Frame

	Then                 string
	Name, Mail, Password field
	Word                 word
	Ways                 ways
	Error                string
	Beside               *beside
}

// word is what somebody has to say about their age and agree to before the studio may draw for them. What they have said
// already is not asked again.
type word struct {
	Minimum  int    // the age that is asked about, in years; 0: none
	Guardian bool   // younger people may come with a guardian's agreement
	Age      string // what was chosen
	Agree    *agreement
}

// agreement is one version of a studio's policy, as a box to tick.
type agreement struct {
	Value   string // "portrait@1"
	Version string
	Given   bool
	Changed bool // they agreed to an earlier version
}

// The answers about age.
const (
	ofAge        = "of-age"
	withGuardian = "guardian"
)

// wordOf is all there is to ask.
func (s *site) wordOf() word {
	p := s.Policy
	return word{Minimum: p.Age.Minimum, Guardian: p.Age.Guardian, Agree: &agreement{
		Value: p.Name + "@" + strconv.Itoa(p.Version), Version: s.texts.Text("signup.version", p.Version, p.Effective)}}
}

// missing is what somebody has not said yet, or nil.
func (s *site) missing(person account.Person) *word {
	all := s.wordOf()
	if person.OldEnough(all.Minimum, all.Guardian) {
		all.Minimum = 0
	}
	if person.Agreed(s.Policy.Name, s.Policy.Version) {
		all.Agree = nil
	} else {
		all.Agree.Changed = person.Agreed(s.Policy.Name, 1)
	}
	if all.Minimum == 0 && all.Agree == nil {
		return nil
	}
	return &all
}

// given reads the answers to what w asks.
func (s *site) given(w word, age string, agreed []string) (account.AgeStatement, []account.Consent, error) {
	var statement account.AgeStatement
	var consents []account.Consent
	if w.Minimum > 0 {
		if age != ofAge && (age != withGuardian || !w.Guardian) {
			return statement, nil, fault.New(fault.Invalid, s.texts.Text("signup.age.ask"))
		}
		statement = account.AgeStatement{Minimum: w.Minimum, Guardian: age == withGuardian}
	}
	if w.Agree != nil {
		if !slices.Contains(agreed, w.Agree.Value) {
			return statement, nil, fault.New(fault.Invalid, s.texts.Text("signup.agree.ask"))
		}
		consents = append(consents, account.Consent{Studio: s.Policy.Name, Version: s.Policy.Version})
	}
	return statement, consents, nil
}

func (s *site) signUp(w http.ResponseWriter, r *http.Request) error {
	to := edge.Local(r.URL.Query().Get("then"))
	_, in, err := s.Edge.Caller(r)
	if err != nil {
		return err
	}
	if in {
		return see(w, r, studioURL)
	}
	p := s.signUpPage("", "", to)
	return s.show(w, r, http.StatusOK, "signup", &p)
}

func (s *site) signUpPage(name, mail, to string) signUpPage {
	title := s.texts.Text("signup.title")
	return signUpPage{Frame: ui.Frame{Title: title, Description: title}, Then: to, Name: s.nameField(name), Mail: s.mailField(mail),
		Password: s.freshField("password", "door.password"), Word: s.wordOf(), Ways: s.ways(to), Beside: s.hang("light-colouring")}
}

// register asks for an account. The answer is the same whether or not the address has one.
func (s *site) register(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(r); err != nil {
		return err
	}
	f := r.PostForm
	statement, consents, err := s.given(s.wordOf(), f.Get("age"), f["agree"])
	if err == nil {
		err = s.Accounts.SignUp(r.Context(), account.SignUp{Mail: f.Get("mail"), Password: f.Get("password"), Name: f.Get("name"),
			Age: statement, Consents: consents}, s.Edge.Client(r))
	}
	if err == nil {
		p := s.sentPage("sent.signup", f.Get("mail"), "/sign-up")
		p.Same = true
		return s.show(w, r, http.StatusOK, "sent", &p)
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p := s.signUpPage(f.Get("name"), f.Get("mail"), edge.Local(f.Get("then")))
	p.Error, p.Word.Age, p.Word.Agree.Given = say, f.Get("age"), slices.Contains(f["agree"], p.Word.Agree.Value)
	return s.show(w, r, status, "signup", &p)
}

// sentPage says that a letter is on its way, if there is anybody to get it.
type sentPage struct {
	ui.Frame

	Say    string
	Again  string // where to correct the address
	Same   bool   // it says the same for every address
	Outbox bool   // no mail goes out of this house
	Beside *beside
}

func (s *site) sentPage(key, mail, again string) sentPage {
	return sentPage{Frame: ui.Frame{Title: s.texts.Text("sent.title")}, Say: s.texts.Text(key, mail), Again: again,
		Outbox: s.Letters != nil && s.Letters.Kept(), Beside: s.hang("rough-sketch")}
}
