package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// ErrNoAssets says that the program was built before its assets were made. Pages work as plain text until then.
var ErrNoAssets = errors.New("the pages have no styles and scripts yet: run make assets and build again")

// Ready returns ErrNoAssets when the program was built without its assets.
func (u *UI) Ready() error {
	if u.assets["app.css"] == "" || u.assets["app.js"] == "" {
		return ErrNoAssets
	}
	return nil
}

// Asset returns the address of an asset by its plain name ("app.css"), or "" when it was not made.
func (u *UI) Asset(name string) string {
	if hashed := u.assets[name]; hashed != "" {
		return "/assets/" + hashed
	}
	return ""
}

// preload lists the typefaces that every page shows at once.
func (u *UI) preload() []string {
	var found []string
	for _, name := range []string{"public-sans-latin-wght-normal.woff2", "sorts-mill-goudy-latin-400-normal.woff2"} {
		if address := u.Asset(name); address != "" {
			found = append(found, address)
		}
	}
	return found
}

// types are the kinds of file that are served; anything else in dist (manifest, licence list) is not.
var types = map[string]string{
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".webp":  "image/webp",
	".jpg":   "image/jpeg",
}

// Assets serves /assets/{file}: names carry a hash of their content, so browsers keep them for a year.
func (u *UI) Assets() http.Handler { return still{files: u.dist, hashed: u.hashed()} }

// Samples serves /samples/{file}, the pictures that Easel made of photos that anyone may use.
func (u *UI) Samples() http.Handler { return still{files: sampleFiles()} }

func (u *UI) hashed() map[string]bool {
	names := map[string]bool{}
	for _, name := range u.assets {
		names[name] = true
	}
	return names
}

// still serves embedded files. With hashed set it serves only those names, and says that they never change.
type still struct {
	files  fs.FS
	hashed map[string]bool
}

func (s still) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kind, known := types[path.Ext(name)]
	if !known || (s.hashed != nil && !s.hashed[name]) {
		http.NotFound(w, r)
		return
	}
	if s.hashed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if packed, err := fs.ReadFile(s.files, name+".gz"); err == nil {
			w.Header().Set("Content-Encoding", "gzip")
			s.write(w, r, name, kind, packed)
			return
		}
	}
	data, err := fs.ReadFile(s.files, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	s.write(w, r, name, kind, data)
}

func (s still) write(w http.ResponseWriter, r *http.Request, name, kind string, data []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Vary", "Accept-Encoding")
	if s.hashed != nil {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "public, max-age=86400")
	}
	http.ServeContent(w, r, name, time.Time{}, strings.NewReader(string(data)))
}

// Licence is one package that is shipped with the pages.
type Licence struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Licence string `json:"licence"` // SPDX
	Text    string `json:"text"`
}

// Licences returns the licences of everything in the assets; none when they were not made.
func (u *UI) Licences() ([]Licence, error) {
	data, err := fs.ReadFile(u.dist, "licences.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []Licence
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("licence texts: %w", err)
	}
	return all, nil
}
