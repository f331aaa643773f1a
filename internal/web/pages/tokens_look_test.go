package pages

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"easel/internal/web/ui"
)

// TestLookAtThePurse is TestLook for what tokens look like.
func TestLookAtThePurse(t *testing.T) {
	dir := os.Getenv("EASEL_LOOK")
	if dir == "" {
		t.Skip("EASEL_LOOK names no folder for screenshots")
	}
	must(t, os.MkdirAll(dir, 0o750))
	p, left := full(), ui.Purse{Settled: 4, InUse: 1}
	h := newHouse(t, withTill(&till{open: true}), func(c *Config) {
		c.Tokens = p
		c.Purse = func(context.Context, uuid.UUID) (ui.Purse, error) { return left, nil }
	})
	v, poor := h.guest(t), h.guest(t)
	p.owner = v.owner
	photo := v.bring("statement", "yes", "photo", "x").Header.Get("Location")
	server := httptest.NewServer(h.site)
	defer server.Close()
	browser := newBrowser(t)
	for _, one := range []struct {
		scene
		purse ui.Purse
	}{
		{scene{name: "purse", path: tokensURL, visitor: v}, left},
		{scene{name: "purse-empty", path: tokensURL, visitor: poor}, ui.Purse{}},
		{scene{name: "purse-price", path: photo, visitor: v}, left},
		{scene{name: "purse-price-none", path: photo, visitor: v}, ui.Purse{Settled: 1, InUse: 1}},
	} {
		left = one.purse
		for _, width := range []int64{390, 1280} {
			shoot(t, browser, server.URL, one.scene, width, "light", filepath.Join(dir, fmt.Sprintf("%s-%d.png", one.name, width)))
		}
	}
}
