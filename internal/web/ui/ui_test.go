package ui

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEveryTemplateIsDeclared(t *testing.T) {
	t.Parallel()
	u, err := New()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(templates, "templates/[a-z]*.html")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(Pages) || len(u.pages) != len(Pages) {
		t.Errorf("%d templates, %d declared, %d parsed", len(files), len(Pages), len(u.pages))
	}
	parts := fstest.MapFS{"templates/_layout.html": {Data: []byte(`{{define "layout"}}x{{end}}`)}, "templates/stray.html": {Data: []byte("y")}}
	if _, err := load(parts, fstest.MapFS{}); err == nil {
		t.Error("a declared page without a template was accepted")
	}
	for _, p := range Pages {
		parts["templates/"+p+".html"] = &fstest.MapFile{Data: []byte("y")}
	}
	if _, err := load(parts, fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "stray") {
		t.Errorf("a template that is not declared: %v", err)
	}
}

// A strict policy forbids script and style inside the page; the templates must not try.
func TestNothingInline(t *testing.T) {
	t.Parallel()
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(?:\s[^>]*)?>[^<]`)
	foreign := regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//`)
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := inline.FindString(string(text)); found != "" {
			t.Errorf("%s holds %q", name, found)
		}
		if found := foreign.FindString(string(text)); found != "" {
			t.Errorf("%s asks another host: %q", name, found)
		}
	}
}

// Texts stand in one place: no words between the tags, no key without a text, no text without a key.
func TestTextsAreInTheCatalogue(t *testing.T) {
	t.Parallel()
	words := regexp.MustCompile(`>[^<>{}]*[A-Za-z]{2,}[^<>{}]*<`)
	asked := regexp.MustCompile(`\bt "([a-z0-9.]+)"`)
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	texts := English()
	for _, name := range files {
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			t.Fatal(err)
		}
		bare := regexp.MustCompile(`\{\{[^}]*\}\}`).ReplaceAllString(string(text), "")
		if found := words.FindString(bare); found != "" {
			t.Errorf("%s holds its own words: %q", name, found)
		}
		for _, key := range asked.FindAllStringSubmatch(string(text), -1) {
			if _, err := texts.Say(key[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, key := range texts.Keys() {
		say := texts.Text(key)
		if strings.ContainsAny(say, "!") || strings.Contains(strings.ToLower(say), "oops") {
			t.Errorf("%s shouts: %q", key, say)
		}
	}
	if _, err := texts.Say("no.such.text"); err == nil {
		t.Error("a text that does not exist was said")
	}
}

func assets() fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":    {Data: []byte(`{"app.js":"app-1.js","app.css":"app-2.css"}`)},
		"app-1.js":         {Data: []byte("plain")},
		"app-1.js.gz":      {Data: []byte("packed")},
		"app-2.css":        {Data: []byte("css")},
		"licences.json":    {Data: []byte(`[{"name":"a","version":"1","licence":"MIT","text":"free"}]`)},
		"public-sans.txt":  {Data: []byte("no")},
		"sub/app-3.js":     {Data: []byte("no")},
		"unlisted-1.woff2": {Data: []byte("no")},
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	u, err := load(templates, assets())
	if err != nil {
		t.Fatal(err)
	}
	if u.Ready() != nil || u.Asset("app.js") != "/assets/app-1.js" || u.Asset("other") != "" {
		t.Errorf("ready: %v, app.js: %q, other: %q", u.Ready(), u.Asset("app.js"), u.Asset("other"))
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/{file}", u.Assets())
	for _, c := range []struct {
		path, accept string
		code         int
		body, coding string
	}{
		{"/assets/app-1.js", "", 200, "plain", ""},
		{"/assets/app-1.js", "gzip, br", 200, "packed", "gzip"},
		{"/assets/app-2.css", "gzip", 200, "css", ""},
		{"/assets/manifest.json", "", 404, "", ""},
		{"/assets/licences.json", "", 404, "", ""},
		{"/assets/unlisted-1.woff2", "", 404, "", ""},
		{"/assets/sub%2Fapp-3.js", "", 404, "", ""},
		{"/assets/..%2fui.go", "", 404, "", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != c.code || w.Header().Get("Content-Encoding") != c.coding {
			t.Errorf("%s: %d %q", c.path, w.Code, w.Header().Get("Content-Encoding"))
		}
		if c.code != 200 {
			continue
		}
		if w.Body.String() != c.body || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %q, %q", c.path, w.Body.String(), w.Header().Get("Cache-Control"))
		}
	}
	all, err := u.Licences()
	if err != nil || !slices.Equal(all, []Licence{{"a", "1", "MIT", "free"}}) {
		t.Errorf("licences: %v, %v", all, err)
	}
}

func TestPagesWithoutAssets(t *testing.T) {
	t.Parallel()
	u, err := load(templates, fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if u.Ready() == nil || !strings.Contains(u.Ready().Error(), "make assets") {
		t.Errorf("what to do is not said: %v", u.Ready())
	}
	var b bytes.Buffer
	page := struct {
		Frame

		Licences []Licence
	}{Frame: Frame{Title: "Licences"}}
	if err := u.Render(&b, "licences", page); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "make assets") || strings.Contains(b.String(), "<script") || strings.Contains(b.String(), "stylesheet") {
		t.Errorf("a page without assets: %s", b.String())
	}
	if all, err := u.Licences(); err != nil || len(all) != 0 {
		t.Errorf("licences of nothing: %v, %v", all, err)
	}
	if err := u.Render(&b, "nowhere", page); err == nil {
		t.Error("a page that does not exist was rendered")
	}
	if _, err := load(templates, fstest.MapFS{"manifest.json": {Data: []byte("{")}}); err == nil {
		t.Error("a broken list of assets was accepted")
	}
}

// A sample's name tells what it shows; a stray file stops the start and not the visitor.
func TestSamples(t *testing.T) {
	t.Parallel()
	u, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range u.SampleList() {
		if s.Subject == "" || s.W < 100 || s.H < 100 || path.Dir(s.Src) != "/samples" {
			t.Errorf("sample: %+v", s)
		}
		if found, ok := u.Sample(s.Subject, s.Style); !ok || found != s {
			t.Errorf("%+v is found as %+v", s, found)
		}
	}
	if _, ok := u.Sample("nobody", ""); ok {
		t.Error("found a sample of nobody")
	}
}
