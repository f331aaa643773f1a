package pages

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// accepted lets phones hand over a photo that every build of the server reads: an iPhone that is not offered HEIC sends JPEG.
const accepted = "image/jpeg,image/png,image/webp,image/avif"

// studioPage is where a photo is dropped, with what the visitor has already.
type studioPage struct {
	ui.Frame

	Gone  string // the sentence about a photo just deleted
	Drop  dropForm
	Works []hanging
}

// dropForm is the form that brings a photo.
type dropForm struct {
	Keeps         string
	NeedStatement bool
	Statement     []string
	Prohibited    []string
	Accept        string
	Max           int64 // bytes
	MaxMB         int64
	Error         string
}

// hanging is one earlier photo on the visitor's wall.
type hanging struct {
	URL, Name, Count string
	Picture          string
	W, H             int
	Clock            clock
}

func (s *site) studio(w http.ResponseWriter, r *http.Request) error {
	p, err := s.studioPage(r)
	if err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "studio", p)
}

func (s *site) studioPage(r *http.Request) (studioPage, error) {
	p := studioPage{Frame: ui.Frame{Title: s.texts.Text("studio.title"), Studio: s.Policy.Name}, Drop: dropForm{
		Keeps: s.keeps(), Statement: s.Policy.Statements, Prohibited: s.Policy.Prohibited, Accept: accepted,
		Max: s.Bytes, MaxMB: s.Bytes >> 20, NeedStatement: true,
	}}
	p.Description = s.texts.Text("studio.lead")
	if r.URL.Query().Has("gone") {
		p.Gone = s.texts.Text("studio.gone")
	}
	owner, known, err := s.Edge.Owner(r)
	if err != nil || !known {
		return p, err
	}
	p.Description, p.Drop.NeedStatement = "", false
	works, err := s.Studio.Works(r.Context(), owner)
	for _, work := range works {
		p.Works = append(p.Works, s.hanging(work))
	}
	return p, err
}

func (s *site) hanging(work generation.Work) hanging {
	h := hanging{URL: photoURL(work.ID), Name: s.named(work.Upload), Picture: photoURL(work.ID) + "/original",
		W: work.W, H: work.H, Clock: s.clock(work.Created, work.Deadline)}
	done := 0
	for _, run := range work.Runs {
		if run.State == generation.Done {
			done++
			h.Picture, h.W, h.H = workURL(run.ID)+"/picture", run.W, run.H // the newest one hangs
		}
	}
	h.Count = s.count("studio.count", done)
	return h
}

func (s *site) named(u generation.Upload) string {
	if u.Name == "" {
		return s.texts.Text("studio.unnamed")
	}
	return u.Name
}

// count chooses between the texts for none, one and many.
func (s *site) count(key string, n int) string {
	switch n {
	case 0:
		return s.texts.Text(key + ".0")
	case 1:
		return s.texts.Text(key + ".1")
	}
	return s.texts.Text(key+".n", n)
}

// brought answers our script.
type brought struct {
	Location string `json:"location"`
}

// bring takes one photo from a form, and opens the visitor's account when it is the first.
func (s *site) bring(w http.ResponseWriter, r *http.Request) error {
	upload, err := s.receive(w, r)
	switch {
	case err == nil && !edge.WantsPage(r):
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", photoURL(upload.ID))
		w.WriteHeader(http.StatusCreated)
		return json.NewEncoder(w).Encode(brought{photoURL(upload.ID)})
	case err == nil:
		http.Redirect(w, r, photoURL(upload.ID), http.StatusSeeOther)
		return nil
	case !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError || fault.Is(err, fault.Busy):
		return err
	}
	p, broken := s.studioPage(r)
	if broken != nil {
		return errors.Join(err, broken)
	}
	p.Drop.Error = fault.Of(err).Say
	if w.Header().Get("Set-Cookie") != "" {
		p.Drop.NeedStatement = false // it was made with this very form
	}
	return s.show(w, edge.Status(err), "studio", p)
}

// receive finds the photo in the form. The statement comes before it, as it does on the page.
func (s *site) receive(w http.ResponseWriter, r *http.Request) (generation.Upload, error) {
	var none generation.Upload
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
	stated := false
	for {
		field, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return none, fault.New(fault.Invalid, s.texts.Text("upload.missing"))
		}
		if err != nil {
			return none, s.broken(err)
		}
		switch {
		case field.FormName() == "statement":
			answer, err := io.ReadAll(io.LimitReader(field, 8))
			if err != nil {
				return none, s.broken(err)
			}
			stated = string(answer) == "yes"
		case field.FormName() == "photo" && field.FileName() != "":
			return s.take(w, r, field, stated)
		}
	}
}

// take hands the photo to the studio. Somebody new has made the statement, and gets an account once the photo has arrived:
// a connection that breaks on the way leaves nothing.
func (s *site) take(w http.ResponseWriter, r *http.Request, field *multipart.Part, stated bool) (generation.Upload, error) {
	var none generation.Upload
	owner, known, err := s.Edge.Owner(r)
	if err != nil {
		return none, err
	}
	photo := &witness{from: field}
	var from io.Reader = photo
	if !known {
		if !stated {
			return none, fault.New(fault.Invalid, s.texts.Text("upload.statement"))
		}
		data, err := io.ReadAll(photo)
		if err != nil {
			return none, s.broken(err)
		}
		if owner, err = s.Edge.Open(w, r, stated); err != nil {
			return none, err
		}
		from = bytes.NewReader(data)
	}
	upload, err := s.Studio.Upload(r.Context(), owner, field.FileName(), from)
	if err != nil && photo.err != nil {
		return upload, s.broken(photo.err)
	}
	return upload, err
}

// broken says why a form could not be read to its end.
func (s *site) broken(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return fault.Wrap(err, fault.TooLarge, s.texts.Text("upload.large", s.Bytes>>20))
	}
	return fault.Wrap(err, fault.Invalid, s.texts.Text("upload.stopped"))
}

// witness remembers that reading failed, so that a broken connection is not taken for a broken photo.
type witness struct {
	from io.Reader
	err  error
}

func (w *witness) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}
