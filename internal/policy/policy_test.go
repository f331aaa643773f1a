package policy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"easel/internal/policy"
)

var update = flag.Bool("update", false, "write the golden texts anew")

func portrait(t testing.TB) string { return studio(t, "portrait") }

func studio(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "studios", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func decode(t testing.TB, text string) *policy.Studio {
	t.Helper()
	s, err := policy.Decode("portrait.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	s := decode(t, portrait(t))
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	upload := s.Deadline(policy.Upload, now, time.Time{})
	if want := time.Date(2026, 11, 23, 13, 58, 0, 0, time.UTC); !upload.Equal(want) {
		t.Errorf("upload ends %v, want %v", upload, want)
	}
	later := now.Add(5 * time.Hour)
	if got := s.Deadline(policy.Result, later, upload); !got.Equal(upload) {
		t.Errorf("a result made later ends %v, want the upload's end %v", got, upload)
	}
	if got, want := s.Deadline(policy.Result, later, time.Time{}), later.Add(24*time.Hour-2*time.Minute); !got.Equal(want) {
		t.Errorf("a result of no upload ends %v, want %v", got, want)
	}
	if got := s.Keep("checkpoint"); got != 0 {
		t.Errorf("an undeclared kind is kept %v, want not at all", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, at, want string }{
		{"unknown key", "storage: sealed", "storage: sealed\nstorrage: sealed", "storrage", `unknown field "storrage"`},
		{"unknown key inside", "    ends-with", "    forever: true\n    ends-with", "forever", `unknown field "forever"`},
		{"twice", "storage: sealed", "storage: sealed\nstorage: memory", "storage: memory", `mapping key "storage" already defined`},
		{"type", "minimum: 14", "minimum: old", "minimum: old", "cannot unmarshal string"},
		{"period", "keep: 30 days", "keep: a while", "a while", `"a while" is no length of time`},
		{"period by number", "keep: 30 days", "keep: 30", "keep: 30", `"30" is no length of time`},
		{"period by list", "keep: 30 days", "keep: [30 days]", "[30 days]", `"[" is no length of time`},
		{"day", "effective: 2026-11-22", "effective: soon", "soon", `"soon" is no day`},
		{"name", "name: portrait", "name: Portrait Studio", "name:", "name is an address"},
		{"too short", "keep: 30 days", "keep: 2 minutes", "2 minutes", "retention.visit.keep is too short"},
		{"memory", "storage: sealed", "storage: memory", "storage: memory", "storage cannot be enforced: its drawings are jobs in the database"},
		{"nobody", "class: account", "class: anonymous", "class:", "identity.class cannot be enforced"},
		{"visitors", "class: account", "class: visitor", "class:", "identity.class is account or anonymous"},
		{"account for a time", "keep: as long as the account", "keep: 31 days", "31 days", "retention.account.keep is \"as long"},
		{"photo as long as the account", "keep: 24 hours\n  result", "keep: as long as the account\n  result", "keep: as long", "retention.upload.keep is \"as long"},
		{"price", "tokens: 1", "tokens: -1", "tokens:", "price.tokens cannot be negative"},
		{"word", "of: personal", "of: mine", "of: mine", "ownership.of is personal, user or studio"},
		{"kind", "  visit:\n", "  diary:\n", "diary:\n", "retention.diary is a kind of data that the server has no clock for"},
		{"ends with itself", "ends-with: upload", "ends-with: result", "ends-with:", "retention.result.ends-with names no other kind"},
		{"result before its photo", "keep: 24 hours\n    ends-with: upload\n  visit", "keep: 1 hour\n    ends-with: upload\n  visit", "keep: 1 hour", "retention.result.keep cannot be enforced"},
		{"result by itself", "    ends-with: upload\n  visit", "  visit", "  result:", "retention.result.ends-with cannot be enforced"},
		{"no right", "see, download, delete,", "see, download,", "at-once:", "rights.at-once must have"},
		{"right by nobody", "see, download, delete,", "see, delete, forget,", "forget", "rights.at-once[2] cannot be done at once"},
		{"recipient", "recipients: []", "recipients:\n  - name: A\n    role: mail", "- name: A", "recipients[0] needs name"},
		{"role", "recipients: []", "recipients:\n  - name: A\n    role: astrologer", "role: astrologer", "recipients[0].role is database, bucket"},
		{"a figure in a text", "Gone within {upload}", "Gone within 24 hours", "tagline:", "tagline has a figure in it; name the clause"},
		{"braces without a meaning", "{upload}", "{week}", "tagline:", "tagline names {week}, which is {age} or a kind of data"},
		{"clock", "access: 10 days", "access: soon", "soon", `"soon" is no clock; write 10 days`},
		{"no clock", "  access: 10 days\n", "", "requests:", `requests says nothing about "access"`},
		{"request", "access: 10 days", "excess: 10 days", "excess", "requests.excess is no kind of request"},
		{"zone", "zone: UTC", "zone: Mars/Base", "zone:", "calendar.zone is a time zone"},
		{"no day to work on", "[saturday, sunday]", "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]", "weekend:", "calendar.weekend names days of the week"},
		{"day of the week", "[saturday, sunday]", "[caturday]", "caturday", `"caturday" is no day of the week`},
		{"holiday", "12-26", "13-26", "13-26", `"13-26" is no holiday`},
		{"longer than the longest", "longest: 24 hours", "longest: 23 hours", "keep: 24 hours", "retention.upload.keep is longer than the longest time that this studio declares, which is 23 hours"},
		{"no longest", "longest: 24 hours\n", "", "# The portrait", "longest is missing"},
		{"elsewhere than where it is", "where: sealed-database", "where: database", "where: database\n    keep: 90", `retention.usage.where is "database", but the server keeps it in "sealed-database"`},
		{"for good", "keep: for good", "keep: 1 year", "keep: 1 year", "retention.receipt.keep is \"for good\" for receipts"},
		{"switch", "marketing: when-agreed", "marketing: unless-refused", "marketing:", "choices.marketing must be when-agreed"},
		{"no hold", "  longest: 90 days\n", "", "hold:", "hold.longest is missing"},
		{"no code", "name: portrait", "name: passport", "status:", "status cannot be enforced: the program has no code for a studio of this name"},
		{"no adapter", "recipients: []", "recipients:\n  - name: A\n    role: provider\n    adapter: gemini\n    hosts: [a.example.org]\n    data: [upload]\n    receives: photos\n    why: to draw\n    keeps: a day",
			"adapter: gemini", `recipients[0].adapter cannot be enforced: the program has no adapter "gemini" yet`},
		{"two lines", "  address: \"\"", "  address: \"a\\nb\"", "  address", "contact.address is one line"},
		{"no title", "title: Portrait studio\n", "", "", "title is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(portrait(t), c.old) {
				t.Fatalf("portrait.yaml has no %q to change", c.old)
			}
			text := strings.Replace(portrait(t), c.old, c.new, 1)
			_, err := policy.Decode("portrait.yaml", []byte(text))
			want := fmt.Sprintf("portrait.yaml:%d: %s", lineOf(text, c.at), c.want)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v\nwant %s", err, want)
			}
		})
	}
	for name, text := range map[string]string{"empty": "", "comment": "# nothing\n", "two": portrait(t) + "\n---\n" + portrait(t),
		"list": "- a\n- b\n", "not yaml": "\x00\x01{", "huge": strings.Repeat("#", 1<<20+1)} {
		if _, err := policy.Decode("x.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "x.yaml") {
			t.Errorf("%s: got %v, want a refusal that names the file", name, err)
		}
	}
}

