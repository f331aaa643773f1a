package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/ui"
)

// nobody is a session store that knows one token.
type nobody struct{ owner uuid.UUID }

func (n nobody) Find(_ context.Context, token string) (account.Caller, bool, error) {
	return account.Caller{Owner: n.owner}, token == "known", nil
}

var someone = uuid.MustParse("7c7f8a52-5d0f-4c3c-8a43-0a7c2f8f6f01")

func newEdge(t testing.TB, public string, log io.Writer) *Edge {
	t.Helper()
	u, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	looks, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{PublicURL: u, Sessions: nobody{someone}, Visit: 30 * 24 * time.Hour, UI: looks, Log: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A handler that shows its own page about an error has our mistakes logged as if it had none.
func TestOurMistakesAreReported(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := newEdge(t, "https://easel.test", &log)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	e.Report(r, nil)
	e.Report(r, fault.New(fault.Invalid, "Type it again."))
	gone, leave := context.WithCancel(t.Context())
	leave()
	e.Report(r.WithContext(gone), fmt.Errorf("read: %w", context.Canceled))
	if log.Len() > 0 {
		t.Errorf("what nobody has to mend is logged: %s", &log)
	}
	e.Report(r, errors.New("the disk is gone"))
	if !strings.Contains(log.String(), "the disk is gone") {
		t.Errorf("the log says %s", &log)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	good := newEdge(t, "https://easel.test", io.Discard).Config
	for name, spoil := range map[string]func(*Config){
		"no url":         func(c *Config) { c.PublicURL = nil },
		"no host":        func(c *Config) { c.PublicURL = &url.URL{Scheme: "https"} },
		"strange scheme": func(c *Config) { c.PublicURL = &url.URL{Scheme: "ftp", Host: "a"} },
		"proxies":        func(c *Config) { c.Proxies = -1 },
		"no log":         func(c *Config) { c.Log = nil },
		"no sessions":    func(c *Config) { c.Sessions = nil },
		"no visit":       func(c *Config) { c.Visit = 0 },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Every kind of fault has its status, its sentence and never its cause.
func TestFaults(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]int{fault.Internal: 500, fault.Invalid: 400, fault.Missing: 404, fault.Denied: 403, fault.Unpaid: 402,
		fault.Conflict: 409, fault.TooLarge: 413, fault.Refused: 422, fault.Busy: 503}
	for _, kind := range fault.Kinds {
		var log bytes.Buffer
		e := newEdge(t, "http://localhost", &log)
		mux := http.NewServeMux()
		mux.Handle("GET /x", e.Handle(func(http.ResponseWriter, *http.Request) error {
			return fault.Wrap(errors.New("secret cause"), kind, "Say this.")
		}))
		site := e.Serve(mux)
		for _, accept := range []string{"text/html,*/*", "*/*", ""} {
			w := ask(site, "GET", "/x", accept)
			body := w.Body.String()
			if w.Code != want[kind] || !strings.Contains(body, "Say this.") || strings.Contains(body, "secret") {
				t.Errorf("%v for %q: %d %s", kind, accept, w.Code, body)
			}
			if page := strings.Contains(body, "<h1"); page != (accept == "text/html,*/*") {
				t.Errorf("%v for %q: a page: %v", kind, accept, page)
			}
			if w.Header().Get("Cache-Control") != "no-store" || (w.Header().Get("Retry-After") == "") != (kind != fault.Busy) {
				t.Errorf("%v: headers %v", kind, w.Header())
			}
		}
		if logged := strings.Contains(log.String(), "secret cause"); logged != (kind == fault.Internal) {
			t.Errorf("%v: the cause is in the log: %v", kind, logged)
		}
	}
}

func ask(site http.Handler, method, path, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}

func TestProblem(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	w := ask(e.Serve(http.NewServeMux()), "GET", "/nowhere", "application/json")
	var doc map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || doc["status"] != 404.0 || doc["title"] != "Not Found" || doc["request"] != w.Header().Get("Request-Id") {
		t.Errorf("%v %v", w.Header(), doc)
	}
}

func TestPanicsAnswerOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := newEdge(t, "http://localhost", &log)
	mux := http.NewServeMux()
	mux.Handle("GET /early", e.Handle(func(http.ResponseWriter, *http.Request) error { panic("early") }))
	mux.Handle("GET /late", e.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = fmt.Fprint(w, "half")
		panic("late")
	}))
	site := e.Serve(mux)
	if w := ask(site, "GET", "/early", "text/html"); w.Code != 500 || strings.Contains(w.Body.String(), "early") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	func() {
		defer func() {
			if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				t.Error("half an answer was sent as a whole one")
			}
		}()
		ask(site, "GET", "/late", "text/html")
	}()
	if n := strings.Count(log.String(), "a handler panicked"); n != 2 {
		t.Errorf("%d panics in the log", n)
	}
}

