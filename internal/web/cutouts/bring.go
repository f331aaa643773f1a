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

// bring takes a photo from a form, read as it arrives and never put on a disk. Without a session it begins one.
func (b *booth) bring(w http.ResponseWriter, r *http.Request) error {
	ticket, ss, err := b.receive(r)
	if ss == nil {
		if err == nil || !edge.WantsPage(r) || fault.Is(err, fault.Busy) || edge.Status(err) == http.StatusInternalServerError {
			return err
		}
		p := b.page()
		p.Error = fault.Of(err).Say
		return b.show(w, edge.Status(err), p)
	}
	if err == nil && !wantsPart(r) {
		b.settle(r, ss)
	}
	return b.showAt(w, ss, ticket.ID, ticket.Secret, "", err)
}

// settle waits until nothing is being worked on, for a moment at most.
func (b *booth) settle(r *http.Request, ss *cutout.Session) {
	end := time.Now().Add(first)
	for time.Now().Before(end) {
		changed := ss.Changed()
		live := false
		for _, p := range ss.Photos() {
			live = live || p.State == cutout.Waiting || p.State == cutout.Working
		}
		if !live {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		case <-time.After(time.Until(end)):
		}
	}
}

// wantsPart reports whether our script asks, which waits by itself.
func wantsPart(r *http.Request) bool { return r.Header.Get("Easel-Part") != "" }

// receive reads the form. Its fields come before the photos.
func (b *booth) receive(r *http.Request) (ticket memory.Ticket, ss *cutout.Session, err error) {
	if ok, wait := b.Uploads.Allow(b.Edge.Address(r)); !ok {
		return ticket, nil, edge.TooOften(wait, b.texts.Text("upload.often"))
	}
	form, err := r.MultipartReader()
	if err != nil {
		return ticket, nil, fault.Wrap(err, fault.Invalid, b.texts.Text("upload.form"))
	}
	said := map[string]string{}
	brought := 0
	for {
		field, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return ticket, ss, b.Edge.Broken(err, b.Bytes)
		}
		if field.FormName() != "photo" {
			answer, err := io.ReadAll(io.LimitReader(field, sayingMax))
			if err != nil {
				return ticket, ss, b.Edge.Broken(err, b.Bytes)
			}
			said[field.FormName()] = string(answer)
			continue
		}
		if field.FileName() == "" {
			continue
		}
		if ss == nil {
			if said["session"] == "" && said["statement"] != "yes" {
				return ticket, nil, fault.New(fault.Invalid, b.texts.Text("cutout.statement"))
			}
			if ticket, ss, err = b.session(r, said); err != nil {
				return ticket, nil, err
			}
		}
		if err := b.take(r, ss, field, cutout.Kind(said["kind"])); err != nil {
			return ticket, ss, err
		}
		brought++
	}
	if brought == 0 {
		return ticket, ss, fault.New(fault.Invalid, b.texts.Text("upload.missing"))
	}
	return ticket, ss, nil
}

// sayingMax is enough for every field of the form.
const sayingMax = 200

// session opens the one that the form names, or begins one.
func (b *booth) session(r *http.Request, said map[string]string) (ticket memory.Ticket, ss *cutout.Session, err error) {
	ticket = memory.Ticket{ID: said["session"], Secret: said["secret"]}
	if ticket.ID == "" {
		if ticket, err = b.Studio.Begin(edge.Network(b.Edge.Address(r))); err != nil {
			return ticket, nil, err
		}
	}
	ss, err = b.Studio.Enter(ticket.ID, ticket.Secret)
	return ticket, ss, err
}

// take hands one photo to the studio.
func (b *booth) take(r *http.Request, ss *cutout.Session, field *multipart.Part, kind cutout.Kind) error {
	photo := &edge.Witness{From: field}
	_, err := ss.Bring(r.Context(), kind, field.FileName(), photo)
	if err != nil && photo.Err != nil {
		return b.Edge.Broken(photo.Err, b.Bytes)
	}
	return err
}
