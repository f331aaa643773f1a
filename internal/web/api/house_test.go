package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/generation"
	"easel/internal/ledger"
	"easel/internal/policy"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/sandbox"
	"easel/internal/web/api"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	m.Run()
}

// house is the interface on real parts, with a queue that draws when it is told to.
type house struct {
	*testing.T

	api      *api.API
	handler  http.Handler
	db       *postgres.DB
	accounts *account.Service
	studio   *generation.Service
	log      *record
	codes    *codes

	mu   sync.Mutex
	jobs []generation.DrawArgs
}

// record is a log that can be read while it is written.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

// grant is a purse that has enough.
type grant struct{}

func (grant) HoldAll(context.Context, pgx.Tx, uuid.UUID, []ledger.Held) error { return nil }
func (grant) Capture(context.Context, pgx.Tx, uuid.UUID) error                { return nil }
func (grant) Release(context.Context, pgx.Tx, uuid.UUID, string) error        { return nil }
func (grant) Held(context.Context, time.Duration) ([]ledger.Open, error)      { return nil, nil }

func newHouse(t *testing.T, change ...func(*api.Config)) *house {
	t.Helper()
	h := &house{T: t, db: pgtest.New(t), log: &record{}}
	v := accounttest.Vault(t, h.db)
	h.accounts = accounttest.Service(t, h.db, v, &accounttest.Post{})
	enqueue := func(_ context.Context, _ pgx.Tx, args generation.DrawArgs, _ time.Duration) (int64, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.jobs = append(h.jobs, args)
		return int64(len(h.jobs)), nil
	}
	var err error
	h.studio, err = generation.New(generation.Config{Keep: time.Hour, Uploads: 4, Unfinished: 6, Pixels: 40_000}, h.db, v, sandbox.New(sandbox.Config{}), grant{}, enqueue, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	looks, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	e, err := edge.New(edge.Config{PublicURL: &url.URL{Scheme: "https", Host: "easel.test"}, Sessions: h.accounts, Visit: time.Hour, UI: looks, Log: slog.New(slog.NewJSONHandler(h.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	c := api.Config{Edge: e, Texts: looks.Texts(), Studio: h.studio, Accounts: h.accounts, Policy: &policy.Studio{Name: "portrait", Version: 1},
		Styles: styles, Inks: []string{"graphite", "sanguine"}, Grounds: []string{"none", "soft"}, Version: "test",
		Purse: func(context.Context, uuid.UUID) (ui.Purse, error) { return ui.Purse{Settled: 7, InUse: 2}, nil }}
	c.Booth, h.codes = booth(t)
	for _, f := range change {
		f(&c)
	}
	if h.api, err = api.New(c); err != nil {
		t.Fatal(err)
	}
	h.handler = h.api.Handler()
	return h
}

var styles = []api.Style{
	{ID: "rough-sketch", Title: "Rough sketch", Summary: "Quick.", Tokens: 1, Inks: []string{"graphite", "sanguine"}},
	{ID: "artistic", Title: "Artistic", Summary: "Oil.", Tokens: 1, Inks: []string{}},
}

// program is somebody's program with a key.
type program struct {
	*house

	owner  uuid.UUID
	id     uuid.UUID
	secret string
}

// program makes a person who has agreed to everything, with a key.
func (h *house) program() *program {
	h.Helper()
	owner := accounttest.Open(h, h.db)
	if err := h.accounts.Agree(h.Context(), owner, nil, account.Consent{Studio: "portrait", Version: 1}); err != nil {
		h.Fatal(err)
	}
	return h.another(owner)
}

// another makes another key of a person's.
func (h *house) another(owner uuid.UUID, scopes ...account.Scope) *program {
	h.Helper()
	if scopes == nil {
		scopes = account.Scopes
	}
	secret, key, err := h.accounts.MakeKey(h.Context(), owner, "a program", scopes)
	if err != nil {
		h.Fatal(err)
	}
	return &program{h, owner, key.ID, secret}
}

// ask sends a request with the key and returns the answer.
func (p *program) ask(method, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	p.Helper()
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Authorization", "Bearer "+p.secret)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

// read parses an answer with the wanted status.
func read[T any](t *testing.T, w *httptest.ResponseRecorder, status int) (into T) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("answered %d %s, want %d", w.Code, w.Body, status)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &into); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return into
}

// problem reads an answer that has to be one.
func problem(t *testing.T, w *httptest.ResponseRecorder, status int) api.Problem {
	t.Helper()
	if kind := w.Header().Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("the problem is sent as %q: %s", kind, w.Body)
	}
	p := read[api.Problem](t, w, status)
	if p.Status != status || p.Detail == "" || p.Kind == "" || p.Request != w.Header().Get("Request-Id") {
		t.Errorf("the problem is %+v", p)
	}
	return p
}

// photo is a picture with something to draw.
func photo(t *testing.T, side int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		img.SetNRGBA(i%side, i/side, color.NRGBA{uint8(i % 200), uint8(i / side), 90, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// form is a body of parts; the photo is the last one.
func form(t *testing.T, data []byte, fields ...string) (body *bytes.Buffer, kind string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if data != nil {
		part, err := w.CreateFormFile("photo", "Bella.jpg")
		if err == nil {
			_, err = part.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

// create brings a photo.
func (p *program) create(data []byte, fields ...string) *httptest.ResponseRecorder {
	p.Helper()
	body, kind := form(p.T, data, fields...)
	return p.ask(http.MethodPost, "/api/v1/portraits", body, "Content-Type", kind)
}

// draw works off what is in the queue.
func (h *house) draw() {
	h.Helper()
	h.mu.Lock()
	jobs := slices.Clone(h.jobs)
	h.jobs = nil
	h.mu.Unlock()
	for _, job := range jobs {
		if err := h.studio.Draw(h.Context(), job); err != nil {
			h.Fatal(err)
		}
	}
}

func body(text string) io.Reader { return strings.NewReader(text) }