func TestUnknownMethodsAndPaths(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	e := newEdge(t, "http://localhost", &log)
	mux := http.NewServeMux()
	mux.Handle("GET /thing/{id}", e.Handle(func(http.ResponseWriter, *http.Request) error { return nil }))
	site := e.Serve(mux)
	w := ask(site, "DELETE", "/thing/secret-id", "text/html")
	if w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), "GET") || !strings.Contains(w.Body.String(), "<h1") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := ask(site, "GET", "/other/secret-id", "text/html"); w.Code != 404 || !strings.Contains(w.Body.String(), "<h1") {
		t.Errorf("%d", w.Code)
	}
	if w := ask(site, "HEAD", "/other", "text/html"); w.Code != 404 || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d %s", w.Code, w.Body)
	}
	ask(site, "GET", "/thing/secret-id?name=secret-id", "text/html")
	ask(site, "SECRET-ID", "/thing/secret-id", "")
	if strings.Contains(strings.ToLower(log.String()), "secret-id") {
		t.Errorf("the log holds an address: %s", log.String())
	}
	if !strings.Contains(log.String(), "GET /thing/{id}") {
		t.Errorf("the log holds no route: %s", log.String())
	}
}

func TestForgedPosts(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "https://easel.test", io.Discard)
	mux := http.NewServeMux()
	mux.Handle("POST /do", e.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}))
	site := e.Serve(mux)
	for _, c := range []struct {
		site, origin string
		code         int
	}{
		{"same-origin", "https://easel.test", 204}, {"none", "", 204}, {"", "", 204}, {"", "https://easel.test", 204},
		{"cross-site", "https://evil.test", 403}, {"same-site", "https://other.easel.test", 403}, {"", "https://evil.test", 403}, {"", "null", 403},
	} {
		r := httptest.NewRequest(http.MethodPost, "/do", nil)
		r.Host = "internal:8080" // behind a proxy
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if w.Code != c.code {
			t.Errorf("%+v: %d", c, w.Code)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for public, hsts := range map[string]bool{"https://easel.test": true, "http://localhost:8080": false} {
		e := newEdge(t, public, io.Discard)
		h := ask(e.Serve(http.NewServeMux()), "GET", "/", "text/html").Header()
		csp := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "font-src 'self'",
			"connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: policy lacks %q", public, part)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") || strings.Contains(csp, "*") {
			t.Errorf("policy is open: %s", csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", public, name, h.Get(name))
			}
		}
		if (h.Get("Strict-Transport-Security") != "") != hsts {
			t.Errorf("%s: HSTS %q", public, h.Get("Strict-Transport-Security"))
		}
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]http.Cookie{
		"https://easel.test":    {Name: "__Host-easel", Secure: true},
		"http://localhost:8080": {Name: "easel", Secure: false},
	} {
		e := newEdge(t, public, io.Discard)
		w := httptest.NewRecorder()
		e.Enter(w, account.Session{Token: "fresh"})
		c := w.Result().Cookies()[0]
		if c.Name != want.Name || c.Secure != want.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Value != "fresh" {
			t.Errorf("%s: %v", public, c)
		}
		for value, known := range map[string]bool{"known": true, "other": false, "": false, strings.Repeat("k", 500): false} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.AddCookie(&http.Cookie{Name: want.Name, Value: value})
			owner, ok, err := e.Owner(r)
			if err != nil || ok != known || (ok && owner != someone) {
				t.Errorf("%s: %.10q: %v %v %v", public, value, owner, ok, err)
			}
		}
		other := httptest.NewRequest(http.MethodGet, "/", nil)
		other.AddCookie(&http.Cookie{Name: map[bool]string{true: "easel", false: "__Host-easel"}[want.Secure], Value: "known"})
		if _, ok, _ := e.Owner(other); ok {
			t.Errorf("%s: a cookie of the other name was taken", public)
		}
	}
}

// The policy says how long after the last visit; every page seen is a visit.
func TestTheCookieLastsAsLongAsTheVisit(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "https://easel.test", io.Discard)
	w := httptest.NewRecorder()
	e.Enter(w, account.Session{Token: "fresh"})
	if age := w.Result().Cookies()[0].MaxAge; age != 30*24*60*60 {
		t.Errorf("a new cookie lasts %d seconds", age)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", e.Handle(func(_ http.ResponseWriter, r *http.Request) error {
		_, _, err := e.Owner(r)
		return err
	}))
	site := e.Serve(mux)
	for _, c := range []struct {
		token, accept string
		renewed       bool
	}{{"known", "text/html", true}, {"known", "image/*", false}, {"stranger", "text/html", false}, {"", "text/html", false}} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", c.accept)
		if c.token != "" {
			r.AddCookie(&http.Cookie{Name: e.CookieName(), Value: c.token})
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		cookies := w.Result().Cookies()
		if (len(cookies) == 1) != c.renewed || c.renewed && (cookies[0].Value != "known" || cookies[0].MaxAge != 30*24*60*60 || !cookies[0].HttpOnly || !cookies[0].Secure) {
			t.Errorf("%q asks for %s: cookies %v", c.token, c.accept, cookies)
		}
	}
}

func TestFormsAreSmall(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	mux := http.NewServeMux()
	mux.Handle("POST /form", e.Handle(func(_ http.ResponseWriter, r *http.Request) error { return r.ParseForm() }))
	mux.Handle("POST /file", e.Upload(func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, r.Body)
		return err
	}, 1000))
	site := e.Serve(mux)
	for path, sizes := range map[string]map[int]int{"/form": {1000: 200, formLimit + 1: 413}, "/file": {1000: 200, 1001: 413, 100_000: 413}} {
		for size, code := range sizes {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("a", size)))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if w.Code != code {
				t.Errorf("%s with %d bytes: %d", path, size, w.Code)
			}
		}
	}
}
