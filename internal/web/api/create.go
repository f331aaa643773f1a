package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/web/edge"
)

// creation is a photo with what to draw from it, as a form of parts: huma would write the photo to a file of its own, so
// the form is read here, part by part.
type creation struct {
	Order

	Statement string `json:"statement,omitempty" enum:"yes" doc:"yes, you have the right to use this photo and everyone in it agrees. Needed once for each version of the policy"`
	Photo     string `json:"photo" format:"binary" doc:"JPEG, PNG, WebP, HEIC or AVIF. It has to be the last part"`
}

// createPortraits adds the operation and describes it.
func (a *API) createPortraits() {
	o := operation{method: http.MethodPost, path: "/portraits", id: "create-portraits", scope: account.Generate,
		summary: "Bring a photo and have portraits drawn from it", status: http.StatusCreated, files: true}
	op := o.describe(a)
	schemas := a.huma.OpenAPI().Components.Schemas
	op.Parameters = []*huma.Param{{Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: "string"},
		Description: a.Texts.Text("api.idempotency")}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {
		Schema: schemas.Schema(typeOf[creation](), true, "Creation")}}}
	text := &huma.Schema{Type: "string"}
	op.Responses[statusText(o.status)] = &huma.Response{Description: http.StatusText(o.status),
		Headers: map[string]*huma.Header{"Location": {Schema: text}, "Idempotency-Replayed": {Schema: text}},
		Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(typeOf[Photo](), true, "Photo")}}}
	for _, code := range []int{http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity} {
		op.Responses[statusText(code)] = op.Responses[statusText(http.StatusForbidden)]
	}
	a.huma.OpenAPI().AddOperation(&op)
	a.mux.Handle(op.Method+" "+op.Path, a.Edge.Upload(func(w http.ResponseWriter, r *http.Request) error {
		program, err := a.enter(w, r, o.scope)
		if err != nil {
			return err
		}
		c := &call{Program: program}
		r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		out, err := a.create(r)
		a.Accounts.Used(program, c.portraits)
		if err != nil {
			return err
		}
		return out.write(w)
	}, a.Bytes+formMargin))
}

// write answers as huma does.
func (d *drawn) write(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Location", d.Location)
	if d.Replayed != "" {
		h.Set("Idempotency-Replayed", d.Replayed)
	}
	w.WriteHeader(http.StatusCreated)
	return json.NewEncoder(w).Encode(d.Body)
}

// nameMax bounds what a program may call its request.
const nameMax = 200

// create carries the request out, once for each name that the program gives it.
func (a *API) create(r *http.Request) (*drawn, error) {
	ctx, owner, name := r.Context(), from(r.Context()).Owner, r.Header.Get("Idempotency-Key")
	if len(name) > nameMax {
		return nil, fault.New(fault.Invalid, a.Texts.Text("api.name", nameMax))
	}
	if _, wait := a.photos.take(owner, a.Now()); wait > 0 {
		return nil, edge.TooOften(wait, a.Texts.Text("upload.often"))
	}
	leave := a.seats.Enter(a.Edge.Address(r))
	if leave == nil {
		return nil, fault.New(fault.Busy, a.Texts.Text("upload.busy"))
	}
	defer leave()
	select {
	case a.arriving <- struct{}{}:
		defer func() { <-a.arriving }()
	default:
		return nil, fault.New(fault.Busy, a.Texts.Text("upload.busy"))
	}
	f, err := a.form(r)
	if err != nil {
		return nil, err
	}
	made, again, err := a.Studio.Once(ctx, owner, name, func() (generation.Made, []byte, error) { return a.bring(ctx, f) },
		func() ([]byte, error) {
			if _, err := io.Copy(io.Discard, f.photo); err != nil {
				return nil, a.Edge.Broken(err, a.Bytes)
			}
			return f.fingerprint()
		})
	if err != nil {
		return nil, err
	}
	return a.show(ctx, made, again)
}

