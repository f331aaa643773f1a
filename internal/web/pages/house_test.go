package pages

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
	"easel/studios"
)

// noon is when tests happen.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// styles as the catalogue has them.
var styles = []Style{
	{"rough-sketch", "Rough sketch", "Free searching lines and quick hatching, as from a sketchbook.", []string{"graphite", "sanguine", "blue-pencil", "pen"}},
	{"detailed-sketch", "Detailed sketch", "Fine pencil, built up stroke by stroke until light and form are there.", []string{"graphite", "sanguine", "blue-pencil"}},
	{"light-colouring", "Light colouring", "Thin watercolour washes over a pencil drawing, with the paper left to shine.", nil},
	{"artistic", "Artistic", "Oil on canvas: broad strokes first, the finest ones kept for eyes and mouth.", nil},
}

// grounds as the catalogue has them.
var grounds = []Ground{{"", "As the style likes it"}, {"none", "None"}, {"soft", "Soft"}, {"edge", "Painted edge"}, {"plain", "Plain colour"}}

// inks as the catalogue has them.
var inks = []Ink{{"graphite", "Graphite"}, {"sanguine", "Red chalk"}, {"blue-pencil", "Blue pencil"}, {"pen", "Pen"}}

// house is the whole site on a fake studio and a fake door.
type house struct {
	*fake
	people *people
	post   *post
	log    *bytes.Buffer
	site   http.Handler
	ui     *ui.UI
	url    string
	plain  *site
}

type option func(*Config)

func newHouse(t testing.TB, options ...option) *house {
	t.Helper()
	looks, err := ui.New()
	must(t, err)
	promises, err := studios.Portrait()
	must(t, err)
	h := &house{fake: newFake(noon), post: &post{kept: true}, log: &bytes.Buffer{}, ui: looks, url: "http://localhost:8080"}
	public, err := url.Parse(h.url)
	must(t, err)
	now := func() time.Time { return noon }
	h.people = newPeople(func() time.Time { return now() })
	gate, err := edge.New(edge.Config{PublicURL: public, Sessions: h.people, Visit: time.Hour, UI: looks, Log: slog.New(slog.NewJSONHandler(&lockedWriter{w: h.log}, nil))})
	must(t, err)
	c := Config{Edge: gate, UI: looks, Studio: h.fake, Policy: promises, Styles: styles, Inks: inks, Grounds: grounds, Now: now,
		Ready: func(context.Context) error { return nil }, Accounts: h.people, Leave: h.people.leave, Keys: h.people, Letters: h.post}
	for _, o := range options {
		o(&c)
	}
	now = c.Now
	h.site, err = New(c)
	must(t, err)
	h.plain = &site{Config: c, texts: looks.Texts()} // for pages and sentences, not for requests
	return h
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// visitor is a browser with its cookies.
type visitor struct {
	t      testing.TB
	h      *house
	cookie *http.Cookie // of the session
	owner  uuid.UUID    // who signed in
	accept string
	from   string // host and port; empty means httptest's own
}

func (h *house) visitor(t testing.TB) *visitor { return &visitor{t: t, h: h, accept: "text/html"} }

// reply is an answer that was read to its end.
type reply struct {
	StatusCode int
	Header     http.Header
	Body       string
	Cookies    []*http.Cookie
}

func (v *visitor) do(r *http.Request) reply {
	v.t.Helper()
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", v.accept)
	}
	if v.from != "" {
		r.RemoteAddr = v.from
	}
	w := httptest.NewRecorder()
	v.h.site.ServeHTTP(w, r)
	res := w.Result()
	defer res.Body.Close()
	got := reply{StatusCode: res.StatusCode, Header: res.Header, Body: w.Body.String(), Cookies: res.Cookies()}
	for _, c := range got.Cookies {
		switch {
		case !strings.HasSuffix(c.Name, "easel"):
		case c.MaxAge < 0:
			v.cookie = nil
		default:
			v.cookie = c
		}
	}
	return got
}

func (v *visitor) get(path string) reply {
	v.t.Helper()
	return v.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (v *visitor) post(path string, form url.Values) reply {
	v.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(r)
}

// photo makes the form that brings one. Fields come in the order given: name, value; "photo" is a file.
func photoForm(t testing.TB, fields ...string) (*bytes.Buffer, string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] != "photo" {
			must(t, form.WriteField(fields[i], fields[i+1]))
			continue
		}
		name := "Ana"
		if fields[i+1] == "" {
			name = ""
		}
		file, err := form.CreateFormFile("photo", name)
		must(t, err)
		_, err = io.WriteString(file, fields[i+1])
		must(t, err)
	}
	must(t, form.Close())
	return &b, form.FormDataContentType()
}

func (v *visitor) bring(fields ...string) reply {
	v.t.Helper()
	body, kind := photoForm(v.t, fields...)
	r := httptest.NewRequest(http.MethodPost, "/portrait/", body)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(r)
}

// signs in as somebody new.
func (v *visitor) signs() *visitor {
	v.t.Helper()
	v.owner = v.h.people.add(uuid.NewString()+"@example.com", "four sheep in a boat")
	v.cookie = &http.Cookie{Name: "easel", Value: v.h.people.open(v.owner, account.Client{}).Token}
	return v
}

// guest is a visitor who has signed in.
func (h *house) guest(t testing.TB) *visitor { return h.visitor(t).signs() }

// seated is somebody who has signed in and brought a photo; it returns the photo's address.
func (v *visitor) seated() string {
	v.t.Helper()
	if v.cookie == nil {
		v.signs()
	}
	res := v.bring("statement", "yes", "photo", "bytes")
	if res.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("the photo was not taken: %d %s", res.StatusCode, res.Body)
	}
	return res.Header.Get("Location")
}

func jpegOf(w, h int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / w), uint8(y * 255 / h), 120, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}
