package app_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// fetched is what an address answers; "" where nobody listens.
func fetched(t *testing.T, address string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

// TestCountsAreServedWhereTheOperatorSays: at an address of their own and nowhere else, with everything about deletion and backups,
// and with nothing in them but numbers.
func TestCountsAreServedWhereTheOperatorSays(t *testing.T) {
	t.Parallel()
	at := freeAddress(t)
	a := run(t, map[string]string{"EASEL_ADDRESS": freeAddress(t), "EASEL_METRICS": at}, nil)
	first, err := a.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://" + a.Address()
	boss := newPerson(t, origin)
	boss.post(strings.TrimPrefix(first, origin), nil)
	agree := regexp.MustCompile(`name="agree" value="([^"]+)"`).FindStringSubmatch(boss.get("/portrait/"))[1]
	newPerson(t, origin).post("/sign-up", url.Values{"mail": {"ana.lindqvist@example.com"}, "name": {"Ana Lindqvist"}, "password": {oldPassword}, "age": {"of-age"}, "agree": {agree}})

	var counts string
	for end := time.Now().Add(20 * time.Second); counts == "" && time.Now().Before(end); time.Sleep(20 * time.Millisecond) { // it begins beside the rest
		_, counts = fetched(t, "http://"+at+"/metrics")
	}
	for _, name := range []string{"easel_vault_overdue_objects", "easel_vault_waiting_objects", "easel_vault_held_objects", "easel_vault_keys_destroyed_total", "easel_vault_objects_removed_total",
		"easel_vault_late_seconds", "easel_vault_keys_stuck", "easel_vault_bytes_stuck", "easel_vault_clock_stopped", "easel_backup_keys_late"} {
		if !regexp.MustCompile(`(?m)^` + name + ` [0-9.e+-]+$`).MatchString(counts) {
			t.Errorf("there is no %s:\n%s", name, counts)
		}
	}
	line := regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ [A-Za-z0-9 ,.'-]+|[a-z_]+ [0-9.e+-]+)$`) // no label, so that none can say anything about anybody
	for l := range strings.Lines(counts) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("a line that is no count: %q", l)
		}
	}
	for _, path := range []string{"/metrics", "/debug/vars", "/debug/pprof/", "/admin/metrics"} {
		if status, page := fetched(t, origin+path); status != http.StatusNotFound || strings.Contains(page, "easel_vault") {
			t.Errorf("the public address answers %s with %d", path, status)
		}
	}
	if status, page := fetched(t, "http://"+at+"/portrait/"); status == http.StatusOK && !strings.HasPrefix(page, "# HELP") {
		t.Errorf("the address of counts serves pages: %.100s", page)
	}
}
