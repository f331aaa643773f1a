package app_test

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"easel/internal/policy"
	"easel/studios"
)

// number is what a number of a studio's file becomes, and what shows in the running program that it is obeyed.
type number struct {
	is    string
	shows func(w *world) string
	want  string
}

// lasts shows a time that the database keeps.
func lasts(time, from string) func(w *world) string {
	return func(w *world) string {
		return strings.Join(w.ask(`select distinct round(extract(epoch from `+time+`)) || ' s' from `+from), " and ")
	}
}

// short is a time as it is kept: two minutes short of what the file says.
func short(d time.Duration) string { return fmt.Sprintf("%.0f s", (d - 2*time.Minute).Seconds()) }

const aDay = 24 * time.Hour

// numbers are the numbers of the live studios' files, each changed to one that nothing else in the file is.
var numbers = map[string]map[string]number{
	"portrait": {
		"version": {"7", func(w *world) string {
			return w.tell(`version::text from easel.account_consent`, `policy::text from easel.vault_object`)
		}, "7 and 7"},
		"age.minimum":               {"17", func(w *world) string { return w.tell(`minimum::text from easel.account_age`) }, "17"},
		"age.guardian":              {"false", withGuardian, "nobody younger"},
		"price.tokens":              {"2", func(w *world) string { return w.tell(`tokens::text from easel.ledger_entry where kind = 'capture'`) }, "2"},
		"retention.upload.keep":     {"21 hours", lasts(`deadline - created_at`, `easel.vault_object where kind in ('upload', 'view')`), short(21 * time.Hour)},
		"retention.result.keep":     {"22 hours", lasts(`r.deadline - u.created_at`, `easel.generation_run r join easel.generation_upload u on u.id = r.upload`), short(21 * time.Hour)}, // together with the photo
		"retention.permission.keep": {"23 hours", lasts(`p.deadline - u.created_at`, `easel.rights_permission p, easel.generation_upload u`), short(21 * time.Hour)},                     // the same
		"retention.visit.keep":      {"29 days", lasts(`max(expires_at - seen_at)`, `easel.account_session`), short(29 * aDay)},
		"retention.usage.keep":      {"89 days", lasts(`deadline - at`, `easel.account_visit`), short(89 * aDay)},
		"retention.request.keep":    {"2 years", lasts(`erase_at - closed_at`, `easel.rights_request where closed_at is not null`), short(2 * 366 * aDay)},
		"retention.order.keep":      {"8 years", keptOrders, "7.5 years old"},
		"retention.backup.keep":     {"20 hours", oldKeys, "20 hours"},
		"hold.longest":              {"80 days", longestHold, "80 days"},
		"requests.notification":     {"11 days", dueAs(policy.AskStatus), "as declared"},
		"requests.suspension":       {"72 hours on working days", dueAs(policy.AskSuspension), "as declared"},
		"requests.correction":       {"8 working days", dueAs(policy.AskCorrection), "as declared"},
		"requests.deletion":         {"48 hours on working days", dueAs(policy.AskDeletion), "as declared"},
		"requests.access":           {"12 days", dueAs(policy.AskAccess), "as declared"},
		"requests.portability":      {"13 days", dueAs(policy.AskPortability), "as declared"},
		"requests.objection":        {"14 days", dueAs(policy.AskObjection), "as declared"},
		"requests.compensation":     {"15 days", dueAs(policy.AskCompensation), "as declared"},
		"requests.child":            {"96 hours on working days", dueAs(policy.AskChild), "as declared"},
	},
	"cutout": {
		"retention.upload.keep": {"20 minutes", func(w *world) string { w.lives = 18 * time.Minute; inMemory(w); return "gone" }, "gone"}, // which says what is not
	},
}

// elsewhere are numbers that the running program is not asked about here, each with why.
var elsewhere = map[string]string{
	"effective":                    "the day from which the file holds; a later one stops the start",
	"longest":                      "bounds the others; the file is refused when one is longer",
	"calendar.holidays":            "by which the days of requests are counted, above",
	"requests.authority":           "registered by hand; counted like the others",
	"cutout retention.result.keep": "goes with its photo",
	"cutout retention.code.keep":   "the server starts with one value only while codes are sold",
	"cutout version":               "nobody is known who could agree to it",
	"cutout age.minimum":           "nobody is asked",
	"cutout price.tokens":          "nobody is known who could have any",
}

// clauses are the lines of a file, by the names that lead to them.
func clauses(text string) map[string]int {
	at, names := map[string]int{}, []string{}
	for i, line := range strings.Split(text, "\n") {
		m := regexp.MustCompile(`^( *)([a-z-]+):( |$)`).FindStringSubmatch(line)
		if m == nil {
			continue
		}
		names = append(names[:len(m[1])/2], m[2])
		at[strings.Join(names, ".")] = i
	}
	return at
}

// hasNumber finds clauses whose value is one, or begins with one.
var hasNumber = regexp.MustCompile(`^ *[a-z-]+: \[?\d`)

