package policy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"easel/internal/policy"
)

// files are the studios that come with Easel.
func files(t testing.TB) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "studios", "*.yaml"))
	if err != nil || len(names) != 5 {
		t.Fatalf("%d studios, %v; there are five", len(names), err)
	}
	all := map[string]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(name), ".yaml")] = string(data)
	}
	return all
}

// peopled is a file with somebody else in it who receives data: one in each role that its storage allows.
func peopled(text string) string {
	var b strings.Builder
	b.WriteString("recipients:\n")
	roles, data := policy.Roles, "[upload, account, receipt]"
	if strings.Contains(text, "storage: memory") {
		roles, data = []policy.Role{policy.SignIn, policy.Payment, policy.Mail, policy.Provider}, "[upload, result]"
	}
	for _, role := range roles {
		fmt.Fprintf(&b, "  - name: The %s company\n    role: %s\n    hosts: [%s.example.org]\n    country: Iceland\n    data: %s\n    receives: what it needs\n"+
			"    why: because it is set up\n    keeps: for a while\n", role, role, role, data)
		if role == policy.Provider {
			b.WriteString("    adapter: removebg\n")
		}
	}
	return strings.Replace(text, "recipients: []", strings.TrimSuffix(b.String(), "\n"), 1)
}

// behaviour is everything that the server asks a policy, with the answers.
func behaviour(s *policy.Studio) string {
	var b strings.Builder
	say := func(args ...any) { fmt.Fprintln(&b, args...) }
	now := time.Date(2026, 12, 23, 15, 30, 0, 0, time.UTC) // a Wednesday before days off
	say(s.Status, s.Version, s.Storage, s.Identity.Class, s.Age.Minimum, s.Age.Guardian, s.Price.Code, s.Latest(now), s.HoldEnd(now))
	for _, id := range []string{"rough-sketch", "pet-portrait", "pet-music", "pet-sculpture", "likeness-training", "likeness-picture"} {
		say(id, s.Tokens(id))
	}
	by, breach := s.CureBy(now)
	say(s.Ownership.Of, by, breach)
	for _, kind := range policy.Kinds {
		say(kind, s.Keeps(kind), s.Keep(kind), s.Retention[kind].Keep, s.Deadline(kind, now, time.Time{}), s.Deadline(kind, now, now.Add(time.Minute)), s.Source(kind))
		for _, role := range policy.Roles {
			say(role, s.Receives(role, kind))
		}
	}
	for _, right := range policy.AllRights {
		say(right, s.Offers(right))
	}
	for _, choice := range policy.Choices {
		shown, on := s.Asks(choice)
		say(choice, shown, on)
	}
	for _, kind := range policy.RequestKinds {
		for day := range 14 { // in two years, so that no day off falls on a weekend in both
			say(kind, s.Due(kind, now.AddDate(0, 0, day)).UTC(), s.Due(kind, now.AddDate(2, 0, day)).UTC())
		}
	}
	for _, role := range policy.Roles {
		say(role, s.Hosts(role), s.Allows(role, string(role)+".example.org") == nil, s.Allows(role, "changed.example.org") == nil)
	}
	for _, adapter := range []string{"removebg", "dashscope"} {
		say(adapter, s.AdapterHosts(adapter))
	}
	for day := -1; day < 3; day++ {
		live := *s
		live.Status, live.Contact.Mail = policy.Live, "ada@example.org"
		say("starts", policy.Refuse([]*policy.Studio{&live}, policy.Setup{Public: true, Now: s.Effective.AddDate(0, 0, day)}) == nil,
			policy.Refuse([]*policy.Studio{&live}, policy.Setup{Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}) == nil)
	}
	return b.String()
}

// printed is all pages.
func printed(s *policy.Studio) string {
	var b strings.Builder
	for _, page := range policy.Pages {
		b.WriteString(sections(s.Print(page)))
	}
	return b.String()
}

// mutation is one line of a file, written differently in several ways: the first that the server can keep is taken.
type mutation struct {
	line int
	ways []string
}

var (
	inPeriod = regexp.MustCompile(`^(\s*(?:keep|longest|cure): )(\d+) (minutes|hours|days|years)$`)
	inClock  = regexp.MustCompile(`^(\s+[a-z]+: )(\d+) (days|working days|hours on working days)$`)
	inNumber = regexp.MustCompile(`^(\s*-?\s*(?:version|minimum|tokens): )(\d+)$`)
	inFlag   = regexp.MustCompile(`^(\s*(?:guardian|code): )(true|false)$`)
	inList   = regexp.MustCompile(`^(\s*(?:at-once|weekend|holidays|hosts|data): )\[(.+)\]$`)
	inWord   = regexp.MustCompile(`^(\s*(?:ends-with|of|usage-records|improvement|marketing|role|adapter|zone|class|storage|status|where|effective): )(\S+)$`)
)

// words are what else a clause can say.
var words = map[string][]string{
	"ends-with": {"upload", "result", "job", ""}, "of": {"personal", "user", "studio"}, "usage-records": {"when-agreed"}, "improvement": {""}, "marketing": {""},
	"role": {"mail", "payment"}, "adapter": {"dashscope"}, "zone": {"Asia/Seoul"}, "class": {"anonymous", "account"}, "storage": {"memory", "sealed"},
	"status": {"planned"}, "where": {"database", "memory"}, "effective": {"2026-11-25"},
}

