package pages

import (
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/unlock"
)

// press mints in memory.
type press struct {
	batches []unlock.Batch
	asked   []string
}

func (p *press) Batches(context.Context, uuid.UUID) ([]unlock.Batch, error) { return p.batches, nil }

func (p *press) Mint(_ context.Context, _ uuid.UUID, codes, uses int, lasts time.Duration) (batch uuid.UUID, minted []string, err error) {
	if codes < 1 || codes > unlock.MostCodes {
		return batch, nil, fault.New(fault.Invalid, "A batch has 1 to 10000 codes.")
	}
	p.asked = append(p.asked, "mint "+lasts.String())
	for range codes {
		minted = append(minted, "K7M2P-QX9RT-4HJW8")
	}
	return uuid.New(), minted, nil
}

func (p *press) Void(_ context.Context, _, batch uuid.UUID, reason string) error {
	if len(reason) < 5 {
		return fault.New(fault.Invalid, "Say why, in a few words.")
	}
	p.asked = append(p.asked, "void "+batch.String()+" "+reason)
	return nil
}

// someBatches are batches in every state.
func someBatches() []unlock.Batch {
	b := unlock.Batch{ID: uuid.New(), Minted: noon, Codes: 40, Uses: 1, Expires: noon.AddDate(2, 0, 0), Unused: 38, Stock: 37}
	good, over, void := b, b, b
	good.ID, good.Stock, good.Uses = uuid.New(), 0, 5
	over.ID, over.Expires = uuid.New(), noon.Add(-time.Hour)
	void.ID, void.Voided = uuid.New(), noon
	return []unlock.Batch{b, good, over, void}
}

// codeSamples are the operator's page about codes with batches and without.
func codeSamples(s *site) []sample {
	full := adminCodesPage{Count: field{Name: "count", Label: "x", Type: "text"}, Uses: field{Name: "uses", Label: "x", Type: "text"}, Days: field{Name: "days", Label: "x", Type: "text"},
		Why: field{Name: "reason", Label: "x", Type: "text"}}
	empty := full
	for _, b := range someBatches() {
		full.List = append(full.List, s.batchRow(b))
	}
	return []sample{
		{"codes for staff", "admin_codes", full, map[string]int{"#batches li": 4, "#batches form[action$='/void']": 2, "#mint input": 3, ".quiet": 0}},
		{"codes for staff, none", "admin_codes", empty, map[string]int{"#batches li": 0, ".quiet": 1}},
	}
}

// Codes are minted as a table that nobody keeps, and withdrawn with a reason, by those who run the place alone.
func TestStaffMintAndWithdrawCodes(t *testing.T) {
	t.Parallel()
	mints := &press{batches: someBatches()}
	h := newHouse(t, func(c *Config) { c.Mint = mints })
	v, boss := h.guest(t), h.guest(t)
	h.people.change(boss.owner, func(p *account.Person) { p.Admin = true })
	void := adminCodesURL + "/" + mints.batches[0].ID.String() + "/void"
	form := url.Values{"count": {"3"}, "uses": {"2"}, "days": {"30"}}
	for _, who := range []*visitor{v, h.visitor(t)} {
		for _, got := range []reply{who.get(adminCodesURL), who.post(adminCodesURL, form), who.post(void, url.Values{"reason": {"because I can"}})} {
			if got.StatusCode == http.StatusOK || strings.Contains(got.Body, "K7M2P") {
				t.Errorf("somebody who does not run the place gets %d", got.StatusCode)
			}
		}
	}
	if len(mints.asked) != 0 {
		t.Fatalf("strangers did %v", mints.asked)
	}
	if page := boss.get(adminCodesURL).Body; !strings.Contains(page, "38 uses left") || !strings.Contains(page, "for sale, 37 not sold yet") || !strings.Contains(page, "withdrawn") {
		t.Error("the page does not list the batches")
	}
	got := boss.post(adminCodesURL, form)
	rows, err := csv.NewReader(strings.NewReader(got.Body)).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][0] != "code" || rows[1][0] != "K7M2P-QX9RT-4HJW8" || rows[1][1] != "2" || rows[1][2] != noon.AddDate(0, 0, 30).Format(time.RFC3339) {
		t.Errorf("the table is %v, %v", rows, err)
	}
	if got.Header.Get("Cache-Control") != "no-store" || !strings.Contains(got.Header.Get("Content-Disposition"), "attachment; filename=\"easel-codes-") {
		t.Errorf("the table comes as %v", got.Header)
	}
	for _, bad := range []url.Values{{"count": {"many"}, "uses": {"1"}, "days": {"1"}}, {"count": {"0"}, "uses": {"1"}, "days": {"1"}}, {"count": {"1"}, "uses": {"1"}, "days": {"99999999999"}}} {
		if got := boss.post(adminCodesURL, bad); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.Body, `value="`+bad.Get("count")+`"`) {
			t.Errorf("%v answers %d, or forgets what was typed", bad, got.StatusCode)
		}
	}
	if got := boss.post(void, url.Values{"reason": {"no"}}); got.StatusCode != http.StatusBadRequest {
		t.Errorf("without a reason: %d", got.StatusCode)
	}
	if got := boss.post(void, url.Values{"reason": {"the list was lost"}}); got.StatusCode != http.StatusSeeOther {
		t.Errorf("withdrawing answers %d", got.StatusCode)
	}
	if want := []string{"mint 720h0m0s", "void " + mints.batches[0].ID.String() + " the list was lost"}; len(mints.asked) != 2 || mints.asked[0] != want[0] || mints.asked[1] != want[1] {
		t.Errorf("done was %v, want %v", mints.asked, want)
	}
}
