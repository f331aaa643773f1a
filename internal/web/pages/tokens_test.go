package pages

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/ledger"
	"easel/internal/web/ui"
)

// purse is somebody's tokens in memory.
type purse struct {
	owner   uuid.UUID
	balance ledger.Balance
	events  []ledger.Event
}

func (p *purse) Balance(_ context.Context, owner uuid.UUID) (ledger.Balance, error) {
	if owner != p.owner {
		return ledger.Balance{}, nil
	}
	return p.balance, nil
}

func (p *purse) History(_ context.Context, owner uuid.UUID, cursor int64, most int) (found []ledger.Event, err error) {
	for _, e := range p.events {
		if owner == p.owner && (cursor == 0 || e.Number < cursor) && len(found) < most {
			found = append(found, e)
		}
	}
	return found, nil
}

func (p *purse) Export(_ context.Context, owner uuid.UUID, w io.Writer) error {
	_, err := io.WriteString(w, "time,what\n"+owner.String()+",x\n")
	return err
}

// full is a purse in which everything has happened.
func full() *purse {
	bought := ledger.Lot{ID: uuid.New(), Kind: ledger.Bought, Tokens: 5, Free: 1, Held: 1, Frozen: 1, Created: noon.AddDate(0, -1, 0), Expires: noon.AddDate(0, 5, 0)}
	given := ledger.Lot{ID: uuid.New(), Kind: ledger.Granted, Reason: "Sorry <b>", Tokens: 2, Free: 2, Created: noon, Expires: noon.AddDate(0, 6, 0)}
	p := &purse{balance: ledger.Balance{Settled: 4, Held: 1, Frozen: 1, Lots: []ledger.Lot{bought, given,
		{Kind: ledger.Welcomed, Tokens: 4, Free: 4, Created: noon, Expires: noon}, {Kind: ledger.Returned, Tokens: 1, Free: 1, Created: noon, Expires: noon}}}}
	for what := range happened {
		p.events = append(p.events, ledger.Event{Number: int64(len(happened) - len(p.events)), What: what, At: noon, Tokens: 1, Change: int64(len(p.events)%3) - 1})
	}
	p.events[0].Title, p.events[0].Why = "Rough sketch", "It was cancelled before it was ready."
	return p
}

func tokensSamples(s *site) []sample {
	p := full()
	s.Till = &till{open: true}
	many := make([]ledger.Event, eventsShown)
	for i := range many {
		many[i] = ledger.Event{Number: int64(100 - i), What: ledger.EventSpent, At: noon, Tokens: 1, Change: -1}
	}
	all := []sample{
		{"tokens", "tokens", s.tokensPage(p.balance, p.events, 0), map[string]int{"#lots li": 4, "#lots li b": 0, "#history li": len(happened), "a[href='/buy']": 1, "a[download]": 1, "a[href*='before=']": 0, "h1": 1}},
		{"tokens, none", "tokens", s.tokensPage(ledger.Balance{}, nil, 0), map[string]int{"#lots": 0, ".quiet": 1, "a[download]": 0}},
		{"tokens, further back", "tokens", s.tokensPage(p.balance, many, 200), map[string]int{"#history li": eventsShown, "a[href='/account/tokens?before=51#history']": 1, "a[href='/account/tokens#history']": 1}},
	}
	s.Till = nil
	return all
}

func TestAPurseIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	p := full()
	h := newHouse(t, func(c *Config) { c.Tokens = p })
	if res := h.visitor(t).get(tokensURL); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/sign-in") {
		t.Errorf("nobody: %d", res.StatusCode)
	}
	v, stranger := h.guest(t), h.guest(t)
	p.owner = v.owner
	if page := v.get(tokensURL); page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "You have 4 tokens.") || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("one's own: %d", page.StatusCode)
	}
	if page := stranger.get(tokensURL); !strings.Contains(page.Body, "You have no tokens.") || strings.Contains(page.Body, "Rough sketch") {
		t.Error("somebody else's purse is shown")
	}
	if page := v.get(tokensURL + "?before=4"); document(t, page).Find("#history li").Length() != 3 {
		t.Error("the older page has not three events")
	}
	for _, cursor := range []string{"x", "-1", "0"} {
		if page := v.get(tokensURL + "?before=" + cursor); page.StatusCode != http.StatusNotFound {
			t.Errorf("before %s: %d", cursor, page.StatusCode)
		}
	}
	table := v.get(tokensURL + ".csv")
	if table.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(table.Body, v.owner.String()) {
		t.Errorf("the table: %q", table.Body)
	}
}

// The price and what there is stand beside the button; without tokens the way to some.
func TestThePriceIsSaidBeforeATokenIsSpent(t *testing.T) {
	t.Parallel()
	balance := ui.Purse{Settled: 3, InUse: 1}
	h := newHouse(t, func(c *Config) {
		c.Purse = func(context.Context, uuid.UUID) (ui.Purse, error) { return balance, nil }
	})
	v := h.guest(t)
	v.get("/portrait/")
	photo := v.bring("statement", "yes", "photo", "x").Header.Get("Location")
	page := document(t, v.get(photo))
	if got := page.Find("#price").Text(); !strings.Contains(got, "you have 2") {
		t.Errorf("with two to spend it says %q", got)
	}
	if got := page.Find("easel-maker").AttrOr("data-draw1", ""); got != "Draw one portrait for 1 token" {
		t.Errorf("the button will say %q", got)
	}
	balance = ui.Purse{Settled: 1, InUse: 1}
	if page := document(t, v.get(photo)); page.Find("#price a[href='/buy']").Length() != 1 {
		t.Error("without tokens there is no way to some")
	}
	h.fail = fault.New(fault.Unpaid, "This needs 1 token and you have none. Get tokens first.")
	res := v.post(photo+"/start", map[string][]string{"style": {"artistic"}, "crop": {"whole"}})
	if doc := document(t, res); res.StatusCode != http.StatusPaymentRequired || doc.Find(".error a[href='/buy']").Length() != 1 {
		t.Errorf("started without tokens: %d", res.StatusCode)
	}
}
