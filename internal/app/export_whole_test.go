package app_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"easel/internal/receipt"
)

// exported is what somebody gets who takes everything home: the lines of each list.
func exported(t *testing.T, who *person) map[string][]string {
	t.Helper()
	status, archive, _ := who.ask(http.MethodPost, "/your-data/export", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"password": {oldPassword}}.Encode()))
	if status != http.StatusOK {
		t.Fatalf("the export: %d %.300s", status, archive)
	}
	r, err := zip.NewReader(bytes.NewReader([]byte(archive)), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSuffix(strings.TrimSpace(line), ","); strings.HasPrefix(line, "{") {
				lists[f.Name] = append(lists[f.Name], line)
			}
		}
	}
	return lists
}

// TestAnExportLeavesNothingOut: all orders and not only the newest, what was done about the person, and the receipts of what
// they deleted, which stand by themselves.
func TestAnExportLeavesNothingOut(t *testing.T) {
	if testing.Short() {
		t.Skip("in a plain build; its parts are raced by their own tests")
	}
	w := newWorld(t)
	ben := w.owner["ben"]
	const orders = 1203
	w.ask(`insert into easel.payment_order (id, number, owner, state, tokens, amount, currency, tax, created_at)
		select gen_random_uuid(), upper(substr(md5(i::text), 1, 4) || '-' || substr(md5(i::text), 5, 4)), $1, 'expired', 5, 500, 'eur', 'included', now() - i * interval '1 hour'
		  from generate_series(1, $2::integer) i returning number`, ben, orders)
	w.ask(`insert into easel.audit_entry (actor, action, subject, reason) values ($1, 'support.open', $2, 'a letter of his about a print') returning action`, w.owner["ana"], ben)
	w.ask(`insert into easel.account_consent (account, studio, version, at) values ($1, 'portrait', 9, now() - interval '1 year') returning studio`, ben) // besides the one of today
	photo := w.upload("/portrait/", w.ben, [][2]string{{"statement", "yes"}}, http.StatusSeeOther)
	objects := w.ask(`select unnest(array[photo, view])::text from easel.generation_upload`)
	w.ben.post(photo+"/delete", url.Values{"sure": {"yes"}})
	lists := exported(t, w.ben)
	if n := len(lists["orders.json"]); n != orders {
		t.Errorf("%d orders are in the export, want %d", n, orders)
	}
	if about := strings.Join(lists["done-by-staff.json"], "\n"); !strings.Contains(about, "a letter of his about a print") || strings.Contains(about, w.owner["ana"].String()) {
		t.Errorf("what was done about him is %s", about)
	}
	if said := strings.Join(lists["statements.json"], "\n"); strings.Count(said, `"what":"policy"`) != 2 || !strings.Contains(said, `"version":9`) || !strings.Contains(said, `"what":"photos"`) || !strings.Contains(said, `"what":"age"`) {
		t.Errorf("what he stated is %s", said)
	}
	if n := len(lists["receipts.json"]); n != len(objects) {
		t.Errorf("%d receipts are in the export, want %d", n, len(objects))
	}
	keys, err := receipt.DecodePublished([]byte(w.ben.get("/.well-known/easel-receipts.json")))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lists["receipts.json"] {
		r, err := receipt.Decode([]byte(line))
		if err == nil {
			_, err = r.Check(keys)
		}
		if err != nil || !strings.Contains(strings.Join(objects, " "), r.Statement.Object.String()) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if lists := exported(t, w.ana); len(lists["orders.json"]) != 0 || len(lists["receipts.json"]) != 0 {
		t.Errorf("somebody else's export has %d orders and %d receipts", len(lists["orders.json"]), len(lists["receipts.json"]))
	}
}
