package pages

import (
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/web/edge"
)

// brought answers our script.
type brought struct {
	Location string `json:"location"`
}

// bring takes one photo from a form, in the name of somebody who has signed in.
func (s *site) bring(w http.ResponseWriter, r *http.Request) error {
	upload, err := s.receive(r)
	switch {
	case err == nil && !edge.WantsPage(r):
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", photoURL(upload.ID))
		w.WriteHeader(http.StatusCreated)
		return json.NewEncoder(w).Encode(brought{photoURL(upload.ID)})
	case err == nil:
		http.Redirect(w, r, photoURL(upload.ID), http.StatusSeeOther)
		return nil
	case edge.Status(err) == http.StatusUnauthorized || !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError || fault.Is(err, fault.Busy):
		return err
	}
	p, broken := s.studioPage(r)
	if broken != nil {
		return errors.Join(err, broken)
	}
	p.Drop.Error = fault.Of(err).Say
	return s.show(w, r, edge.Status(err), "studio", &p)
}

// receive finds the photo in the form. The statement comes before it, as it does on the page.
func (s *site) receive(r *http.Request) (generation.Upload, error) {
	var none generation.Upload
	caller, err := s.signedIn(r)
	if err != nil {
		return none, err
	}
	if ok, wait := s.Uploads.Allow(s.Edge.Address(r)); !ok {
		return none, edge.TooOften(wait, s.texts.Text("upload.often"))
	}
	leave := s.seats.Enter(s.Edge.Address(r))
	if leave == nil {
		return none, fault.New(fault.Busy, s.texts.Text("upload.busy"))
	}
	defer leave()
	select {
	case s.arriving <- struct{}{}:
		defer func() { <-s.arriving }()
	default:
		return none, fault.New(fault.Busy, s.texts.Text("upload.busy"))
	}
	form, err := r.MultipartReader()
	if err != nil {
		return none, fault.Wrap(err, fault.Invalid, s.texts.Text("upload.form"))
	}
	said := saying{}
	for {
		field, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return none, fault.New(fault.Invalid, s.texts.Text("upload.missing"))
		}
		if err != nil {
			return none, s.Edge.Broken(err, s.Bytes)
		}
		switch name := field.FormName(); {
		case name == "statement" || name == "age" || name == "agree":
			answer, err := io.ReadAll(io.LimitReader(field, sayingMax))
			if err != nil {
				return none, s.Edge.Broken(err, s.Bytes)
			}
			said[name] = string(answer)
		case name == "photo" && field.FileName() != "":
			return s.take(r, caller.Owner, field, said)
		}
	}
}

// saying is what the form says before the photo.
type saying map[string]string

// sayingMax is enough for every answer.
const sayingMax = 64

// take hands the photo to the studio, once its owner has said all that the studio asks of them.
func (s *site) take(r *http.Request, owner uuid.UUID, field *multipart.Part, said saying) (generation.Upload, error) {
	if err := s.listen(r, owner, said); err != nil {
		return generation.Upload{}, err
	}
	photo := &edge.Witness{From: field}
	upload, err := s.Studio.Upload(r.Context(), owner, field.FileName(), photo)
	if err != nil && photo.Err != nil {
		return upload, s.Edge.Broken(photo.Err, s.Bytes)
	}
	return upload, err
}

// listen records what the form says and the studio still has to hear.
func (s *site) listen(r *http.Request, owner uuid.UUID, said saying) error {
	person, err := s.Accounts.Person(r.Context(), owner)
	if err != nil {
		return err
	}
	stated, err := s.Accounts.Stated(r.Context(), owner)
	if err != nil {
		return err
	}
	if !stated && said["statement"] != "yes" {
		return fault.New(fault.Invalid, s.texts.Text("upload.statement"))
	}
	if missing := s.missing(person); missing != nil {
		age, consents, err := s.given(*missing, said["age"], []string{said["agree"]})
		if err != nil {
			return err
		}
		if err := s.Accounts.Agree(r.Context(), owner, given(age), consents...); err != nil {
			return err
		}
	}
	if stated {
		return nil
	}
	return s.Accounts.State(r.Context(), owner)
}

// given is nil where no age was asked for.
func given(age account.AgeStatement) *account.AgeStatement {
	if age.Minimum == 0 {
		return nil
	}
	return &age
}
