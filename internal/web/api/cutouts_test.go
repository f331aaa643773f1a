package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/memory"
	"easel/internal/sandbox"
	"easel/internal/sitter"
	"easel/internal/web/api"
)

// sessions is where the cutout studio is.
const sessions = "/api/v1/cutouts"

// codes has codes with so many uses left.
type codes struct {
	mu   sync.Mutex
	left map[string]int
	open map[uuid.UUID]string
}

func (c *codes) Begin(_ context.Context, typed string) (uuid.UUID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left[typed] < 1 {
		return uuid.Nil, fault.New(fault.Refused, "This code opens nothing.")
	}
	use := uuid.New()
	c.left[typed]--
	c.open[use] = typed
	return use, nil
}

func (c *codes) End(_ context.Context, use uuid.UUID, delivered bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !delivered {
		c.left[c.open[use]]++
	}
	delete(c.open, use)
	return nil
}

func (c *codes) check(t *testing.T, code string, want int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left[code] != want || len(c.open) > 0 {
		t.Errorf("%s has %d uses left and %d are open, want %d", code, c.left[code], len(c.open), want)
	}
}

func booth(t *testing.T) (*api.Booth, *codes) {
	t.Helper()
	store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 64 << 20, Each: 32 << 20, Sessions: 8})
	if err != nil {
		t.Fatal(err)
	}
	studio, err := cutout.New(cutout.Config{Workers: 1, Waiting: 16, Photos: 4}, store, sandbox.New(sandbox.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := studio.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &codes{left: map[string]int{"ONE": 1, "MANY": 5}, open: map[uuid.UUID]string{}}
	return &api.Booth{Studio: studio, Codes: c}, c
}

// guest is a program with a session.
type guest struct {
	*house

	id, secret string
}

func (h *house) guest() *guest {
	h.Helper()
	w := (&guest{house: h}).ask("POST", "", strings.NewReader(`{"statement":"yes"}`))
	s := read[api.CutoutSession](h.T, w, http.StatusCreated)
	if s.ID == "" || s.Secret == "" || time.Until(s.EndsAt) < time.Minute {
		h.Fatalf("the session is %+v", s)
	}
	return &guest{h, s.ID, s.Secret}
}

// ask sends a request below the sessions, with the secret, if there is one.
func (g *guest) ask(method, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	g.Helper()
	r := httptest.NewRequest(method, sessions+path, body)
	r.Header.Set("Cookie", "easel=somebody")
	if g.secret != "" {
		r.Header.Set("Authorization", "Bearer "+g.secret)
	}
	if body != nil && len(header) == 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	if len(w.Header().Values("Set-Cookie")) > 0 {
		g.Errorf("%s %s sets a cookie", method, path)
	}
	return w
}

// at is an address in the session.
func (g *guest) at(path string) string { return "/" + g.id + path }

// bring sends files as one form.
func (g *guest) bring(kind string, files ...[]byte) *httptest.ResponseRecorder {
	g.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("kind", kind) // into memory
	for range files {
		part, _ := form.CreateFormFile("photo", "Holiday.png")
		_, _ = part.Write(files[0])
		files = files[1:]
	}
	_ = form.Close()
	return g.ask("POST", g.at("/photos"), &body, "Content-Type", form.FormDataContentType())
}

// settled waits until nothing is worked on.
func (g *guest) settled() []api.Cutout {
	g.Helper()
	for {
		s := read[api.CutoutSession](g.T, g.ask("GET", g.at(""), nil), http.StatusOK)
		live := slices.ContainsFunc(s.Photos, func(p api.Cutout) bool { return p.State == "waiting" || p.State == "working" })
		if !live {
			return s.Photos
		}
		g.ask("GET", g.at("?wait=1"), nil)
	}
}

// TestACutoutByAProgram goes the whole way: several photos, a file that is none, hints, another ground, previews, one file and a
// ZIP for codes, the end.
func TestACutoutByAProgram(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	g := h.guest()
	brought := read[api.Brought](t, g.bring("background", sitter.Ball(t), []byte("no photo"), sitter.Ball(t)), http.StatusCreated)
	if len(brought.Photos) != 2 || len(brought.Refused) != 1 || brought.Refused[0].Name != "Holiday.png" || brought.Refused[0].Say == "" {
		t.Fatalf("brought is %+v", brought)
	}
	all := g.settled()
	first := "/photos/" + all[0].ID
	for what, w := range map[string]*httptest.ResponseRecorder{"view": g.ask("GET", g.at(first+"/view"), nil), "preview": g.ask("GET", g.at(first+"/preview"), nil)} {
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "image/") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("the %s answers %d, %v", what, w.Code, w.Header())
		}
	}
	problem(t, g.ask("GET", g.at(first+"/mask"), nil), http.StatusNotFound)

	read[api.Cutout](t, g.ask("POST", g.at(first+"/hints"), body(`{"strokes":[{"keep":true,"radius":5,"points":[[80,70],[84,72]]}],"box":{"x0":40,"y0":30,"x1":120,"y1":110}}`)), http.StatusAccepted)
	if all = g.settled(); all[0].State != "ready" || all[0].Hints != 2 {
		t.Errorf("after hints it is %+v", all[0])
	}
	read[api.Cutout](t, g.ask("POST", g.at(first+"/undo"), nil), http.StatusAccepted)
	read[api.Cutout](t, g.ask("PUT", g.at(first+"/ground"), body(`{"kind":"plain","colour":"#0000ff","shadow":true}`)), http.StatusAccepted)
	g.settled()
	read[api.Cutout](t, g.ask("PUT", g.at(first+"/ground/picture?shadow=true"), bytes.NewReader(sitter.Ball(t)), "Content-Type", "image/png"), http.StatusAccepted)
	if all = g.settled(); all[0].State != "ready" || all[0].Ground != "picture" {
		t.Errorf("before a picture it is %+v", all[0])
	}
	problem(t, g.ask("POST", g.at(first+"/cancel"), nil), http.StatusConflict)

	problem(t, g.ask("POST", g.at(first+"/file"), body(`{"code":"NONE"}`)), http.StatusUnprocessableEntity)
	w := g.ask("POST", g.at(first+"/file"), body(`{"code":"ONE","format":"png"}`))
	img, err := png.Decode(w.Body)
	if w.Code != http.StatusOK || err != nil || img.Bounds().Dx() != 160 || !strings.Contains(w.Header().Get("Content-Disposition"), "Holiday-background.png") {
		t.Fatalf("a good code answers %d, %v, %v", w.Code, w.Header(), err)
	}
	h.codes.check(t, "ONE", 0)
	w = g.ask("POST", g.at("/archive"), body(`{"code":"MANY","format":"jpeg"}`)) // one of the two is unlocked already
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if w.Code != http.StatusOK || err != nil || len(z.File) != 2 || z.File[0].Name != "Holiday-background.jpg" || z.File[1].Name != "Holiday-background-2.jpg" {
		t.Fatalf("the archive answers %d, %v, %v", w.Code, err, w.Header())
	}
	h.codes.check(t, "MANY", 4)
	if w := g.ask("POST", g.at("/archive"), body(`{}`)); w.Code != http.StatusOK {
		t.Errorf("getting it again answers %d", w.Code)
	}
	if w := g.ask("DELETE", g.at(first), nil); w.Code != http.StatusNoContent {
		t.Errorf("removing answers %d", w.Code)
	}
	if w := g.ask("DELETE", g.at(""), nil); w.Code != http.StatusNoContent {
		t.Errorf("the end answers %d", w.Code)
	}
	problem(t, g.ask("GET", g.at(""), nil), http.StatusNotFound)
	for _, secret := range []string{g.id, g.secret, all[0].ID, "Holiday"} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestACrowdByAProgram(t *testing.T) {
	t.Parallel()
	g := newHouse(t).guest()
	read[api.Brought](t, g.bring("crowd", sitter.Ball(t)), http.StatusCreated)
	all := g.settled()
	at := g.at("/photos/" + all[0].ID)
	if all[0].State != "asking" || !all[0].Mask || all[0].Preview {
		t.Fatalf("before anything is filled it is %+v", all[0])
	}
	if w := g.ask("GET", at+"/mask", nil); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("the mask answers %d, %v", w.Code, w.Header())
	}
	read[api.Cutout](t, g.ask("POST", at+"/hints", body(`{"strokes":[{"keep":false,"radius":8,"points":[[64,70],[96,70]]}]}`)), http.StatusAccepted)
	g.settled()
	read[api.Cutout](t, g.ask("POST", at+"/fill", nil), http.StatusAccepted)
	if all = g.settled(); all[0].State != "ready" || !all[0].Preview {
		t.Errorf("after filling it is %+v", all[0])
	}
}

