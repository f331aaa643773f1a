package cutouts

import (
	"encoding/hex"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/web/edge"
)

// ground puts a photo, or all of them, before another ground. The form may bring a picture for that, which is read as it
// arrives.
func (b *booth) ground(w http.ResponseWriter, r *http.Request) error {
	f := &form{said: map[string]string{}}
	err := b.pictures(r, f, "picture", func(field *multipart.Part) error {
		if err := b.open(r, f); err != nil {
			return err
		}
		if f.said["ground"] != string(cutout.Picture) {
			return nil // a picture was chosen, and then something else
		}
		if ok, wait := b.Uploads.Allow(b.Edge.Address(r)); !ok {
			return edge.TooOften(wait, b.texts.Text("upload.often"))
		}
		f.brought++
		return b.take(field, func(picture io.Reader) error {
			return f.session.Behind(r.Context(), f.said["photo"], f.said["shadow"] == "yes", picture)
		})
	})
	if err == nil && f.session == nil {
		if f.said["session"] == "" {
			return fault.New(fault.Invalid, b.texts.Text("upload.form"))
		}
		err = b.open(r, f)
	}
	if f.session == nil {
		return err
	}
	if err == nil && f.brought == 0 {
		err = b.stand(f.session, f.said["photo"], func(name string) string { return f.said[name] })
	}
	if err == nil && !wantsPart(r) {
		b.settle(r, f.session)
	}
	return b.showAt(w, r, f.session, shown{f.ticket.ID, f.ticket.Secret, f.said["photo"], err, nil})
}

// stand reads what is to stand behind the subject, of one photo or of all.
func (b *booth) stand(ss *cutout.Session, id string, said func(string) string) error {
	g := cutout.Ground{Kind: cutout.GroundKind(said("ground")), Shadow: said("shadow") == "yes"}
	if g.Kind == cutout.Plain {
		c, err := hex.DecodeString(strings.TrimPrefix(said("colour"), "#"))
		if err != nil || len(c) != 3 {
			return fault.New(fault.Invalid, b.texts.Text("cutout.colour.wrong"))
		}
		g.Colour = [3]uint8(c)
	}
	if err := ss.Before(id, g); err != nil || said("every") != "yes" || g.Kind == cutout.Picture {
		return err
	}
	for _, p := range ss.Photos() {
		if p.ID == id || p.Kind != cutout.Background {
			continue
		}
		if err := ss.Before(p.ID, g); err != nil && !fault.Is(err, fault.Missing) { // it may have been removed meanwhile
			return err
		}
	}
	return nil
}
