package pages

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/backup"
	"easel/internal/receipt"
)

// TestLookAtDeletion is TestLook for the pages about what is gone.
func TestLookAtDeletion(t *testing.T) {
	dir := os.Getenv("EASEL_LOOK")
	if dir == "" {
		t.Skip("EASEL_LOOK names no folder for screenshots")
	}
	must(t, os.MkdirAll(dir, 0o750))
	g := &goneThings{own: map[uuid.UUID][]receipt.Own{}, state: stopped, made: backup.Copies{Keys: noon.Add(-48 * time.Hour), Promised: 24 * time.Hour}, holds: someHolds()}
	h := newHouse(t, withGone(g))
	boss := h.guest(t)
	h.people.change(boss.owner, func(p *account.Person) { p.Admin = true })
	g.own[boss.owner] = ownReceipts(5)
	server := httptest.NewServer(h.site)
	defer server.Close()
	browser := newBrowser(t)
	for _, one := range []scene{{name: "receipts", path: receiptsURL, visitor: boss}, {name: "deletion", path: deletionURL, visitor: boss}} {
		for _, width := range []int64{390, 1280} {
			for _, mode := range []string{"light", "dark"} {
				shoot(t, browser, server.URL, one, width, mode, filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", one.name, width, mode)))
			}
		}
	}
}
