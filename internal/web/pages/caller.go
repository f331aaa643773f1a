package pages

import (
	"net/http"

	"github.com/google/uuid"

	"easel/internal/fault"
)

// caller returns who is asking, and fails with the way to the sign-in page when nobody is.
func (s *site) caller(r *http.Request) (uuid.UUID, error) {
	caller, err := s.signedIn(r)
	return caller.Owner, err
}

// asked returns who is asking for what: the id in the address.
func (s *site) asked(r *http.Request) (owner, id uuid.UUID, err error) {
	text := r.PathValue("id")
	id, err = uuid.Parse(text)
	if err != nil || id.String() != text { // one spelling only
		return uuid.Nil, uuid.Nil, s.notYours()
	}
	owner, err = s.caller(r)
	return owner, id, err
}

func (s *site) notYours() error { return fault.New(fault.Missing, s.texts.Text("fault.notyours")) }

// part reports whether our script asks for a piece of a page to put in place.
func part(r *http.Request) bool { return r.Header.Get("Easel-Part") != "" }
