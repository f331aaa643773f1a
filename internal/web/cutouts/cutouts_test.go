package cutouts_test

import (
	"bytes"
	"context"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/memory"
	"easel/internal/sandbox"
	"easel/internal/sitter"
	"easel/internal/web/cutouts"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
	"easel/studios"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	m.Run()
}

// codes knows one code, and counts how its uses ended.
type codes struct {
	mu               sync.Mutex
	begun, ok, again int
}

func (c *codes) Begin(_ context.Context, typed string) (uuid.UUID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if typed != "GOOD" {
		return uuid.Nil, fault.New(fault.Refused, "This code is not known here.")
	}
	c.begun++
	return uuid.New(), nil
}

func (c *codes) End(_ context.Context, _ uuid.UUID, delivered bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if delivered {
		c.ok++
	} else {
		c.again++
	}
	return nil
}

// nobody signs in here.
type nobody struct{}

func (nobody) Find(context.Context, string) (account.Caller, bool, error) {
	return account.Caller{}, false, fault.New(fault.Internal, "the studio asked who is looking")
}

type house struct {
	t     *testing.T
	site  http.Handler
	codes *codes
}

func newHouse(t *testing.T) *house {
	t.Helper()
	look, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	all, err := studios.Load(studios.Files())
	if err != nil {
		t.Fatal(err)
	}
	e, err := edge.New(edge.Config{PublicURL: &url.URL{Scheme: "http", Host: "example.com"}, Sessions: nobody{}, Visit: time.Hour, UI: look, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 64 << 20, Each: 32 << 20, Sessions: 8})
	if err != nil {
		t.Fatal(err)
	}
	studio, err := cutout.New(cutout.Config{Workers: 1, Waiting: 8, Photos: 4}, store, sandbox.New(sandbox.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := studio.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{t: t, codes: &codes{}}
	for _, s := range all {
		if s.Name == "cutout" {
			h.site, err = cutouts.New(cutouts.Config{Edge: e, UI: look, Studio: studio, Codes: h.codes, Policy: s, Bytes: 1 << 20, Tries: edge.NewLimiter(3, time.Hour)})
		}
	}
	if err != nil || h.site == nil {
		t.Fatal("the studio is not declared: ", err)
	}
	return h
}

func (h *house) send(r *http.Request) *httptest.ResponseRecorder {
	h.t.Helper()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Cookie", "easel=somebody")
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	if c := w.Header().Values("Set-Cookie"); len(c) > 0 {
		h.t.Errorf("%s %s sets a cookie", r.Method, r.URL.Path)
	}
	if w.Header().Get("Referrer-Policy") != "no-referrer" {
		h.t.Errorf("%s %s lets its address be told", r.Method, r.URL.Path)
	}
	return w
}

func (h *house) post(path string, form url.Values) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.send(r)
}

func (h *house) bring(fields map[string]string, photo []byte) *httptest.ResponseRecorder {
	h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range []string{"session", "secret", "kind", "statement"} {
		if fields[name] != "" {
			_ = w.WriteField(name, fields[name]) // into memory
		}
	}
	if photo != nil {
		part, err := w.CreateFormFile("photo", "ball.png")
		if err != nil {
			h.t.Fatal(err)
		}
		_, _ = part.Write(photo) // into memory
	}
	_ = w.Close() // into memory
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, "/cutout/", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return h.send(r)
}

var (
	sessionField = regexp.MustCompile(`name="session" value="([^"]+)"`)
	secretField  = regexp.MustCompile(`name="secret" value="([^"]+)"`)
	photoField   = regexp.MustCompile(`name="photo" value="([^"]+)"`)
	pass         = regexp.MustCompile(`/cutout/picture/[^"]+`)
)

// brought brings a ball and returns the fields that its page's forms have, once it is no longer worked on.
func (h *house) brought() (url.Values, string) {
	h.t.Helper()
	w := h.bring(map[string]string{"kind": "background", "statement": "yes"}, sitter.Ball(h.t))
	page := w.Body.String()
	s, k, p := sessionField.FindStringSubmatch(page), secretField.FindStringSubmatch(page), photoField.FindStringSubmatch(page)
	if w.Code != http.StatusOK || s == nil || k == nil || p == nil {
		h.t.Fatalf("bringing a photo answers %d:\n%s", w.Code, page)
	}
	form := url.Values{"session": {s[1]}, "secret": {k[1]}, "photo": {p[1]}}
	for strings.Contains(page, "data-working") {
		page = h.post("/cutout/wait", form).Body.String()
	}
	return form, page
}

func TestAPhotoIsBroughtAndOpened(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form, page := h.brought()
	if !strings.Contains(page, "checks") {
		t.Fatalf("no result is shown:\n%s", page)
	}
	if strings.Contains(pass.FindString(page), form.Get("secret")) || strings.Contains(page, "?") && strings.Contains(page, "secret=") {
		t.Error("the secret stands in an address")
	}
	w := h.send(httptest.NewRequestWithContext(t.Context(), http.MethodGet, pass.FindString(page), nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the preview answers %d, %v", w.Code, w.Header())
	}
	form.Set("format", "png")
	form.Set("code", "BAD")
	if w := h.post("/cutout/download", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "not known here") {
		t.Errorf("a wrong code answers %d", w.Code)
	}
	form.Set("code", "GOOD")
	w = h.post("/cutout/download", form)
	img, err := png.Decode(w.Body)
	if w.Code != http.StatusOK || err != nil || img.Bounds().Dx() != 160 || !strings.Contains(w.Header().Get("Content-Disposition"), "ball-background.png") {
		t.Fatalf("a good code answers %d, %v, %v", w.Code, w.Header(), err)
	}
	form.Del("code")
	if w := h.post("/cutout/download", form); w.Code != http.StatusOK {
		t.Errorf("getting it again answers %d", w.Code)
	}
	if h.codes.begun != 1 || h.codes.ok != 1 || h.codes.again != 0 {
		t.Errorf("codes were begun %d times, spent %d and given back %d", h.codes.begun, h.codes.ok, h.codes.again)
	}
	other := url.Values{"session": form["session"], "secret": {strings.Repeat("A", 43)}}
	if w := h.post("/cutout/end", other); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "session is wiped") || !strings.Contains(w.Body.String(), "no such session") {
		t.Errorf("the end with a wrong secret answers %d: %s", w.Code, w.Body)
	}
	if w := h.post("/cutout/wait", form); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "easel-clock") || !strings.Contains(w.Body.String(), "Deleted in 1 h") {
		t.Errorf("after that the session answers %d: %s", w.Code, w.Body)
	}
	if w := h.post("/cutout/end", form); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "session is wiped") {
		t.Errorf("the end answers %s", w.Body)
	}
	if w := h.post("/cutout/wait", form); w.Code != http.StatusNotFound {
		t.Errorf("after the end the session answers %d", w.Code)
	}
}

