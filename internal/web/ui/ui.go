// Package ui is the look of the site: templates, texts, assets and sample pictures, embedded in the program.
package ui

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

//go:embed templates/*.html
var templates embed.FS

// Pages lists every page's template. A file that is not here, or a name without a file, stops New.
var Pages = []string{"home", "studio", "work", "card", "promise", "versions", "questions", "licences", "fault",
	"signup", "signin", "sent", "link", "forgotten", "reset", "confirm", "account", "visits", "keys", "leave", "left", "letters", "letter", "buy", "order", "orders", "tokens", "admin_orders", "admin_order", "admin_deletion", "receipts", "admin_look", "onward", "your_data", "permission", "requests", "request", "request_confirmed", "admin_requests", "admin_request", "admin_permissions", "cutout", "codes", "code", "admin_codes", "admin_office"}

// Accepted lets phones hand over a photo that every build of the server reads: an iPhone that is not offered HEIC sends JPEG.
const Accepted = "image/jpeg,image/png,image/webp,image/avif"

// Frame is what every page tells the layout. Page structs embed it.
type Frame struct {
	Title       string // of the tab and of shared links; empty on the home page
	Description string // for search engines; personal pages leave it empty and are not indexed
	Studio      string // "portrait": its ground tint and place in the navigation; empty outside a studio
	Refresh     int    // seconds until a browser without script asks again; 0 never
	Header      Header // who is looking
}

// Header is what the top of a page says about who is looking.
type Header struct {
	Signed bool   // somebody has signed in
	Name   string // how they are called; their mail address when they gave no name
	Admin  bool   // they may see the operator's pages
	Purse  *Purse // what they may spend; nil where nothing costs anything
	Then   string // a local address to come back to after signing in
	Cutout bool   // the cutout studio is open
	Rights bool   // there are pages about people's data
	Hidden bool   // it is not known who is looking, so nothing is said
}

// Purse is a balance in whole tokens. Settled is the balance; InUse of it is held for what is being made.
type Purse struct{ Settled, InUse int64 }

// Free is what may be spent.
func (p Purse) Free() int64 { return p.Settled - p.InUse }

// Greet tells the page who is looking.
func (f *Frame) Greet(h Header) { f.Header = h }

// UI renders pages and knows where their assets are. It never changes after New and serves any number of requests.
type UI struct {
	pages   map[string]*template.Template
	texts   Catalogue
	assets  map[string]string // plain name → hashed name
	dist    fs.FS
	samples []Sample
}

// New reads everything that is embedded. Assets that were not made are no error here: see Ready.
func New() (*UI, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("embedded assets: %w", err)
	}
	return load(templates, files)
}

func load(pages, dist fs.FS) (*UI, error) {
	u := &UI{pages: map[string]*template.Template{}, texts: English(), assets: map[string]string{}, dist: dist}
	names, err := fs.ReadFile(dist, "manifest.json")
	if err == nil {
		err = json.Unmarshal(names, &u.assets)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list of assets: %w", err)
	}
	if u.samples, err = findSamples(); err != nil {
		return nil, err
	}
	return u, u.parse(pages)
}

// parse makes one template set for each page: the layout and its parts, and the page.
func (u *UI) parse(files fs.FS) error {
	parts, err := template.New("").Option("missingkey=error").Funcs(u.funcs()).ParseFS(files, "templates/_*.html")
	if err != nil {
		return fmt.Errorf("parts of pages: %w", err)
	}
	found, err := fs.Glob(files, "templates/[a-z]*.html")
	if err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	undeclared := map[string]bool{}
	for _, f := range found {
		undeclared[strings.TrimSuffix(path.Base(f), ".html")] = true
	}
	for _, name := range Pages {
		if !undeclared[name] {
			return fmt.Errorf("page %q is declared but has no template", name)
		}
		delete(undeclared, name)
		set, err := parts.Clone()
		if err == nil {
			set, err = set.ParseFS(files, "templates/"+name+".html")
		}
		if err != nil {
			return fmt.Errorf("page %q: %w", name, err)
		}
		u.pages[name] = set
	}
	for name := range undeclared {
		return fmt.Errorf("template %q is not declared in ui.Pages", name)
	}
	return nil
}

func (u *UI) funcs() template.FuncMap {
	return template.FuncMap{
		"t":     u.texts.Say,
		"lang":  func() string { return u.texts.Lang },
		"dir":   func() string { return u.texts.Dir },
		"asset": u.Asset,
		"ready": func() bool { return u.Ready() == nil },
		"fonts": u.preload,
		"list":  func(v ...any) []any { return v },
	}
}

// Render writes the page called name. It renders to memory first, so that an error never leaves half a page behind.
func (u *UI) Render(w io.Writer, name string, data any) error {
	set, ok := u.pages[name]
	if !ok {
		return fmt.Errorf("no page is called %q", name)
	}
	entry := "layout"
	if set.Lookup("fragment") != nil { // a part of a page that script asks for by itself
		entry = "fragment"
	}
	var b bytes.Buffer
	if err := set.ExecuteTemplate(&b, entry, data); err != nil {
		return fmt.Errorf("page %q: %w", name, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Texts returns the message catalogue, for sentences that handlers put together.
func (u *UI) Texts() Catalogue { return u.texts }
