package pages

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/backup"
	"easel/internal/payment"
	"easel/internal/rights"
	"easel/internal/vault"
)

// officeSamples are the page with everything and with little behind it.
func officeSamples(s *site) []sample {
	rooms := []room{s.room("office.requests", "office.requests.about", adminRequestsURL), s.room("office.orders", "office.orders.about", adminOrdersURL), s.room("office.letters", "office.letters.about", lettersURL), s.room("office.deletion", "office.deletion.about", deletionURL), s.room("office.codes", "office.codes.about", adminCodesURL)}
	rooms[0].Says, rooms[0].Late = "3 wait for an answer · 1 of them late", true
	return []sample{{"office", "admin_office", officePage{Rooms: rooms}, map[string]int{".rows li": 5, ".rows li.late": 1, ".rows a[href^='/admin/']": 5}},
		{"office, letters alone", "admin_office", officePage{Rooms: rooms[2:3]}, map[string]int{".rows li": 1}}}
}

// Whoever runs the place finds everything from one page, with what waits there; nobody else finds the page.
func TestTheOffice(t *testing.T) {
	t.Parallel()
	claims, gone, prints := newClaims(), &goneThings{}, &press{batches: someBatches()}
	h := newHouse(t, withRights(claims), withGone(gone), func(c *Config) { c.Mint = prints })
	v, boss := h.guest(t), h.guest(t)
	h.people.change(boss.owner, func(p *account.Person) { p.Admin = true })
	for _, who := range []*visitor{v, h.visitor(t)} {
		if got := who.get(officeURL); got.StatusCode == http.StatusOK || strings.Contains(got.Body, "rows office") {
			t.Errorf("somebody who does not run the place gets %d", got.StatusCode)
		}
	}
	quiet := boss.get(officeURL)
	for _, want := range []string{adminRequestsURL, lettersURL, deletionURL, adminCodesURL, "nothing waits", "all as it should be", "2 good batches"} {
		if quiet.StatusCode != http.StatusOK || !strings.Contains(quiet.Body, want) {
			t.Errorf("while nothing waits it says nothing of %q (%d)", want, quiet.StatusCode)
		}
	}
	claims.files = []rights.File{{Request: rights.Request{ID: uuid.New(), State: rights.Open, Due: noon.Add(-time.Hour)}}, {Request: rights.Request{ID: uuid.New(), State: rights.Open, Due: noon.Add(time.Hour)}}}
	h.post.letters = []Letter{{ID: uuid.New(), Failed: true}}
	gone.made = backup.Copies{Keys: noon.Add(-13 * time.Hour), Promised: 24 * time.Hour}
	busy := boss.get(officeURL).Body
	for _, want := range []string{"2 wait for an answer · 1 of them late", "1 not sent", "the keys were not copied in time"} {
		if !strings.Contains(busy, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if n := strings.Count(busy, `class="late"`); n != 3 {
		t.Errorf("%d rooms are marked, want 3", n)
	}
	for state, want := range map[string]vault.State{"something is stuck": {Stuck: "full"}, "the clock has stopped it": {Clock: vault.ClockState{Stopped: true}}} {
		gone.state = want
		if !strings.Contains(boss.get(officeURL).Body, state) {
			t.Errorf("it does not say %q", state)
		}
	}
	if nav := boss.get("/account").Body; strings.Count(nav, `href="`+officeURL+`"`) != 1 || strings.Contains(nav, `href="`+lettersURL+`"`) {
		t.Error("the header does not lead to the office, or leads past it")
	}
}

// TestLookAtTheOffice is TestLook for the page with everything behind it.
func TestLookAtTheOffice(t *testing.T) {
	dir := os.Getenv("EASEL_LOOK")
	if dir == "" {
		t.Skip("EASEL_LOOK names no folder for screenshots")
	}
	must(t, os.MkdirAll(dir, 0o750))
	claims := newClaims()
	claims.files = []rights.File{{Request: rights.Request{ID: uuid.New(), State: rights.Open, Due: noon.Add(-time.Hour)}}, {Request: rights.Request{ID: uuid.New(), State: rights.Open, Due: noon.Add(time.Hour)}}}
	h := newHouse(t, withRights(claims), withGone(&goneThings{}), withTill(&till{open: true, orders: []payment.Order{some(uuid.New(), payment.Review)}}), func(c *Config) { c.Mint, c.Cutouts = &press{batches: someBatches()}, http.NotFoundHandler() })
	h.post.letters = []Letter{{ID: uuid.New()}}
	boss := h.guest(t)
	h.people.change(boss.owner, func(p *account.Person) { p.Admin, p.Name = true, "Ana Lindqvist" })
	server := httptest.NewServer(h.site)
	defer server.Close()
	browser := newBrowser(t)
	for _, width := range []int64{390, 1280} {
		for _, mode := range []string{"light", "dark"} {
			shoot(t, browser, server.URL, scene{name: "office", path: officeURL, visitor: boss}, width, mode, filepath.Join(dir, fmt.Sprintf("office-%d-%s.png", width, mode)))
		}
	}
}
