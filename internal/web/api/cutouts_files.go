package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/web/edge"
)

// served adds an operation that reads or writes streams by itself, which huma would spool or hold.
func (a *API) served(o operation, op huma.Operation, limit int64, do func(w http.ResponseWriter, r *http.Request, c *call) error) {
	a.huma.OpenAPI().AddOperation(&op)
	handle := func(w http.ResponseWriter, r *http.Request) error {
		c, err := a.knock(w, r, o)
		if err != nil {
			return err
		}
		return do(w, r, c)
	}
	if limit > 0 {
		a.mux.Handle(op.Method+" "+op.Path, a.Edge.Upload(handle, limit))
		return
	}
	a.mux.Handle(op.Method+" "+op.Path, a.Edge.Handle(handle))
}

// also adds statuses to those that an operation may answer with a problem.
func (a *API) also(op *huma.Operation, codes ...int) {
	problem := a.huma.OpenAPI().Components.Schemas.Schema(typeOf[Problem](), true, "Problem")
	for _, code := range codes {
		op.Responses[statusText(code)] = &huma.Response{Description: http.StatusText(code),
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}
	}
}

func parameters(names ...string) (all []*huma.Param) {
	for _, name := range names {
		all = append(all, &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
	}
	return all
}

// cutoutForm is a form of parts with photos.
type cutoutForm struct {
	Kind  string   `json:"kind" enum:"background,crowd" doc:"What is taken out. It has to come before the photos"`
	Photo []string `json:"photo" format:"binary" doc:"JPEG, PNG, WebP, HEIC or AVIF; up to 20 parts of this name, each with a file name" minItems:"1" maxItems:"20" nullable:"false"`
}

// Brought is what became of the photos of a form.
type Brought struct {
	Photos  []Cutout  `json:"photos" nullable:"false" doc:"In the order of the parts"`
	Refused []Refused `json:"refused" nullable:"false" doc:"Files that were not taken; the others were"`
}

// Refused is a file that was not taken.
type Refused struct {
	Name string `json:"name" doc:"As it was sent"`
	Say  string `json:"say" doc:"Why, in whole sentences"`
}

// bringCutouts adds the operation that brings photos.
func (a *API) bringCutouts() {
	o := operation{method: http.MethodPost, path: "/cutouts/{id}/photos", id: "bring-cutouts", summary: "Bring one photo or several", status: http.StatusCreated, session: true, files: true}
	op := o.describe(a)
	schemas := a.huma.OpenAPI().Components.Schemas
	op.Parameters = parameters("id")
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: schemas.Schema(typeOf[cutoutForm](), true, "CutoutForm")}}}
	op.Responses[statusText(o.status)] = &huma.Response{Description: http.StatusText(o.status),
		Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(typeOf[Brought](), true, "Brought")}}}
	a.also(&op, http.StatusRequestEntityTooLarge)
	a.served(o, op, cmp.Or(a.Booth.Form, 4*a.Bytes)+formMargin, func(w http.ResponseWriter, r *http.Request, c *call) error {
		out, err := a.bringAll(r, c.session)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		return json.NewEncoder(w).Encode(out)
	})
}

// bringAll reads the form. One file that is no photo does not stop the others, unless it is the only one.
func (a *API) bringAll(r *http.Request, ss *cutout.Session) (*Brought, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, a.Texts.Text("api.form"))
	}
	out, kind := &Brought{Photos: []Cutout{}, Refused: []Refused{}}, ""
	var last error
	for range partsMax {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF) && len(out.Photos) == 0 && len(out.Refused) == 1:
			return nil, last
		case errors.Is(err, io.EOF) && len(out.Photos)+len(out.Refused) == 0:
			return nil, fault.New(fault.Invalid, a.Texts.Text("api.photo"))
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, a.Edge.Broken(err, a.Bytes)
		case part.FormName() == "kind":
			data, err := io.ReadAll(io.LimitReader(part, partMax))
			if err != nil {
				return nil, a.Edge.Broken(err, a.Bytes)
			}
			kind = strings.TrimSpace(string(data))
			continue
		case part.FormName() != "photo" || part.FileName() == "":
			continue
		}
		p, err := a.bringOne(r, ss, kind, part)
		if err == nil {
			out.Photos = append(out.Photos, cutoutOf(p))
			continue
		}
		f := fault.Of(err)
		if f.Kind != fault.Invalid && f.Kind != fault.TooLarge && len(out.Photos) == 0 || f.Kind == fault.Internal {
			return nil, err
		}
		last = err
		out.Refused = append(out.Refused, Refused{strings.ToValidUTF8(part.FileName()[:min(len(part.FileName()), nameMax)], ""), f.Say})
	}
	return out, nil
}

func (a *API) bringOne(r *http.Request, ss *cutout.Session, kind string, part *multipart.Part) (cutout.Photo, error) {
	if ok, wait := a.brought.Allow(a.Edge.Address(r)); !ok {
		return cutout.Photo{}, edge.TooOften(wait, a.Texts.Text("upload.often"))
	}
	photo := &edge.Witness{From: http.MaxBytesReader(nil, part, a.Bytes)}
	p, err := ss.Bring(r.Context(), cutout.Kind(kind), part.FileName(), photo)
	if err != nil && photo.Err != nil {
		return p, a.Edge.Broken(photo.Err, a.Bytes)
	}
	return p, err
}