// broken is a connection that ends in the middle of the picture.
type broken struct{ *httptest.ResponseRecorder }

func (b broken) Write(p []byte) (int, error) { return len(p) / 2, io.ErrClosedPipe }

// A code is spent by a delivered picture only.
func TestABrokenDownloadGivesTheCodeBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form, _ := h.brought()
	form.Set("code", "GOOD")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/cutout/download", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint,err113 // a panic's value
				t.Errorf("half a picture ended with %v", p)
			}
		}()
		h.site.ServeHTTP(broken{httptest.NewRecorder()}, r)
	}()
	if h.codes.begun != 1 || h.codes.ok != 0 || h.codes.again != 1 {
		t.Errorf("codes were begun %d times, spent %d and given back %d", h.codes.begun, h.codes.ok, h.codes.again)
	}
}

func TestPointingAndChanging(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form, _ := h.brought()
	for name, c := range map[string]struct {
		fields map[string]string
		status int
		has    string
	}{
		"a stroke":           {map[string]string{"do": "draw", "strokes": "keep 6 80,70 90,75"}, 200, `value="undo"`},
		"a press":            {map[string]string{"tap.x": "150", "tap.y": "130", "wide": "320"}, 200, `value="undo"`},
		"a press by key":     {map[string]string{"tap.x": "0", "tap.y": "0", "wide": "320"}, 400, "did not say where"},
		"a box":              {map[string]string{"do": "box", "x0": "30", "y0": "20", "x1": "130", "y1": "120"}, 200, `value="undo"`},
		"a line":             {map[string]string{"do": "line", "x0": "80", "y0": "30", "x1": "82", "y1": "110", "brush": "keep"}, 200, `value="undo"`},
		"a line outside":     {map[string]string{"do": "line", "x0": "80", "y0": "30", "x1": "999", "y1": "110"}, 400, "inside the photo"},
		"a line of words":    {map[string]string{"do": "line", "x0": "left"}, 400, "four whole numbers"},
		"a colour":           {map[string]string{"do": "ground", "ground": "plain", "colour": "#102030", "shadow": "yes"}, 200, "#102030"},
		"strokes of nothing": {map[string]string{"do": "draw", "strokes": "paint 6 1,1"}, 400, "Draw it again"},
		"endless strokes":    {map[string]string{"do": "draw", "strokes": "keep 6 " + strings.Repeat("1,1 ", 15_100)}, 413, ""},
		"a stroke outside":   {map[string]string{"do": "draw", "strokes": "keep 6 999,1"}, 400, "outside the photo"},
		"no numbers":         {map[string]string{"do": "box", "x0": "a"}, 400, "four whole numbers"},
		"no colour":          {map[string]string{"do": "ground", "ground": "plain", "colour": "red"}, 400, "no colour"},
		"no such ground":     {map[string]string{"do": "ground", "ground": "mirror"}, 400, "Choose what stands behind"},
		"no press":           {map[string]string{"do": "dance"}, 400, "Draw it again"},
		"filling a cutout":   {map[string]string{"do": "fill"}, 409, "nothing to fill"},
	} {
		t.Run(name, func(t *testing.T) {
			all := url.Values{}
			for k, v := range form {
				all[k] = v
			}
			for k, v := range c.fields {
				all.Set(k, v)
			}
			w := h.post("/cutout/do", all)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
				t.Errorf("it answers %d, want %d with %q:\n%s", w.Code, c.status, c.has, w.Body)
			}
		})
	}
	form.Set("do", "remove")
	if w := h.post("/cutout/do", form); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `section class="cut"`) {
		t.Errorf("after removing it the page answers %d with the photo", w.Code)
	}
}

func TestTheDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.send(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/cutout/", nil))
	page := w.Body.String()
	for _, want := range []string{"30 minutes", "I may use this photo", "passing a changed photo off", `enctype="multipart/form-data"`, `accept="image/jpeg,image/png,image/webp,image/avif"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the door does not say %q", want)
		}
	}
	for name, c := range map[string]struct {
		fields map[string]string
		photo  []byte
		status int
		has    string
	}{
		"no statement":   {map[string]string{"kind": "background"}, sitter.Ball(t), 400, "tick the statement"},
		"no photo":       {map[string]string{"kind": "background", "statement": "yes"}, nil, 400, "No photo arrived"},
		"no picture":     {map[string]string{"kind": "background", "statement": "yes"}, []byte("text"), 400, ""},
		"too large":      {map[string]string{"kind": "background", "statement": "yes"}, make([]byte, 3<<20), 413, ""},
		"unknown wish":   {map[string]string{"kind": "sky", "statement": "yes"}, sitter.Ball(t), 400, "Choose what to take out"},
		"a lost session": {map[string]string{"session": "X", "secret": "Y", "kind": "crowd"}, sitter.Ball(t), 404, "may have ended"},
	} {
		t.Run(name, func(t *testing.T) {
			w := h.bring(c.fields, c.photo)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
				t.Errorf("it answers %d, want %d with %q:\n%s", w.Code, c.status, c.has, w.Body)
			}
			if sessionField.MatchString(w.Body.String()) {
				t.Error("a session began, in which there is nothing")
			}
			if ticked := strings.Contains(w.Body.String(), `value="yes" required checked`); c.status == 400 && ticked != (c.fields["statement"] == "yes") {
				t.Errorf("that the statement was ticked is shown as %v", ticked)
			}
		})
	}
	for _, path := range []string{"/cutout/picture/x", "/cutout/nothing", "/cutout/picture/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if w := h.send(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)); w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
}

func TestGuessingCodesIsSlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form, _ := h.brought()
	form.Set("code", "BAD")
	var last *httptest.ResponseRecorder
	for range 4 {
		last = h.post("/cutout/download", form)
	}
	if last.Code != http.StatusTooManyRequests || last.Header().Get("Retry-After") == "" {
		t.Errorf("the fourth wrong code answers %d, %v", last.Code, last.Header())
	}
}
