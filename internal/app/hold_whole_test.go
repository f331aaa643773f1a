package app_test

import (
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestAPhotoIsHeldByTheNumberOfItsPage: those who run the place hold it by what its address says; its owner deletes it and sees no
// more of it, and key, bytes and row stay until the hold is lifted.
func TestAPhotoIsHeldByTheNumberOfItsPage(t *testing.T) {
	if testing.Short() {
		t.Skip("in a plain build; its parts are raced by their own tests")
	}
	w := newWorld(t)
	photo := w.upload("/portrait/", w.ben, [][2]string{{"statement", "yes"}}, http.StatusSeeOther)
	hold := func(number string) (int, string) {
		form := url.Values{"about": {"object"}, "subject": {number}, "ends": {time.Now().AddDate(0, 0, 7).Format(time.DateOnly)}, "reason": {"letter of a court"}}
		status, page, _ := w.ana.ask(http.MethodPost, "/admin/holds", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		return status, page
	}
	if status, page := hold(w.owner["ben"].String()); status == http.StatusSeeOther || !strings.Contains(page, "nothing would be held") { // of an account, and not of a work
		t.Errorf("a hold on no work: %d", status)
	}
	if status, page := hold(path.Base(photo)); status != http.StatusSeeOther {
		t.Fatalf("a hold on a photo: %d %s", status, page)
	}
	w.ben.post(photo+"/delete", url.Values{"sure": {"yes"}})
	w.rounds()
	if readable(w.ben, photo) || readable(w.ben, photo+"/original") {
		t.Error("what was deleted and is held can be seen")
	}
	const kept = `select (select count(*) from easel.vault_object where state = 'held') || ' objects, ' || (select count(*) from keys.vault_object) || ' keys, ' || (select count(*) from easel.generation_held) || ' rows'`
	if got := w.ask(kept)[0]; got != "2 objects, 2 keys, 1 rows" {
		t.Errorf("while it is held there are %s", got)
	}
	if said := strings.Join(exported(t, w.ben)["receipts.json"], "\n"); said != "" {
		t.Errorf("of what was not destroyed there is a receipt: %s", said)
	}
	lift := regexp.MustCompile(`action="(/admin/holds/[^"]+/lift)"`).FindAllStringSubmatch(w.ana.get("/admin/deletion"), -1)
	if len(lift) != 1 {
		t.Fatalf("the page lists %d holds, want the one that was set", len(lift))
	}
	w.ana.post(lift[0][1], url.Values{"reason": {"it is over"}})
	w.rounds()
	if got := w.ask(kept)[0]; got != "0 objects, 0 keys, 0 rows" {
		t.Errorf("after the hold there are %s", got)
	}
	if n := len(exported(t, w.ben)["receipts.json"]); n != 2 {
		t.Errorf("after the hold there are %d receipts, want 2", n)
	}
}
