// Package api is the interface for programs: portraits made, polled, fetched and deleted with a key.
//
// Operations are Go functions with typed requests and answers; the OpenAPI document is made from them and committed
// (openapi.json). Only keys are honoured here, never a cookie, so that no other site can act through a browser. Errors are
// problem documents with the sentences of the pages.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/generation"
	"easel/internal/policy"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// Prefix is where everything of this package is; Document is the address of its description.
const (
	Prefix   = "/api/"
	Document = "/api/openapi.json"

	v1 = "/api/v1"
)

// Studio is what the interface asks of the portrait studio, in an owner's name; what is not the owner's, or is over, is a
// fault.Missing.
type Studio interface {
	Portraits
	Upload(ctx context.Context, owner uuid.UUID, name string, photo io.Reader) (generation.Upload, error)
	Works(ctx context.Context, owner uuid.UUID) ([]generation.Work, error)
	Find(ctx context.Context, owner, upload uuid.UUID) (generation.Work, error)
	DeleteUpload(ctx context.Context, owner, upload uuid.UUID) error
	Start(ctx context.Context, owner, upload uuid.UUID, o generation.Order) ([]generation.Run, error)
	Once(ctx context.Context, owner uuid.UUID, name string, do func() (generation.Made, []byte, error), print func() ([]byte, error)) (made generation.Made, again bool, err error)
}

// Portraits are what is drawn.
type Portraits interface {
	Enlarge(ctx context.Context, owner, run uuid.UUID) (generation.Run, error)
	FindRun(ctx context.Context, owner, run uuid.UUID) (generation.Run, error)
	Download(ctx context.Context, owner, run uuid.UUID, format, paper string) (data []byte, name string, err error)
	Cancel(ctx context.Context, owner, run uuid.UUID) error
	Delete(ctx context.Context, owner, run uuid.UUID) error
}

// Accounts is what the interface asks about people and their keys.
type Accounts interface {
	FindKey(ctx context.Context, secret string) (p account.Program, ok bool, err error)
	Used(p account.Program, portraits int)
	Person(ctx context.Context, owner uuid.UUID) (account.Person, error)
	Stated(ctx context.Context, owner uuid.UUID) (bool, error)
	State(ctx context.Context, owner uuid.UUID) error
}

// Style is one way to draw.
type Style struct {
	ID      string   `json:"id" doc:"What to ask for" example:"rough-sketch"`
	Title   string   `json:"title" doc:"Its name for people" example:"Rough sketch"`
	Summary string   `json:"summary" doc:"What it looks like"`
	Tokens  int      `json:"tokens" doc:"What one portrait costs"`
	Inks    []string `json:"inks" nullable:"false" doc:"What it can be drawn with; empty where there is no choice"`
}

// Config is what the interface is made of.
type Config struct {
	Edge     *edge.Edge
	Texts    ui.Catalogue
	Studio   Studio
	Accounts Accounts
	Policy   *policy.Studio // of the portrait studio
	Styles   []Style
	Inks     []string                                                     // all that any style can be drawn with
	Grounds  []string                                                     // backgrounds that can be asked for
	Purse    func(ctx context.Context, owner uuid.UUID) (ui.Purse, error) // nil where nothing costs anything
	Bytes    int64                                                        // largest photo; 0 means 40 MB
	Version  string                                                       // of the program
	Now      func() time.Time                                             // nil means time.Now
	Booth    *Booth                                                       // nil where the cutout studio is not open
}

// Check reports what is missing.
func (c Config) Check() error {
	switch {
	case c.Edge == nil || c.Studio == nil || c.Accounts == nil || c.Policy == nil:
		return errors.New("api: edge, studio, accounts and policy must be given")
	case len(c.Styles) == 0:
		return errors.New("api: there is no style to offer")
	case c.Bytes < 0:
		return errors.New("api: the largest photo has a negative size")
	}
	return nil
}

// API holds what the operations share.
type API struct {
	Config

	mux       *http.ServeMux
	huma      huma.API
	requests  *limiter      // by key
	photos    *limiter      // by owner
	guesses   *edge.Limiter // by address, for keys that are none
	tries     *edge.Limiter // of unlock codes, by address
	strangers *edge.Limiter // requests to sessions, by address
	brought   *edge.Limiter // photos for sessions, by address
	arriving  chan struct{} // photos that are being read now
	seats     *edge.Seats   // of one network among them
	leaving   chan struct{} // files that are being made now
	takers    *edge.Seats   // files of one network that are being made and sent: each is whole in memory
	document  []byte
}

// What may be asked at once and over time.
const (
	requestsBurst = 240
	requestsEvery = 500 * time.Millisecond
	photosBurst   = 20
	photosEvery   = 10 * time.Second
	wrongBurst    = 20
	wrongEvery    = 3 * time.Second

	triesBurst     = 10
	triesEvery     = 30 * time.Second
	strangersBurst = 600
	strangersEvery = 100 * time.Millisecond
	broughtBurst   = 60
	broughtEvery   = 5 * time.Second

	arrivingMax  = 8
	arrivingEach = 4 // from one network: a slow one leaves room for others
	leavingMax   = 2
	leavingEach  = 6 // the same of files, until they have arrived

	bytesMax   = 40 << 20
	formMargin = 64 << 10 // what a multipart form adds to the photo in it
)