// behindCutout adds the operation that brings a picture to stand behind the subject.
func (a *API) behindCutout() {
	o := operation{method: http.MethodPut, path: "/cutouts/{id}/photos/{photo}/ground/picture", id: "behind-cutout", summary: "Bring a picture and put the subject before it", status: http.StatusAccepted, session: true, files: true}
	op := o.describe(a)
	op.Parameters = append(parameters("id", "photo"), &huma.Param{Name: "shadow", In: "query", Schema: &huma.Schema{Type: "boolean"}, Description: "A soft shadow where the subject stands"})
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	op.Responses[statusText(o.status)] = &huma.Response{Description: http.StatusText(o.status),
		Content: map[string]*huma.MediaType{"application/json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(typeOf[Cutout](), true, "Cutout")}}}
	a.also(&op, http.StatusRequestEntityTooLarge)
	a.served(o, op, a.Bytes, func(w http.ResponseWriter, r *http.Request, c *call) error {
		if ok, wait := a.brought.Allow(a.Edge.Address(r)); !ok {
			return edge.TooOften(wait, a.Texts.Text("upload.often"))
		}
		picture := &edge.Witness{From: r.Body}
		if err := c.session.Behind(r.Context(), r.PathValue("photo"), r.URL.Query().Get("shadow") == "true", picture); err != nil {
			if picture.Err != nil {
				return a.Edge.Broken(picture.Err, a.Bytes)
			}
			return err
		}
		p, err := c.session.Photo(r.PathValue("photo"))
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		return json.NewEncoder(w).Encode(cutoutOf(p))
	})
}

// Unlocking asks for full pictures.
type Unlocking struct {
	Code   string   `json:"code,omitempty" maxLength:"1000" doc:"An unlock code, or several between spaces or commas: each picture that is not unlocked yet takes one use. A use is spent when its picture has been delivered whole"`
	Format string   `json:"format,omitempty" enum:"png,jpeg,webp" default:"png"`
	Photos []string `json:"photos,omitempty" maxItems:"20" doc:"For archives: which photos; absent means all that are ready"`
}

// deliverCutouts adds the operations that deliver full pictures.
func (a *API) deliverCutouts() {
	one := operation{method: http.MethodPost, path: "/cutouts/{id}/photos/{photo}/file", id: "unlock-cutout", summary: "Fetch the full picture, for an unlock code", session: true, files: true,
		answers: map[string]string{"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}}
	all := operation{method: http.MethodPost, path: "/cutouts/{id}/archive", id: "unlock-cutouts", summary: "Fetch several full pictures as one ZIP, for unlock codes", session: true, files: true,
		answers: map[string]string{"zip": "application/zip"}}
	for _, o := range []operation{one, all} {
		op := o.describe(a)
		op.Parameters = parameters("id")
		if o.id == one.id {
			op.Parameters = parameters("id", "photo")
		}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(typeOf[Unlocking](), true, "Unlocking")}}}
		a.also(&op, http.StatusUnprocessableEntity)
		a.served(o, op, 0, func(w http.ResponseWriter, r *http.Request, c *call) error {
			return a.deliver(w, r, c.session, o.id == all.id)
		})
	}
}

func (a *API) deliver(w http.ResponseWriter, r *http.Request, ss *cutout.Session, all bool) error {
	var in Unlocking
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax))
	body.DisallowUnknownFields()
	if err := body.Decode(&in); err != nil {
		return fault.Wrap(err, fault.Invalid, a.Texts.Text("api.wrong", "body"))
	}
	edge.Patient(w, edge.TransferTime)
	order := cutout.Order{Format: in.Format, Codes: in.Code, Photos: in.Photos}
	d := &cutout.Delivery{Begin: func(name, kind string, size int64) { edge.Attach(w, kind, name, size) }, To: w, Flush: http.NewResponseController(w).Flush}
	var err error
	if all {
		err = d.All(r.Context(), ss, order, a.counter(r))
	} else {
		err = d.One(r.Context(), ss, r.PathValue("photo"), order, a.counter(r))
	}
	if err != nil && d.Begun() {
		panic(http.ErrAbortHandler) // half an answer: cut the connection so that nobody takes it for a whole one
	}
	return err
}

func (a *API) counter(r *http.Request) cutout.Counter {
	return cutout.Counter{Codes: a.Booth.Codes, Knock: func() error {
		if ok, wait := a.tries.Allow(a.Edge.Address(r)); !ok {
			return edge.TooOften(wait, a.Texts.Text("cutout.tries"))
		}
		return nil
	}, Lost: func(err error) {
		a.Edge.Log.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelError, "the use of a code could not be settled", slog.Any("cause", err), slog.String("request", edge.RequestID(r.Context())))
	}}
}

// knock is the door of operations that no key opens: anybody may begin a session, and its secret opens it.
func (a *API) knock(w http.ResponseWriter, r *http.Request, o operation) (*call, error) {
	h := w.Header()
	h.Set("Vary", "Authorization")
	h.Set("Referrer-Policy", "no-referrer")
	c := &call{address: a.Edge.Address(r), w: w, r: r}
	if ok, wait := a.strangers.Allow(c.address); !ok {
		return nil, edge.TooOften(wait, a.Texts.Text("api.often"))
	}
	if o.open {
		return c, nil
	}
	word, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(word, "Bearer") {
		secret = ""
	}
	var err error
	c.session, err = a.Booth.Studio.Enter(r.PathValue("id"), strings.TrimSpace(secret))
	return c, err
}