// TestEveryNumberIsTheProgram changes every number in the files of the studios that are open, starts the program with them, uses it,
// and looks at what it does: deadlines, prices, ages, clocks and bounds are those of the files. A number without a case fails.
func TestEveryNumberIsTheProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("in a plain build; its parts are raced by their own tests")
	}
	dir := t.TempDir()
	changes := map[string]map[string]number{"portrait": numbers["portrait"], "cutout": maps.Clone(numbers["cutout"])}
	for clause, n := range numbers["portrait"] {
		if strings.HasPrefix(clause, "requests.") || clause == "retention.order.keep" { // one clock for all studios, which they have to say alike
			changes["cutout"][clause] = n
		}
	}
	for name, all := range changes {
		data, err := fs.ReadFile(studios.Files(), name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		lines, at := strings.Split(string(data), "\n"), clauses(string(data))
		for clause, i := range at {
			_, shown := all[clause]
			group, _, _ := strings.Cut(clause, ".")
			_, known := elsewhere[clause]
			_, knownHere := elsewhere[name+" "+clause]
			_, knownGroup := elsewhere[name+" "+group]
			if hasNumber.MatchString(lines[i]) && !shown && !known && !knownHere && !knownGroup {
				t.Errorf("%s.yaml:%d: nothing shows that the program obeys %q: add a case to numbers", name, i+1, clause)
			}
		}
		for clause, n := range all {
			i, known := at[clause]
			if !known || strings.HasSuffix(lines[i], ": "+n.is) {
				t.Fatalf("%s.yaml has nothing at %q that could become %s", name, clause, n.is)
			}
			lines[i] = lines[i][:strings.Index(lines[i], ":")+2] + n.is
		}
		if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, "EASEL_STUDIOS", dir)
	w.bring()
	w.must(w.app.AskPermission(t.Context(), w.owner["ana"], w.run()))
	id, err := w.app.Ask(t.Context(), w.owner["ben"])
	w.must(err)
	w.must(w.app.Answer(t.Context(), w.owner["ana"], id))
	w.settle()
	for _, name := range slices.Sorted(maps.Keys(numbers)) { // what lives in memory first: it looks whether any table changes
		for clause, n := range numbers[name] {
			if got := n.shows(w); got != n.want {
				t.Errorf("%s: %s is %s in the file, and what the program does is %q, want %q", name, clause, n.is, got, n.want)
			}
		}
	}
}

// settle waits until the program has done what it was asked to do beside: letters are written, messages of payments are worked.
func (w *world) settle() {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if w.ask(`select (count(*) filter (where state in ('available', 'pending', 'running', 'retryable')))::text from river.river_job`)[0] == "0" {
			return
		}
	}
	w.t.Fatal("the program's work beside never ends")
}

// tell shows what queries find.
func (w *world) tell(queries ...string) string {
	var all []string
	for _, q := range queries {
		all = append(all, slices.Compact(slices.Sorted(slices.Values(w.ask(`select `+q))))...)
	}
	return strings.Join(all, " and ")
}

// withGuardian shows whether somebody younger can come with a guardian's agreement.
func withGuardian(w *world) string {
	page := newPerson(w.t, w.origin).get("/sign-up")
	switch {
	case !strings.Contains(page, `value="of-age"`):
		return "nobody at all"
	case strings.Contains(page, `value="guardian"`):
		return "somebody younger"
	}
	return "nobody younger"
}

// keptOrders makes orders of different ages and shows which are still there after the program has looked.
func keptOrders(w *world) string {
	for i, years := range []string{"6.5", "7.5", "8.5"} {
		w.ask(`insert into easel.payment_order (id, number, state, tokens, amount, currency, tax, session, paid_at, created_at)
			values (gen_random_uuid(), $1, 'paid', 5, 500, 'eur', $2::text, $1, now(), now() - $2::text::numeric * interval '366 days') returning number`, fmt.Sprintf("AGED-000%d", i), years)
	}
	w.rounds()
	return w.ask(`select max(tax::numeric) || ' years old' from easel.payment_order where number like 'AGED-%'`)[0]
}

// oldKeys shows by which promise the age of a copy of the keys is judged.
func oldKeys(w *world) string {
	w.ask(`insert into easel.backup_copy (part, at) values ('keys', now() - interval '11 hours') returning part`) // late by 20 hours, and not by 24
	m := regexp.MustCompile(`for at most (\d+ hours)`).FindStringSubmatch(w.ana.get("/admin/deletion"))
	if m == nil {
		return "nothing"
	}
	return m[1]
}

// longestHold shows how long a hold may be.
func longestHold(w *world) string {
	form := url.Values{"about": {"account"}, "subject": {w.owner["ben"].String()}, "ends": {time.Now().AddDate(0, 0, 85).Format(time.DateOnly)}, "reason": {"letter of a court"}}
	status, page, _ := w.ana.ask(http.MethodPost, "/admin/holds", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	m := regexp.MustCompile(`A hold lasts (\d+ days) at most`).FindStringSubmatch(page)
	if status == http.StatusSeeOther || m == nil {
		return fmt.Sprint("none below 85 days: ", status)
	}
	return m[1]
}

// dueAs shows whether a request is due when the file says so, by its own calendar.
func dueAs(kind policy.RequestKind) func(w *world) string {
	return func(w *world) string {
		w.must(w.app.AskFor(w.t.Context(), w.owner["ana"], kind))
		times := w.ask(`select unnest(array[to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), to_char(due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')])
			from easel.rights_request where kind = $1 and state = 'open'`, string(kind))
		all, err := studios.Open(w.config.Studios)
		w.must(err)
		received, err := time.Parse(time.RFC3339Nano, times[0])
		w.must(err)
		if want := studios.Named(all, "portrait").Due(kind, received).UTC().Format(time.RFC3339); !strings.HasPrefix(times[1], strings.TrimSuffix(want, "Z")) {
			return times[1] + " instead of " + want
		}
		return "as declared"
	}
}
