package pages

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/backup"
	"easel/internal/fault"
	"easel/internal/receipt"
	"easel/internal/vault"
)

// gone is a log of receipts and a reaper in memory.
type goneThings struct {
	own   map[uuid.UUID][]receipt.Own
	state vault.State
	made  backup.Copies
	holds []vault.Hold
	asked []string
	fail  error
}

func (g *goneThings) Find(_ context.Context, object uuid.UUID) (receipt.Receipt, error) {
	for _, all := range g.own {
		for _, o := range all {
			if o.Object == object {
				return receipt.Receipt{Statement: receipt.Statement{Object: object, Kind: o.Kind, Digest: make(receipt.Digest, 32), Policy: o.Policy, Deleted: o.Deleted}, Key: "k"}, nil
			}
		}
	}
	return receipt.Receipt{}, fault.New(fault.Missing, "There is no receipt for that.")
}

func (g *goneThings) Own(_ context.Context, owner uuid.UUID, _ int64, most int) ([]receipt.Own, error) {
	return g.own[owner][:min(most, len(g.own[owner]))], nil
}

func (g *goneThings) Published(context.Context) (receipt.Published, error) {
	return receipt.Published{Keys: []receipt.Public{{ID: "k", Public: make([]byte, 32), Since: noon}}}, nil
}

func (g *goneThings) State(context.Context) (vault.State, error) { return g.state, nil }

func (g *goneThings) Copies(context.Context) (backup.Copies, error) { return g.made, nil }

func (g *goneThings) Holds(context.Context, uuid.UUID) ([]vault.Hold, error) { return g.holds, nil }

func (g *goneThings) Hold(_ context.Context, _ uuid.UUID, h vault.Hold) (uuid.UUID, error) {
	g.asked = append(g.asked, "hold "+h.Account.String()+h.Object.String()+" "+h.Reason+" "+h.Ends.Format(time.DateOnly))
	return uuid.New(), g.fail
}

func (g *goneThings) Lift(_ context.Context, _, hold uuid.UUID, reason string) error {
	g.asked = append(g.asked, "lift "+hold.String()+" "+reason)
	return g.fail
}

func (g *goneThings) ConfirmClock(_ context.Context, _ uuid.UUID, reason string) error {
	g.asked = append(g.asked, "clock "+reason)
	return g.fail
}

func withGone(g *goneThings) option { return func(c *Config) { c.Receipts, c.Deletion = g, g } }

func ownReceipts(n int) (all []receipt.Own) {
	for i := range n {
		all = append(all, receipt.Own{Number: int64(n - i), Object: uuid.New(), Kind: []string{"upload", "result", "later-kind"}[i%3], Policy: receipt.Policy{Studio: "portrait", Version: 1}, Deleted: noon})
	}
	return all
}

// stopped is a state in which everything is wrong.
var stopped = vault.State{Swept: noon, Overdue: 3, Waiting: 5, Held: 1, Stuck: "the bucket is full", Since: noon, KeysStuck: "no database",
	Clock: vault.ClockState{Mark: noon, Stopped: true, Since: noon, Jump: time.Hour}}

func someHolds() []vault.Hold {
	return []vault.Hold{{ID: uuid.New(), Account: uuid.New(), Reason: "letter of a court", Set: noon, Ends: noon.Add(time.Hour)},
		{ID: uuid.New(), Object: uuid.New(), Reason: "letter of a court", Set: noon, Ends: noon.Add(time.Hour), Lifted: noon},
		{ID: uuid.New(), Object: uuid.New(), Reason: "letter of a court", Set: noon.Add(-time.Hour), Ends: noon.Add(-time.Minute)}}
}

// deletionSamples are the pages about what is gone, in every state.
func deletionSamples(s *site) []sample {
	return []sample{
		{"receipts", "receipts", s.receiptsPage(ownReceipts(receiptsShown)), map[string]int{"tbody tr": receiptsShown, "a[download]": receiptsShown, "a[href*='before=1']": 1}},
		{"receipts, none", "receipts", s.receiptsPage(nil), map[string]int{".quiet": 1, "a[download]": 0}},
		{"deletion, all well", "admin_deletion", s.deletionPage(vault.State{}, backup.Copies{}, nil), map[string]int{"#clock": 0, ".stuck": 0, "#holds .quiet": 1, "form[action='/admin/holds'] input[type=date]": 1, "dd": 6}},
		{"deletion, all wrong", "admin_deletion", s.deletionPage(stopped, backup.Copies{Keys: noon.Add(-13 * time.Hour), Promised: 24 * time.Hour}, someHolds()), map[string]int{"#clock form": 1, ".stuck": 3, "#holds li": 3, "form[action$='/lift']": 1}},
		{"deletion, a clock that nothing vouches for", "admin_deletion", s.deletionPage(vault.State{Clock: vault.ClockState{Mark: noon, Stopped: true, Since: noon, Jump: 40 * 24 * time.Hour, Doubt: true}}, backup.Copies{}, nil),
			map[string]int{"#clock form": 1, "#clock [role=alert]": 1, ".stuck": 0}},
	}
}