// lineOf returns the line on which part stands in text, counted from 1.
func lineOf(text, part string) int {
	before, _, _ := strings.Cut(text, part)
	return 1 + strings.Count(before, "\n")
}

func TestPlannedNeedNotBeEnforceable(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("status: live", "status: planned", "class: account", "class: anonymous",
		"storage: sealed", "storage: memory", "where: store", "where: memory").Replace(portrait(t))
	if s := decode(t, text); s.Status != policy.Planned {
		t.Errorf("status is %v", s.Status)
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	s := decode(t, strings.Replace(portrait(t), "recipients: []", `recipients:
  - name: Example Databases
    role: database
    hosts: [db.example.org]
    data: [visit, usage, account, order]
    receives: everything in the table above except pictures
    why: because the database runs there
`, 1))
	for host, want := range map[string]bool{"": true, "localhost": true, "127.0.0.1": true, "::1": true, "/run/postgresql": true,
		"db.example.org": true, "other.example.org": false, "10.0.0.7": false} {
		if err := s.Allows(policy.Database, host); (err == nil) != want {
			t.Errorf("database at %q: %v", host, err)
		}
	}
	if err := s.Allows(policy.Bucket, "db.example.org"); err == nil || !strings.Contains(err.Error(), "db.example.org is not named") {
		t.Errorf("a host named for another role: %v", err)
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"1 minute": time.Minute, "30 minutes": 30 * time.Minute, "24 hours": 24 * time.Hour,
		"48 hours": 48 * time.Hour, "30 days": 720 * time.Hour, "as long as the account": -1, "3 days": 72 * time.Hour} {
		if p, err := policy.ParsePeriod(text); err != nil || time.Duration(p) != want || p.String() != text {
			t.Errorf("%q is read as %v, %q, %v", text, time.Duration(p), p, err)
		}
	}
	for _, text := range []string{"", "24", "24h", "0 hours", "-1 days", "1.5 hours", "1 month", "11 years", "99999999999999 days", "4000 days", "1  hour"} {
		if p, err := policy.ParsePeriod(text); err == nil {
			t.Errorf("%q is read as %v, want a refusal", text, p)
		}
	}
}

// TestPrintedText holds the printed pages of every studio, so that a change of wording or of the declaration is seen and meant.
func TestPrintedText(t *testing.T) {
	t.Parallel()
	remote := strings.NewReplacer("recipients: []", `recipients:
  - name: Example Databases
    role: database
    hosts: [db.example.org]
    data: [visit, usage, account, order, request, permission, receipt, record]
    receives: what the table above places in the database
    why: because the database runs there
    keeps: for 7 days in its own backups
`, `mail: ""`, "mail: privacy@example.org", `officer: ""`, "officer: Ada Example", "status: live", "status: planned", "    ends-with: upload\n  visit", "  visit").Replace(portrait(t))
	texts := files(t)
	texts["remote"] = remote
	for name, text := range texts {
		s := decode(t, text)
		got, file := printed(s), filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; look at the text and, when it is meant, run with -update:\n%s", file, got)
		}
	}
}

