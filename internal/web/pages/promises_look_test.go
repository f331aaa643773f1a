package pages

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"easel/internal/account"
)

// TestLookAtPromises is TestLook for the pages about the studios.
func TestLookAtPromises(t *testing.T) {
	dir := os.Getenv("EASEL_LOOK")
	if dir == "" {
		t.Skip("EASEL_LOOK names no folder for screenshots")
	}
	must(t, os.MkdirAll(dir, 0o750))
	h := newHouse(t, withPromises(t))
	known := h.guest(t)
	h.people.change(known.owner, func(p *account.Person) { p.Consents = []account.Consent{{Studio: "portrait", Version: 1}} })
	stranger := h.visitor(t)
	server := httptest.NewServer(h.site)
	defer server.Close()
	browser := newBrowser(t)
	for _, one := range []scene{
		{name: "promise-privacy", path: "/portrait/privacy", visitor: stranger}, {name: "promise-terms", path: "/portrait/terms", visitor: stranger},
		{name: "promise-data", path: "/portrait/data", visitor: stranger}, {name: "promise-company", path: "/cutout/company", visitor: stranger},
		{name: "promise-versions", path: "/portrait/versions", visitor: stranger}, {name: "promise-past", path: "/portrait/versions/1/privacy", visitor: stranger},
		{name: "promise-again", path: "/portrait/", visitor: known},
	} {
		for _, width := range []int64{390, 1280} {
			for _, mode := range []string{"light", "dark"} {
				shoot(t, browser, server.URL, one, width, mode, filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", one.name, width, mode)))
			}
		}
	}
}