func TestReceiptsAreTakenHome(t *testing.T) {
	t.Parallel()
	g := &goneThings{own: map[uuid.UUID][]receipt.Own{}}
	h := newHouse(t, withGone(g))
	ana, ben, nobody := h.guest(t), h.guest(t), h.visitor(t)
	g.own[ana.owner] = ownReceipts(2)
	if page := ana.get("/account/receipts"); page.StatusCode != http.StatusOK || strings.Count(page.Body, " download") != 2 {
		t.Errorf("one's own: %d %s", page.StatusCode, page.Body)
	}
	if page := ben.get("/account/receipts"); strings.Count(page.Body, " download") != 0 {
		t.Error("another sees them in a list")
	}
	file := nobody.get("/receipts/" + g.own[ana.owner][0].Object.String())
	if r, err := receipt.Decode([]byte(file.Body)); err != nil || r.Statement.Object != g.own[ana.owner][0].Object || !strings.Contains(file.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file: %v, %v", r, err)
	}
	if page := nobody.get("/receipts/" + uuid.NewString()); page.StatusCode != http.StatusNotFound {
		t.Errorf("of something else: %d", page.StatusCode)
	}
	if p, err := receipt.DecodePublished([]byte(nobody.get("/.well-known/easel-receipts.json").Body)); err != nil || len(p.Keys) != 1 {
		t.Errorf("the published keys: %v, %v", p, err)
	}
	if !json.Valid([]byte(file.Body)) {
		t.Error("the receipt is no JSON")
	}
}

func TestHoldsAreSetByThoseWhoRunThePlace(t *testing.T) {
	t.Parallel()
	g := &goneThings{state: stopped, holds: someHolds()}
	h := newHouse(t, withGone(g))
	ana, boss := h.guest(t), h.guest(t)
	h.people.change(boss.owner, func(p *account.Person) { p.Admin = true })
	subject := uuid.New()
	form := url.Values{"about": {"object"}, "subject": {subject.String()}, "ends": {"2027-01-31"}, "reason": {"letter of a court"}}
	for path, form := range map[string]url.Values{"/admin/holds": form, "/admin/holds/" + subject.String() + "/lift": {"reason": {"it is over"}}, "/admin/deletion/clock": {"reason": {"looked at a watch"}}} {
		if page := ana.post(path, form); page.StatusCode != http.StatusNotFound {
			t.Errorf("%s as somebody: %d", path, page.StatusCode)
		}
		if len(g.asked) > 0 {
			t.Fatalf("%s as somebody did %v", path, g.asked)
		}
	}
	if page := ana.get("/admin/deletion"); page.StatusCode != http.StatusNotFound {
		t.Errorf("the page as somebody: %d", page.StatusCode)
	}
	if page := boss.post("/admin/holds", form); page.StatusCode != http.StatusSeeOther || len(g.asked) != 1 || !strings.HasSuffix(g.asked[0], subject.String()+" letter of a court 2027-02-01") {
		t.Errorf("set: %d, %v", page.StatusCode, g.asked)
	}
	for _, wrong := range []url.Values{{"subject": {"x"}, "ends": {"2027-01-31"}, "reason": {"letter"}}, {"subject": {subject.String()}, "ends": {"soon"}, "reason": {"letter"}}} {
		if page := boss.post("/admin/holds", wrong); page.StatusCode != http.StatusBadRequest || !strings.Contains(page.Body, `role="alert"`) {
			t.Errorf("%v: %d", wrong, page.StatusCode)
		}
	}
	boss.post("/admin/holds/"+subject.String()+"/lift", url.Values{"reason": {"it is over"}})
	boss.post("/admin/deletion/clock", url.Values{"reason": {"looked at a watch"}})
	if len(g.asked) != 3 || g.asked[1] != "lift "+subject.String()+" it is over" || g.asked[2] != "clock looked at a watch" {
		t.Errorf("asked: %v", g.asked)
	}
}