// New returns the interface. Its handler answers for everything below Prefix.
func New(c Config) (*API, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Bytes == 0 {
		c.Bytes = bytesMax
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &API{Config: c, mux: http.NewServeMux(),
		requests: newLimiter(requestsBurst, requestsEvery), photos: newLimiter(photosBurst, photosEvery), guesses: edge.NewLimiter(wrongBurst, wrongEvery),
		tries: edge.NewLimiter(triesBurst, triesEvery), strangers: edge.NewLimiter(strangersBurst, strangersEvery), brought: edge.NewLimiter(broughtBurst, broughtEvery),
		arriving: make(chan struct{}, arrivingMax), seats: edge.NewSeats(arrivingEach), leaving: make(chan struct{}, leavingMax), takers: edge.NewSeats(leavingEach)}
	a.huma = huma.NewAPI(a.settings(), adapter{a})
	a.operations()
	a.cutouts()
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // problems are ours
		delete(a.huma.OpenAPI().Components.Schemas.Map(), unused)
	}
	var err error
	if a.document, err = json.MarshalIndent(a.huma.OpenAPI(), "", "  "); err != nil {
		return nil, fmt.Errorf("describe the interface: %w", err)
	}
	a.document = append(a.document, '\n')
	a.mux.HandleFunc("GET "+Document, a.describe)
	return a, nil
}

// operations is the whole interface on one page.
func (a *API) operations() {
	a.createPortraits()
	register(a, operation{method: http.MethodGet, path: "/portraits", id: "list-portraits", scope: account.Read, summary: "List portraits"}, a.listPortraits)
	register(a, operation{method: http.MethodGet, path: "/portraits/{id}", id: "get-portrait", scope: account.Read, summary: "See how a portrait stands"}, a.getPortrait)
	register(a, operation{method: http.MethodGet, path: "/portraits/{id}/file", id: "get-portrait-file", scope: account.Read, summary: "Fetch a finished portrait as a file", answers: kinds, files: true}, a.getFile)
	register(a, operation{method: http.MethodPost, path: "/portraits/{id}/full", id: "enlarge-portrait", scope: account.Generate, summary: "Have a portrait drawn at its full size", status: http.StatusAccepted}, a.enlarge)
	register(a, operation{method: http.MethodPost, path: "/portraits/{id}/cancel", id: "cancel-portrait", scope: account.Generate, summary: "Cancel a portrait that is not finished"}, a.cancel)
	register(a, operation{method: http.MethodDelete, path: "/portraits/{id}", id: "delete-portrait", scope: account.Delete, summary: "Delete a portrait at once", status: http.StatusNoContent}, a.deletePortrait)
	register(a, operation{method: http.MethodGet, path: "/photos", id: "list-photos", scope: account.Read, summary: "List photos with their portraits"}, a.listPhotos)
	register(a, operation{method: http.MethodGet, path: "/photos/{id}", id: "get-photo", scope: account.Read, summary: "See a photo with its portraits"}, a.getPhoto)
	register(a, operation{method: http.MethodPost, path: "/photos/{id}/portraits", id: "draw-photo", scope: account.Generate, summary: "Have more portraits drawn from a photo", status: http.StatusCreated}, a.drawPhoto)
	register(a, operation{method: http.MethodDelete, path: "/photos/{id}", id: "delete-photo", scope: account.Delete, summary: "Delete a photo and its portraits at once", status: http.StatusNoContent}, a.deletePhoto)
	register(a, operation{method: http.MethodGet, path: "/styles", id: "list-styles", scope: account.Read, summary: "List the styles"}, a.listStyles)
	register(a, operation{method: http.MethodGet, path: "/account", id: "get-account", scope: account.Read, summary: "See what may be spent and what the key may do"}, a.getAccount)
}

// Handler answers requests below Prefix. Cookies are dropped before anything looks at them, and every error is a problem
// document, whatever the caller says it reads.
func (a *API) Handler() http.Handler {
	served := a.Edge.Serve(a.mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.Header.Del("Cookie")
		r.Header.Set("Accept", "application/json")
		served.ServeHTTP(w, r)
	})
}

// Document returns the OpenAPI document.
func (a *API) Document() []byte { return a.document }

func (a *API) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json;version=3.1")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(a.document) // whoever has gone needs no document
}

// settings describes the interface as a whole.
func (a *API) settings() huma.Config {
	c := huma.DefaultConfig("Easel", strings.TrimPrefix(v1, Prefix))
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil // the document is served below; no $schema in answers
	c.Info.Description = a.Texts.Text("api.about")
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":     {Type: "http", Scheme: "bearer", Description: a.Texts.Text("api.key")},
		"session": {Type: "http", Scheme: "bearer", Description: a.Texts.Text("api.session")}}
	c.Transformers = []huma.Transformer{a.catch}
	return c
}
