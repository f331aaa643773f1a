package app_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"easel/internal/sitter"
)

// person is somebody who asks the whole program as a browser does, without one.
type person struct {
	t      *testing.T
	origin string
	client *http.Client
}

func newPerson(t *testing.T, origin string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t, origin, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (p *person) ask(method, path, kind string, body io.Reader) (status int, page string, to string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.origin+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header.Get("Location")
}

func (p *person) get(path string) string {
	p.t.Helper()
	status, page, _ := p.ask(http.MethodGet, path, "", nil)
	if status != http.StatusOK {
		p.t.Fatalf("GET %s: %d %s", path, status, page)
	}
	return page
}

func (p *person) post(path string, form url.Values) string {
	p.t.Helper()
	status, page, to := p.ask(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if status >= 400 {
		p.t.Fatalf("POST %s: %d %s", path, status, page)
	}
	return to
}

// TestAnotherFindsNothingInTheWholeProgram plays somebody who knows every id of somebody else, at every address that takes
// one: the addresses are read from the pages' own tables, and the database, its policies and the vault are the real ones.
func TestAnotherFindsNothingInTheWholeProgram(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build; under the race detector other tests draw with the same code")
	}
	origin, first := startApp(t)
	ana, ben := newPerson(t, origin), newPerson(t, origin)
	ana.post(strings.TrimPrefix(first, origin), nil)

	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	agree := regexp.MustCompile(`name="agree" value="([^"]+)"`).FindStringSubmatch(ana.get("/portrait/"))[1]
	for _, field := range [][2]string{{"age", "of-age"}, {"agree", agree}, {"statement", "yes"}} {
		_ = m.WriteField(field[0], field[1])
	}
	file, _ := m.CreateFormFile("photo", "me.jpg")
	_, _ = file.Write(sitter.Portrait(t))
	_ = m.Close()
	status, page, photo := ana.ask(http.MethodPost, "/portrait/", m.FormDataContentType(), &form)
	if status != http.StatusSeeOther {
		t.Fatalf("the photo: %d %s", status, page)
	}
	ana.post(photo+"/start", url.Values{"style": {"rough-sketch", "artistic"}})
	ana.post("/account/keys", url.Values{"name": {"Frame"}, "scope": {"read"}})
	ben.post("/sign-up", url.Values{"mail": {"ben@example.com"}, "password": {oldPassword}, "age": {"of-age"}, "agree": {agree}})
	letters := ana.get("/admin/letters")
	letter := ana.get(regexp.MustCompile(`/admin/letters/[0-9a-f-]{36}`).FindString(letters))
	ben.post(regexp.MustCompile(`/link/sign-up/[\w-]+`).FindString(letter), nil)
	if !strings.Contains(ben.get("/account"), "ben@example.com") {
		t.Fatal("the other one is not signed in")
	}

	var ids []string
	for _, known := range []string{photo, ana.get(photo), ana.get("/account/keys"), letters} {
		ids = append(ids, regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).FindAllString(known, -1)...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) < 5 { // photo, two portraits, key, letter
		t.Fatalf("only %d ids are known: %v", len(ids), ids)
	}
	patterns := ownedPatterns(t)
	for _, pattern := range patterns {
		method, path, _ := strings.Cut(pattern, " ")
		for _, id := range ids {
			form := url.Values{"style": {"artistic"}, "name": {"x"}, "sure": {"yes"}}
			at := strings.ReplaceAll(path, "{id}", id)
			status, _, _ := ben.ask(method, at+"?style=artistic&format=png", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
			shut := status == http.StatusUnprocessableEntity && path == "/buy/order/{id}/pay" // nothing is sold here, to nobody
			if status != http.StatusNotFound && !shut {
				t.Errorf("%s %s as another: %d", method, at, status)
			}
		}
	}
	if left := ana.get(photo); strings.Count(left, "data-run=") != 2 || !strings.Contains(ana.get("/account/keys"), "/revoke") {
		t.Error("another has changed something")
	}
}

// ownedPatterns are the patterns of all pages that hold somebody's id.
func ownedPatterns(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../web/pages/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"((?:GET|POST) /[^"]*\{id\}[^"]*)"`).FindAllStringSubmatch(string(data), -1) {
			all = append(all, m[1])
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d patterns hold an id", len(all))
	}
	return all
}