// TestStrangersToASession asks at every address of the document for somebody else's session: without a secret, with a wrong one
// and with one's own. The answer is always the one that nobody's session gets.
func TestStrangersToASession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, b := h.guest(), h.guest()
	photo := read[api.Brought](t, a.bring("background", sitter.Ball(t)), http.StatusCreated).Photos[0].ID
	a.settled()
	read[api.Brought](t, b.bring("background", sitter.Ball(t)), http.StatusCreated)
	b.settled()
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(h.api.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{"/file": `{"code":"MANY"}`, "/archive": `{"code":"MANY"}`, "/ground": `{"kind":"plain","colour":"#ffffff"}`,
		"/hints": `{"strokes":[{"keep":true,"radius":3,"points":[[9,9]]}]}`}
	asked := 0
	for path, methods := range doc.Paths {
		rest, ours := strings.CutPrefix(path, sessions)
		if !ours || !strings.Contains(rest, "{id}") {
			continue
		}
		for method := range methods {
			say := func(id, secret string) string {
				asked++
				at := strings.NewReplacer("{id}", id, "{photo}", photo).Replace(rest)
				w := (&guest{house: h, secret: secret}).ask(strings.ToUpper(method), at, body(said[path[strings.LastIndex(path, "/"):]]))
				p := problem(t, w, http.StatusNotFound)
				return p.Kind + p.Detail
			}
			nobodys := say("nobody", b.secret)
			for _, secret := range []string{"", "x", b.secret, strings.Repeat("A", 43), a.secret + "A"} {
				if got := say(a.id, secret); got != nobodys {
					t.Errorf("%s %s with another secret says %q, and of nobody's session %q", method, path, got, nobodys)
				}
			}
			if strings.Contains(rest, "{photo}") { // their photo, in one's own session
				if got := say(b.id, b.secret); !strings.HasPrefix(got, "missing") {
					t.Errorf("%s %s of another's photo says %q", method, path, got)
				}
			}
		}
	}
	if asked < 60 {
		t.Errorf("only %d requests were tried", asked)
	}
	if all := a.settled(); len(all) != 1 || all[0].State != "ready" || all[0].Hints != 0 || all[0].Unlocked {
		t.Errorf("A's photo is %+v", all)
	}
	h.codes.check(t, "MANY", 5)
}