func sections(all []policy.Section) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString("## " + p.Title + "  (" + p.ID + ")\n\n")
		for _, text := range p.Paragraphs {
			b.WriteString(text + "\n\n")
		}
		for _, text := range p.Points {
			b.WriteString("- " + text + "\n")
		}
		for _, row := range append([][]string{p.Head}, p.Rows...) {
			if len(row) > 0 {
				b.WriteString("| " + strings.Join(row, " | ") + "\n")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func FuzzDecode(f *testing.F) {
	f.Add(portrait(f))
	f.Add("name: x\nretention: {upload: {keep: 1 hour}}")
	f.Add("a: &a [*a]")
	f.Add("? [")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := policy.Decode("f.yaml", []byte(text))
		if err != nil {
			return
		}
		if found := s.Check(); len(found) != 0 {
			t.Errorf("decoded with problems: %v", found)
		}
		if len(s.Privacy()) == 0 {
			t.Error("no privacy page")
		}
	})
}

// TestOrdersAreKeptForAsLongAsSomethingMayBecomeOfThem: what a studio sells it has to say what it keeps of.
func TestOrdersAreKeptForAsLongAsSomethingMayBecomeOfThem(t *testing.T) {
	t.Parallel()
	whole := portrait(t)
	_, order, _ := strings.Cut(whole, "  order:\n")
	order, _, _ = strings.Cut(order, "  request:\n")
	order = "  order:\n" + order
	for name, c := range map[string]struct{ from, to, say string }{
		"too short":     {"keep: 7 years", "keep: 300 days", "retention.order.keep is too short"},
		"not declared":  {order, "", `says nothing about "order"`},
		"nothing sold":  {order, "", ""},
		"a year, apart": {"keep: 7 years", "keep: 366 days", ""},
	} {
		text := strings.Replace(whole, c.from, c.to, 1)
		if name == "nothing sold" {
			text = strings.Replace(text, "tokens: 1", "tokens: 0", 1)
		}
		_, err := policy.Decode("f.yaml", []byte(text))
		if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("%s: %v, want %q", name, err, c.say)
		}
	}
}
