package pages

import (
	"errors"
	"net/http"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// SignIn is a way in by somebody else's word, such as Google's.
type SignIn struct{ Title, URL string }

// field is one line of a form.
type field struct {
	Name, Label, Type, Value, Complete, Help, Error string
	Required                                        bool
	Min, Max                                        int // letters
}

// ways are the ways in beside a password.
type ways struct {
	Others   []SignIn
	Passkeys bool
	Then     string // where they lead
}

// beside is the picture that hangs beside a form.
type beside struct {
	ui.Sample

	Title string
}

// The longest texts that a form sends.
const (
	mailMax     = 254
	passwordMax = 256
	nameMax     = 80
)

func (s *site) mailField(value string) field {
	return field{Name: "mail", Label: s.texts.Text("door.mail"), Type: "email", Value: value, Complete: "username", Required: true, Max: mailMax}
}

func (s *site) nameField(value string) field {
	return field{Name: "name", Label: s.texts.Text("door.name"), Type: "text", Value: value, Complete: "name", Help: s.texts.Text("signup.name.help"), Max: nameMax}
}

// secretField asks for the password that somebody has.
func (s *site) secretField(label string) field {
	return field{Name: "password", Label: s.texts.Text(label), Complete: "current-password", Required: true}
}

// freshField asks for a password to be chosen.
func (s *site) freshField(name, label string) field {
	return field{Name: name, Label: s.texts.Text(label), Complete: "new-password", Required: true, Min: account.PasswordLeast,
		Help: s.texts.Text("password.help", account.PasswordLeast)}
}

func (s *site) ways(then string) ways {
	return ways{Others: s.Others, Passkeys: s.Passkeys != nil, Then: then}
}

// hang returns a sample portrait in a style, or nil when there is none.
func (s *site) hang(style string) *beside {
	sample, ok := s.UI.Sample(leadSubject, style)
	if !ok {
		return nil
	}
	return &beside{sample, s.title(style)}
}

// form reads a small form.
func (s *site) form(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return err
		}
		return fault.Wrap(err, fault.Invalid, s.texts.Text("fault.form"))
	}
	return nil
}

// mend reports whether an error belongs on the page with the form, where it can be put right, and returns its sentence and
// status; what it says about waiting is in the header.
func (s *site) mend(w http.ResponseWriter, r *http.Request, err error) (say string, status int, ok bool) {
	status = edge.Status(err)
	if !edge.WantsPage(r) || status == http.StatusInternalServerError || status == http.StatusUnauthorized || fault.Is(err, fault.Missing) {
		return "", status, false
	}
	edge.RetryAfter(w.Header(), err)
	return fault.Of(err).Say, status, true
}

// then is where the form leads on, or the studio.
func then(r *http.Request) string {
	if to := edge.Local(r.PostFormValue("then")); to != "" {
		return to
	}
	return studioURL
}

const studioURL = "/portrait/"

// quietly keeps the address of a page that holds a secret to itself.
func quietly(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "no-referrer") }

func see(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