// Whatever bytes arrive, the answer is a problem that says what is wrong.
func TestHostileBytesToASession(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *api.Config) { c.Bytes = 1 << 20 })
	g := h.guest()
	photo := read[api.Brought](t, g.bring("background", sitter.Ball(t)), http.StatusCreated).Photos[0].ID
	g.settled()
	at := g.at("/photos/" + photo)
	bomb := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x06\x00\x00\x00"), make([]byte, 500)...)
	many := strings.Repeat("[1,1],", 2000)
	for name, c := range map[string]struct {
		method, path, kind, body string
		status                   int
	}{
		"no JSON":               {"POST", at + "/hints", "application/json", "\x00\xff{", 400},
		"nothing":               {"POST", at + "/hints", "application/json", "", 400},
		"no hint":               {"POST", at + "/hints", "application/json", "{}", 400},
		"another shape":         {"POST", at + "/hints", "application/json", `{"strokes":[{"keep":"yes"}]}`, 400},
		"a stroke outside":      {"POST", at + "/hints", "application/json", `{"strokes":[{"keep":true,"radius":3,"points":[[99999999,-1]]}]}`, 400},
		"numbers without end":   {"POST", at + "/hints", "application/json", `{"strokes":[{"keep":true,"radius":1e999,"points":[[1,1]]}]}`, 400},
		"points without end":    {"POST", at + "/hints", "application/json", `{"strokes":[{"keep":true,"radius":3,"points":[` + many + `[1,1]]}]}`, 400},
		"a body without end":    {"POST", at + "/hints", "application/json", strings.Repeat(" ", 200_000), 413},
		"deep JSON":             {"POST", at + "/hints", "application/json", strings.Repeat("[", 50_000), 400},
		"a box, and that":       {"POST", at + "/hints", "application/json", `{"box":{"x0":40,"y0":30,"x1":120,"y1":110},"strokes":[{"keep":true,"radius":3,"points":[[-1,-1]]}]}`, 400},
		"bends without end":     {"POST", at + "/hints", "application/json", `{"strokes":[{"keep":true,"radius":3,"points":[` + strings.Repeat("[0,9],[150,90],", 600) + `[1,1]]}]}`, 400},
		"an empty box":          {"POST", at + "/hints", "application/json", `{"box":{"x0":5,"y0":5,"x1":5,"y1":5}}`, 400},
		"no such ground":        {"PUT", at + "/ground", "application/json", `{"kind":"mirror"}`, 400},
		"a picture never sent":  {"PUT", at + "/ground", "application/json", `{"kind":"picture"}`, 400},
		"no colour":             {"PUT", at + "/ground", "application/json", `{"kind":"plain","colour":"red"}`, 400},
		"a ground of text":      {"PUT", at + "/ground/picture", "image/png", "text", 400},
		"a ground of nothing":   {"PUT", at + "/ground/picture", "image/png", "", 400},
		"a bomb":                {"PUT", at + "/ground/picture", "image/png", string(bomb), 413},
		"a ground without end":  {"PUT", at + "/ground/picture", "image/png", strings.Repeat("x", 3<<20), 413},
		"no form":               {"POST", g.at("/photos"), "application/json", "{}", 400},
		"a form of nothing":     {"POST", g.at("/photos"), "multipart/form-data; boundary=b", "--b--\r\n", 400},
		"half a form":           {"POST", g.at("/photos"), "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=photo; filename=x\r\n\r\n\x89PNG", 400},
		"a form without bounds": {"POST", g.at("/photos"), "multipart/form-data", "x", 400},
		"no code":               {"POST", at + "/file", "application/json", "{}", 422},
		"code of bytes":         {"POST", at + "/file", "application/json", `{"code":"\u0000\uffff"}`, 422},
		"no such format":        {"POST", at + "/file", "application/json", `{"code":"MANY","format":"exe"}`, 400},
		"a field of its own":    {"POST", at + "/file", "application/json", `{"free":true}`, 400},
		"photos of nobody":      {"POST", g.at("/archive"), "application/json", `{"code":"MANY","photos":["x"]}`, 404},
		"no statement":          {"POST", "", "application/json", `{}`, 400},
		"another word":          {"POST", "", "application/json", `{"statement":"no"}`, 400},
		"a number too long":     {"GET", g.at("?wait=99999999999999999999"), "", "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			var b io.Reader
			if c.kind != "" {
				b = strings.NewReader(c.body)
			}
			w := g.ask(c.method, c.path, b, "Content-Type", c.kind)
			problem(t, w, c.status)
		})
	}
	if all := g.settled(); len(all) != 1 || all[0].State != "ready" || all[0].Hints != 0 {
		t.Errorf("the photo is %+v", all)
	}
	h.codes.check(t, "MANY", 5)
}