// mutations finds every number, recipient, right, choice and place of a file.
func mutations(text string) (all []mutation) {
	for i, line := range strings.Split(text, "\n") {
		var ways []string
		if m := inPeriod.FindStringSubmatch(line); m != nil {
			n := 0
			fmt.Sscan(m[2], &n)
			for _, other := range []int{n - 1, n + 1} {
				if other > 0 {
					ways = append(ways, fmt.Sprintf("%s%d %s", m[1], other, m[3]))
				}
			}
		} else if m := inClock.FindStringSubmatch(line); m != nil {
			ways = []string{m[1] + "3 days", m[1] + "4 working days"}
		} else if m := inNumber.FindStringSubmatch(line); m != nil {
			n := 0
			fmt.Sscan(m[2], &n)
			ways = []string{fmt.Sprintf("%s%d", m[1], n+1)}
		} else if m := inFlag.FindStringSubmatch(line); m != nil {
			ways = []string{m[1] + map[string]string{"true": "false", "false": "true"}[m[2]]}
		} else if m := inList.FindStringSubmatch(line); m != nil {
			items := strings.Split(m[2], ", ")
			for j := range items { // each is taken out, as a mutation of its own
				less := slices.Delete(slices.Clone(items), j, j+1)
				all = append(all, mutation{i, []string{m[1] + "[" + strings.Join(less, ", ") + "]", m[1] + "[" + strings.Join(append(less, "changed.example.org"), ", ") + "]"}})
			}
			continue
		} else if m := inWord.FindStringSubmatch(line); m != nil {
			clause := strings.TrimSpace(strings.TrimSuffix(m[1], ": "))
			for _, other := range words[clause] {
				switch {
				case other == "": // taken out
					ways = append(ways, "")
				case other != m[2]:
					ways = append(ways, m[1]+other)
				}
			}
		} else if strings.HasPrefix(strings.TrimSpace(line), "- name: ") {
			ways = []string{line + " of another name"}
		}
		if ways != nil {
			all = append(all, mutation{i, ways})
		}
	}
	return all
}

// nameless are clauses that print and do nothing: whose change shows on a page only.
var nameless = regexp.MustCompile(`^\s*- name: `)

// fixed are clauses of which the server keeps one value only, each with why. Any other is refused, with its line.
var fixed = map[string]string{
	"where":      "the code decides where it keeps a kind of data; the file says it, and is refused when it is not so",
	"storage":    "a studio's code is made for one storage",
	"class":      "a studio's code is made for people with accounts or for nobody known",
	"see":        "the pages do what a right says for everybody, so that none can be left out",
	"delete":     "every studio offers it",
	"choose":     "it is there exactly where there are choices",
	"tokens: 0":  "tokens belong to an account, and the cutout studio has none",
	"upload":     "the results of a live studio go together with their photo, which is what the end and the time of its results say",
	"at-most":    "no picture may be kept longer than the longest that is declared, nor results end before their photo",
	"memory":     "who is not known has no choices",
	"provider":   "a provider is reached by its adapter, others by none",
	"guardian":   "where there is no lowest age there is nothing to agree to",
	"code: true": "what is kept of codes says that they are sold",
	"permission": "it goes with what it is about",
}

// TestEveryPromiseIsTheProgram changes every number, recipient, right, choice and place in a copy of each file, one at a time. What
// the server does and what the pages say both change with it. What the server could not keep is refused with its line.
func TestEveryPromiseIsTheProgram(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build: one goroutine for each file, which share nothing")
	}
	for name, text := range files(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := peopled(text)
			kept, refused := 0, 0
			for _, m := range mutations(text) {
				switch took, err := m.apply(t, name, text); {
				case took:
					kept++
				case err != nil:
					refused++
				}
			}
			if kept < 40 || refused > kept/2 {
				t.Errorf("%d changes had their effect and %d were refused; most should have one", kept, refused)
			}
			t.Logf("%d changes: %d had their effect, %d were refused with their line", kept+refused, kept, refused)
		})
	}
}

// apply tries the ways of a mutation until one is accepted, and then both behaviour and pages have to differ. A number stays a
// number of the program: when it is refused because another one bounds it, both are moved.
func (m mutation) apply(t *testing.T, name, text string) (took bool, err error) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for _, base := range []string{text, loosened(text)} {
		was, broken := policy.Decode(name+".yaml", []byte(base))
		if broken != nil {
			t.Fatalf("%s: %v", name, broken)
		}
		for _, way := range m.ways {
			if base != text && way == strings.Split(base, "\n")[m.line] {
				continue
			}
			changed := strings.Split(base, "\n")
			changed[m.line] = way
			var s *policy.Studio
			if s, err = policy.Decode(name+".yaml", []byte(strings.Join(changed, "\n"))); err != nil {
				if !strings.Contains(err.Error(), name+".yaml:") {
					t.Errorf("%s:%d: %q is refused without a line: %v", name, m.line+1, way, err)
				}
				continue
			}
			if printed(s) == printed(was) {
				t.Errorf("%s:%d: %q in place of %q changes no page", name, m.line+1, way, lines[m.line])
			}
			if behaviour(s) == behaviour(was) && !nameless.MatchString(lines[m.line]) {
				t.Errorf("%s:%d: %q in place of %q changes nothing that the server does", name, m.line+1, way, lines[m.line])
			}
			return true, nil
		}
	}
	if !excused(lines[m.line], err) {
		t.Errorf("%s:%d: nothing in place of %q is accepted: %v", name, m.line+1, lines[m.line], err)
	}
	return false, err
}

// loosened is the file with room above every time of a picture.
func loosened(text string) string {
	return regexp.MustCompile(`(?m)^longest: .*$`).ReplaceAllString(text, "longest: 3 years")
}

// excused reports whether only one value can be kept, for a reason that is written down.
func excused(line string, err error) bool {
	for clause := range fixed {
		if strings.Contains(line, clause) {
			return true
		}
	}
	return err == nil
}
