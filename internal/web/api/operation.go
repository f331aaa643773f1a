package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"easel/internal/account"
	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/web/edge"
)

// operation is one thing that a program can ask for.
type operation struct {
	method, path, id, summary string

	scope   account.Scope     // what the key needs
	status  int               // of success; 0 means 200
	answers map[string]string // media types of its answer, where that is not JSON
	files   bool              // what it reads or answers is large, and may be slow
	session bool              // the secret of a cutout session opens it, and no key
	open    bool              // anybody may ask
}

// describe turns it into what the document says.
func (o operation) describe(a *API) huma.Operation {
	op := huma.Operation{
		Method: o.method, Path: v1 + o.path, OperationID: o.id, Summary: o.summary, DefaultStatus: o.status,
		Description: a.Texts.Text("api.scope", string(o.scope)), Tags: []string{strings.Split(o.path, "/")[1]},
		Security: []map[string][]string{{"key": {string(o.scope)}}}, Metadata: map[string]any{},
		Responses: map[string]*huma.Response{}, MaxBodyBytes: bodyMax,
	}
	switch {
	case o.session:
		op.Description, op.Security = a.Texts.Text("api.session"), []map[string][]string{{"session": {}}}
	case o.open:
		op.Description, op.Security = a.Texts.Text("api.open"), []map[string][]string{}
	}
	problem := a.huma.OpenAPI().Components.Schemas.Schema(typeOf[Problem](), true, "Problem")
	wrong := []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}
	if !o.session && !o.open {
		wrong = append(wrong, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(o.path, "{id}") {
		wrong = append(wrong, http.StatusNotFound)
	}
	if o.method == http.MethodPost || o.method == http.MethodPut || o.files {
		wrong = append(wrong, http.StatusBadRequest, http.StatusConflict)
	}
	if o.scope == account.Generate {
		wrong = append(wrong, http.StatusPaymentRequired)
	}
	for _, code := range wrong {
		op.Responses[statusText(code)] = &huma.Response{Description: http.StatusText(code),
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}
	}
	if o.answers != nil {
		content := map[string]*huma.MediaType{}
		for _, kind := range o.answers {
			content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
		}
		op.Responses[statusText(http.StatusOK)] = &huma.Response{Description: http.StatusText(http.StatusOK), Content: content}
	}
	return op
}

// bodyMax is enough for every request but one with a photo, and less than where the edge stops reading.
const bodyMax = 60 << 10

// call is what is known of a request while it is answered.
type call struct {
	account.Program

	portraits int   // that it asked for
	err       error // what is to be answered instead of what the operation wrote

	address netip.Addr      // of whoever asks for a cutout
	session *cutout.Session // that the request opens
	w       http.ResponseWriter
	r       *http.Request
}

type callKey struct{}

// from returns who asks.
func from(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return &call{} // nobody, who owns nothing
	}
	return c
}

// register adds an operation. Its error is answered by the edge, as a page's is.
func register[I, O any](a *API, o operation, do func(context.Context, *I) (*O, error)) {
	op := o.describe(a)
	op.Metadata["operation"] = o
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			from(ctx).err = err
		}
		return out, err
	})
}

// adapter puts huma's operations on our mux, each behind the door and with our answer for what fails.
type adapter struct{ api *API }

// Handle adds one operation.
func (ad adapter) Handle(op *huma.Operation, next func(huma.Context)) {
	o, _ := op.Metadata["operation"].(operation)
	if o.session || o.open {
		ad.strangers(op, o, next)
		return
	}
	ad.api.mux.Handle(op.Method+" "+op.Path, ad.api.Edge.Handle(func(w http.ResponseWriter, r *http.Request) error {
		program, err := ad.api.enter(w, r, o.scope)
		if err != nil {
			return err
		}
		if o.files {
			leave := ad.api.takers.Enter(ad.api.Edge.Address(r))
			if leave == nil {
				return fault.New(fault.Busy, ad.api.Texts.Text("download.busy"))
			}
			defer leave() // when it has been sent
			edge.Patient(w, edge.TransferTime)
		}
		c := &call{Program: program}
		r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		next(&answer{humago.NewContext(op, r, w), c})
		ad.api.Accounts.Used(program, c.portraits)
		return c.err
	}))
}

// strangers adds an operation that no key opens.
func (ad adapter) strangers(op *huma.Operation, o operation, next func(huma.Context)) {
	ad.api.mux.Handle(op.Method+" "+op.Path, ad.api.Edge.Handle(func(w http.ResponseWriter, r *http.Request) error {
		c, err := ad.api.knock(w, r, o)
		if err != nil {
			return err
		}
		r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		next(&answer{humago.NewContext(op, r, w), c})
		return c.err
	}))
}

// ServeHTTP serves the mux.
func (ad adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { ad.api.mux.ServeHTTP(w, r) }

// answer lets huma write what went well; what did not, the edge writes.
type answer struct {
	inner

	call *call
}

type inner = huma.Context // whose name would hide its method

// SetStatus passes on the status of an answer that is one.
func (a *answer) SetStatus(code int) {
	if a.call.err == nil {
		a.inner.SetStatus(code)
	}
}

// SetHeader and AppendHeader pass headers on; those of an error are the edge's.
func (a *answer) SetHeader(name, value string) {
	if a.call.err == nil {
		a.inner.SetHeader(name, value)
	}
}

// AppendHeader is like SetHeader.
func (a *answer) AppendHeader(name, value string) {
	if a.call.err == nil {
		a.inner.AppendHeader(name, value)
	}
}

// BodyWriter takes the answer's body.
func (a *answer) BodyWriter() io.Writer {
	if a.call.err != nil {
		return io.Discard
	}
	return a.inner.BodyWriter()
}

// catch keeps what huma says of a wrong request for the edge to answer.
func (a *API) catch(ctx huma.Context, _ string, v any) (any, error) {
	if model, wrong := v.(*huma.ErrorModel); wrong {
		if c := from(ctx.Context()); c.err == nil {
			c.err = a.wrong(model)
		}
	}
	return v, nil
}

// wrong turns it into a fault with a sentence.
func (a *API) wrong(model *huma.ErrorModel) error {
	if model.Status >= http.StatusInternalServerError {
		return errors.New(model.Detail)
	}
	kind := fault.Invalid
	if model.Status == http.StatusRequestEntityTooLarge {
		kind = fault.TooLarge
	}
	said := []string{model.Detail}
	if len(model.Errors) > 0 {
		said = nil
	}
	for _, detail := range model.Errors[:min(len(model.Errors), 3)] {
		said = append(said, strings.TrimSpace(detail.Location+" "+detail.Message))
	}
	return fault.New(kind, a.Texts.Text("api.wrong", strings.Join(said, "; ")))
}