// cutOff is a connection that ends in the middle of the second picture of a ZIP.
type cutOff struct {
	*httptest.ResponseRecorder

	flushed int
}

var errCutOff = errors.New("cut off")

func (c *cutOff) FlushError() error {
	if c.flushed++; c.flushed > 1 {
		return errCutOff
	}
	return nil
}

// Of a ZIP that breaks, what was handed over is paid for and unlocked; the rest costs nothing.
func TestABrokenArchiveCostsWhatArrived(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	g := h.guest()
	read[api.Brought](t, g.bring("background", sitter.Ball(t), sitter.Ball(t)), http.StatusCreated)
	g.settled()
	problem(t, g.ask("POST", g.at("/archive"), body(`{"code":"ONE"}`)), http.StatusUnprocessableEntity)
	h.codes.check(t, "ONE", 1)
	r := httptest.NewRequest(http.MethodPost, sessions+g.at("/archive"), body(`{"code":"ONE, MANY"}`))
	r.Header.Set("Authorization", "Bearer "+g.secret)
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint,err113 // a panic's value
				t.Errorf("half an archive ended with %v", fmt.Sprint(p))
			}
		}()
		h.handler.ServeHTTP(&cutOff{ResponseRecorder: httptest.NewRecorder()}, r)
	}()
	h.codes.check(t, "ONE", 0)
	h.codes.check(t, "MANY", 5)
	if all := g.settled(); !all[0].Unlocked || all[1].Unlocked {
		t.Errorf("unlocked are %v and %v", all[0].Unlocked, all[1].Unlocked)
	}
}
