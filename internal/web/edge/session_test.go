package edge

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"easel/internal/account"
)

// Whoever has to sign in is taken there and back if they read pages, and told so if they are a program.
func TestSigningInFirst(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "https://easel.test", io.Discard)
	mux := http.NewServeMux()
	mux.Handle("/mine/", e.Handle(func(http.ResponseWriter, *http.Request) error { return e.SignedOut() }))
	site := e.Serve(mux)
	for _, c := range []struct{ method, path, referer, then string }{
		{"GET", "/mine/a?b=c", "", "/mine/a?b=c"},
		{"POST", "/mine/a", "https://easel.test/mine/?x", "/mine/?x"},
		{"POST", "/mine/a", "https://evil.test/mine/", ""},
		{"POST", "/mine/a", "", ""},
		{"GET", "/mine/\\evil", "", ""},
	} {
		r := httptest.NewRequest(c.method, "https://easel.test/", nil)
		r.URL = &url.URL{Path: strings.SplitN(c.path, "?", 2)[0], RawQuery: strings.TrimPrefix(strings.TrimPrefix(c.path, strings.SplitN(c.path, "?", 2)[0]), "?")}
		r.Header.Set("Accept", "text/html")
		if c.referer != "" {
			r.Header.Set("Referer", c.referer)
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		to, err := url.Parse(w.Header().Get("Location"))
		if w.Code != http.StatusSeeOther || err != nil || to.Path != "/sign-in" || to.Query().Get("then") != c.then {
			t.Errorf("%+v: %d to %s", c, w.Code, to)
		}
	}
	w := ask(site, "GET", "/mine/a", "application/json")
	var doc struct{ Kind, Detail string }
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != http.StatusUnauthorized || doc.Kind != "denied" || !strings.Contains(doc.Detail, "sign in") {
		t.Errorf("a program: %d %+v %v", w.Code, doc, err)
	}
}

// An address to come back to never leads to another host, however a browser might read it, and never in a circle.
func TestLocal(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"/", "/portrait/", "/portrait/photo/x?y=z#part", "/account#mail", "/a%20b"} {
		if Local(good) != good {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"", "portrait/", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "/a\\b", "https://evil.test/", "javascript:alert(1)",
		"/\tevil", "/ evil", "/\n/evil", "/a//evil.test", "/%2f/evil.test", "/%5cevil.test", "/é", "/sign-in?then=/sign-in", "/sign-out", "/link/reset/x", "/" + strings.Repeat("a", 300), "/%zz"} {
		if got := Local(bad); got != "" {
			t.Errorf("%q leads to %q", bad, got)
		}
	}
	if SignInURL("//evil") != "/sign-in" || SignInURL("/a?b=c") != "/sign-in?then=%2Fa%3Fb%3Dc" {
		t.Error(SignInURL("//evil"), SignInURL("/a?b=c"))
	}
}

func FuzzLocal(f *testing.F) {
	for _, seed := range []string{"/portrait/", "//evil", "/\\evil", "/%2f%2fevil", "/a/..//b"} {
		f.Add(seed)
	}
	base := &url.URL{Scheme: "https", Host: "easel.test"}
	f.Fuzz(func(t *testing.T, then string) {
		local := Local(then)
		if local == "" {
			return
		}
		to, err := base.Parse(local)
		if err != nil || to.Host != "easel.test" || to.Scheme != "https" || strings.ContainsAny(local, "\\\r\n\t ") {
			t.Errorf("%q leads to %v, %v", then, to, err)
		}
	})
}

// Find is asked once for each request, whoever wants to know.
func TestTheSessionIsLookedUpOnce(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "https://easel.test", io.Discard)
	count := &counting{nobody: nobody{someone}}
	e.Sessions = count
	mux := http.NewServeMux()
	mux.Handle("GET /", e.Handle(func(_ http.ResponseWriter, r *http.Request) error {
		for range 3 {
			if owner, ok, err := e.Owner(r); owner != someone || !ok || err != nil {
				t.Error(owner, ok, err)
			}
		}
		return nil
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: e.CookieName(), Value: "known"})
	e.Serve(mux).ServeHTTP(httptest.NewRecorder(), r)
	if count.n != 1 {
		t.Errorf("asked %d times", count.n)
	}
}

type counting struct {
	nobody

	n int
}

func (c *counting) Find(ctx context.Context, token string) (account.Caller, bool, error) {
	c.n++
	return c.nobody.Find(ctx, token)
}

// Coming in replaces what the browser held, and remembers that somebody came in here; leaving takes it away.
func TestComingAndGoing(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "https://easel.test", io.Discard)
	w := httptest.NewRecorder()
	w.Header().Set("Set-Cookie", "__Host-easel=old")
	e.Enter(w, account.Session{Token: "fresh", Device: "mark"})
	got := map[string]string{}
	for _, c := range w.Result().Cookies() {
		got[c.Name] = c.Value
		if !c.HttpOnly || !c.Secure || c.Path != "/" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("%v", c)
		}
	}
	if len(got) != 2 || got["__Host-easel"] != "fresh" || got["__Host-easel-device"] != "mark" {
		t.Errorf("%v", got)
	}
	for _, everywhere := range []bool{false, true} {
		w := httptest.NewRecorder()
		e.Leave(w, everywhere)
		cookies := w.Result().Cookies()
		if want := map[bool]int{false: 1, true: 2}[everywhere]; len(cookies) != want || cookies[0].MaxAge >= 0 || !strings.Contains(w.Header().Get("Clear-Site-Data"), "storage") {
			t.Errorf("everywhere %v: %v", everywhere, w.Header())
		}
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	r.AddCookie(&http.Cookie{Name: "easel", Value: "token"})
	r.AddCookie(&http.Cookie{Name: "easel-device", Value: "mark"})
	if c := e.Client(r); c.Agent != "Firefox on Linux" || c.Address.String() != "192.0.2.1" || c.Replaces != "token" || c.Device != "mark" {
		t.Errorf("%+v", c)
	}
	for agent, want := range map[string]string{
		"": "", "x": "",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                   "Chrome on Android",
		"curl/8.5.0": "curl",
	} {
		if got := family(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
