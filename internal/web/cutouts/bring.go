package cutouts

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/memory"
	"easel/internal/web/edge"
)

// first is how long the answer to an upload waits for its result: most are ready by then, and no script is needed to
// see them.
const first = 6 * time.Second

// bring takes photos from a form, read as they arrive and never put on a disk. Without a session it begins one.
func (b *booth) bring(w http.ResponseWriter, r *http.Request) error {
	f, err := b.receive(r)
	if f.empty(err) {
		f.session.End() // it would count as one of its network's, for half an hour
		f.session = nil
	}
	if f.session == nil {
		return b.refuse(w, r, f, err)
	}
	if !wantsPart(r) && f.brought > 0 {
		b.settle(r, f.session)
	}
	return b.showAt(w, r, f.session, shown{f.ticket.ID, f.ticket.Secret, "", err, f.refused})
}

// refuse shows the door with what was wrong, and with what was said of the photos.
func (b *booth) refuse(w http.ResponseWriter, r *http.Request, f *form, err error) error {
	p := b.page()
	p.Stated, p.Crowd, p.Refused = f.said["statement"] == "yes", f.said["kind"] == string(cutout.Crowd), f.refused
	if err == nil { // several, and none of them was taken
		return b.show(w, http.StatusBadRequest, p)
	}
	if !edge.WantsPage(r) || fault.Is(err, fault.Busy) || edge.Status(err) == http.StatusInternalServerError {
		return err
	}
	p.Error = fault.Of(err).Say
	return b.show(w, edge.Status(err), p)
}

// settle waits until nothing is being worked on, for a moment at most.
func (b *booth) settle(r *http.Request, ss *cutout.Session) {
	end := time.Now().Add(first)
	for time.Now().Before(end) {
		turn := ss.Turn()
		live := false
		for _, p := range ss.Photos() {
			live = live || p.State == cutout.Waiting || p.State == cutout.Working
		}
		if !live {
			return
		}
		select {
		case <-ss.News(turn):
		case <-r.Context().Done():
			return
		case <-time.After(time.Until(end)):
		}
	}
}

// wantsPart reports whether our script asks, which waits by itself.
func wantsPart(r *http.Request) bool { return r.Header.Get("Easel-Part") != "" }

// form is a form with pictures, as far as it was read. Its fields come before the pictures.
type form struct {
	said    map[string]string
	ticket  memory.Ticket
	session *cutout.Session
	begun   bool // the session began with this form
	brought int
	refused []string // what was wrong with some photos while others were fine
}

// empty reports whether a session began with the form and its photos were refused, so that there is nothing in it.
func (f *form) empty(err error) bool {
	refused := err == nil || fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge)
	return f.session != nil && f.begun && f.brought == 0 && refused
}

// receive reads a form with photos. One that is no photo does not stop the others.
func (b *booth) receive(r *http.Request) (*form, error) {
	f := &form{said: map[string]string{}}
	tried := 0
	var wrong error
	err := b.pictures(r, f, "photo", func(field *multipart.Part) error {
		tried++
		if f.session == nil && f.said["session"] != "" { // first, so that a refusal does not take its page away
			if err := b.open(r, f); err != nil {
				return err
			}
		}
		if ok, wait := b.Uploads.Allow(b.Edge.Address(r)); !ok {
			return edge.TooOften(wait, b.texts.Text("upload.often"))
		}
		if f.session == nil {
			if err := b.open(r, f); err != nil {
				return err
			}
		}
		err := b.take(field, func(photo io.Reader) error {
			_, err := f.session.Bring(r.Context(), cutout.Kind(f.said["kind"]), field.FileName(), photo)
			return err
		})
		if err == nil {
			f.brought++
			return nil
		}
		if kind := fault.Of(err).Kind; kind != fault.Invalid && kind != fault.TooLarge || r.Context().Err() != nil {
			return err
		}
		wrong = err
		f.refused = append(f.refused, b.texts.Text("cutout.refused", field.FileName(), fault.Of(err).Say))
		return nil
	})
	switch {
	case err != nil:
		return f, err
	case tried == 0:
		return f, fault.New(fault.Invalid, b.texts.Text("upload.missing"))
	case tried == 1 && wrong != nil: // its sentence is the answer
		f.refused = nil
		return f, wrong
	}
	return f, nil
}

// open enters the session that the form names, or begins one.
func (b *booth) open(r *http.Request, f *form) (err error) {
	f.ticket = memory.Ticket{ID: f.said["session"], Secret: f.said["secret"]}
	if f.ticket.ID == "" {
		if f.said["statement"] != "yes" {
			return fault.New(fault.Invalid, b.texts.Text("cutout.statement"))
		}
		if f.ticket, err = b.Studio.Begin(edge.Network(b.Edge.Address(r))); err != nil {
			return err
		}
		f.begun = true
	}
	f.session, err = b.Studio.Enter(f.ticket.ID, f.ticket.Secret)
	return err
}

// sayingMax is enough for every field of a form.
const sayingMax = 200

// pictures reads a form and hands each picture in it to take. Nothing of it is ever put on a disk.
func (b *booth) pictures(r *http.Request, f *form, called string, take func(*multipart.Part) error) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, b.texts.Text("upload.form"))
	}
	for {
		field, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return b.Edge.Broken(err, b.Bytes)
		}
		if field.FormName() != called {
			if len(f.said) >= fieldsMax {
				return fault.New(fault.Invalid, b.texts.Text("upload.form"))
			}
			answer, err := io.ReadAll(io.LimitReader(field, sayingMax))
			if err != nil {
				return b.Edge.Broken(err, b.Bytes)
			}
			f.said[field.FormName()] = string(answer)
			continue
		}
		if field.FileName() == "" {
			continue
		}
		if err := take(field); err != nil {
			return err
		}
	}
}

// fieldsMax is more than any form here has.
const fieldsMax = 20

// take hands a picture over, and tells a broken connection from a broken picture.
func (b *booth) take(field *multipart.Part, to func(io.Reader) error) error {
	photo := &edge.Witness{From: http.MaxBytesReader(nil, field, b.Bytes)}
	err := to(photo)
	if err != nil && photo.Err != nil {
		return b.Edge.Broken(photo.Err, b.Bytes)
	}
	return err
}