// bring takes the photo in and has it drawn; when that cannot be, nothing stays.
func (a *API) bring(ctx context.Context, f *form) (made generation.Made, asked []byte, err error) {
	owner := from(ctx).Owner
	if err := a.listen(ctx, f.Statement); err != nil {
		return made, nil, err
	}
	u, err := a.Studio.Upload(ctx, owner, f.name, f.photo)
	if err != nil && f.photo.Err != nil {
		return made, nil, a.Edge.Broken(f.photo.Err, a.Bytes)
	}
	if err != nil {
		return made, nil, err
	}
	runs, err := a.start(ctx, u, f.Order)
	if err == nil {
		asked, err = f.fingerprint()
	}
	if err != nil {
		return made, nil, errors.Join(err, a.Studio.DeleteUpload(context.WithoutCancel(ctx), owner, u.ID))
	}
	return generation.Made{Upload: u.ID, Runs: runs}, asked, nil
}

// listen records the statement about the photo, and sends people who have more to say to the studio's own page.
func (a *API) listen(ctx context.Context, statement string) error {
	owner := from(ctx).Owner
	person, err := a.Accounts.Person(ctx, owner)
	if err != nil {
		return err
	}
	if !person.OldEnough(a.Policy.Age.Minimum, a.Policy.Age.Guardian) || !person.Agreed(a.Policy.Name, a.Policy.Version) {
		return fault.New(fault.Denied, a.Texts.Text("api.agree"))
	}
	stated, err := a.Accounts.Stated(ctx, owner)
	switch {
	case err != nil || stated:
		return err
	case statement != "yes":
		return fault.New(fault.Invalid, a.Texts.Text("api.statement"))
	}
	return a.Accounts.State(ctx, owner)
}

// form is a request that was read up to its photo.
type form struct {
	creation

	name  string // the photo's file name
	photo *edge.Witness
	sum   hash.Hash // of the photo, as far as it was read
}

// fingerprint can be had once the photo has been read.
func (f *form) fingerprint() ([]byte, error) {
	return f.Order.fingerprint("photo", f.sum.Sum(nil))
}

// Limits of the parts before the photo.
const (
	partsMax = 60
	partMax  = 200 // bytes
)

// form reads the parts of a request up to the photo, which it leaves to be read.
func (a *API) form(r *http.Request) (*form, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, a.Texts.Text("api.form"))
	}
	f := &form{}
	for range partsMax {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, fault.New(fault.Invalid, a.Texts.Text("api.photo"))
		}
		if err != nil {
			return nil, a.Edge.Broken(err, a.Bytes)
		}
		if part.FormName() == "photo" && part.FileName() != "" {
			f.name, f.sum = part.FileName(), sha256.New()
			f.photo = &edge.Witness{From: io.TeeReader(part, f.sum)}
			if len(f.Styles) == 0 {
				return nil, fault.New(fault.Invalid, a.Texts.Text("api.styles"))
			}
			return f, nil
		}
		if err := a.field(f, part); err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.Invalid, a.Texts.Text("api.photo"))
}

// field reads one part that is no photo.
func (a *API) field(f *form, part *multipart.Part) error {
	data, err := io.ReadAll(io.LimitReader(part, partMax+1))
	if err != nil {
		return a.Edge.Broken(err, a.Bytes)
	}
	name, value := part.FormName(), strings.TrimSpace(string(data))
	number := func(into *int) error {
		n, err := strconv.Atoi(value)
		*into = n
		return err
	}
	switch name {
	case "statement":
		f.Statement = value
	case "styles":
		for style := range strings.SplitSeq(value, ",") {
			f.Styles = append(f.Styles, strings.TrimSpace(style))
		}
	case "ink":
		f.Ink = value
	case "background":
		f.Background = value
	case "strength":
		err = number(&f.Strength)
	case "take":
		f.Take, err = strconv.ParseUint(value, 10, 64)
	case "whole":
		f.Whole, err = strconv.ParseBool(value)
	case "frame":
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&f.Frame)
	default:
		err = errors.New("nobody knows it")
	}
	if err != nil || len(data) > partMax {
		return fault.Wrap(errors.Join(err, errors.New("field")), fault.Invalid, a.Texts.Text("api.field", strings.ToValidUTF8(name[:min(len(name), 40)], "")))
	}
	return nil
}
