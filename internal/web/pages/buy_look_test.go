package pages

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/ledger"
	"easel/internal/payment"
	"easel/internal/web/ui"
)

// TestLookAtTheTill is TestLook for the pages about money.
func TestLookAtTheTill(t *testing.T) {
	dir := os.Getenv("EASEL_LOOK")
	if dir == "" {
		t.Skip("EASEL_LOOK names no folder for screenshots")
	}
	must(t, os.MkdirAll(dir, 0o750))
	sells := &till{open: true, fate: ledger.Order{Tokens: 5, Free: 2, Spent: 3}}
	h := newHouse(t, withTill(sells), func(c *Config) {
		c.Purse = func(context.Context, uuid.UUID) (ui.Purse, error) { return ui.Purse{Settled: 7, InUse: 2}, nil }
	})
	shut := newHouse(t, withTill(&till{}))
	ana, boss, poor := h.guest(t), h.guest(t), shut.guest(t)
	h.people.change(boss.owner, func(p *account.Person) { p.Admin = true })
	paid, open, waiting, odd := some(ana.owner, payment.Paid), some(ana.owner, payment.Awaited), some(ana.owner, payment.Waiting), some(ana.owner, payment.Review)
	back := some(ana.owner, payment.Paid)
	back.Refunded.Amount, back.Asked, back.Dispute = 98, 196, payment.DisputeOpen
	sells.orders = []payment.Order{paid, open, waiting, odd, back}
	server, closed := httptest.NewServer(h.site), httptest.NewServer(shut.site)
	defer server.Close()
	defer closed.Close()
	browser := newBrowser(t)
	for _, one := range []struct {
		scene
		at string
	}{
		{scene{name: "till-packs", path: "/buy", visitor: ana}, server.URL},
		{scene{name: "till-closed", path: "/buy", visitor: poor}, closed.URL},
		{scene{name: "till-paid", path: orderURL(paid), visitor: ana}, server.URL},
		{scene{name: "till-open", path: orderURL(open) + "?left", visitor: ana}, server.URL},
		{scene{name: "till-waiting", path: orderURL(waiting), visitor: ana}, server.URL},
		{scene{name: "till-disputed", path: orderURL(back), visitor: ana}, server.URL},
		{scene{name: "till-orders", path: ordersURL, visitor: ana}, server.URL},
		{scene{name: "till-admin", path: adminOrdersURL, visitor: boss}, server.URL},
		{scene{name: "till-admin-order", path: adminOrdersURL + "/" + paid.ID.String(), visitor: boss}, server.URL},
		{scene{name: "till-look", path: looksURL + "/" + uuid.NewString(), visitor: boss}, server.URL},
	} {
		for _, width := range []int64{390, 1280} {
			for _, mode := range []string{"light", "dark"} {
				shoot(t, browser, one.at, one.scene, width, mode, filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", one.name, width, mode)))
			}
		}
	}
}
