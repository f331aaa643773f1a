package policy

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Problem is a clause that cannot stand as it is written.
type Problem struct {
	Clause string // its path in the file, such as retention.upload.keep
	Say    string // what is wrong with it and what to do, to be read after the clause
}

// Check finds every clause that is missing, makes no sense or, in a live studio, is a promise that the server could not
// keep.
func (s *Studio) Check() []Problem {
	var c checker
	c.identity(s)
	c.price(s)
	c.texts(s)
	c.words(s)
	c.recipients(s)
	c.retention(s)
	c.longest(s)
	c.rights(s)
	c.calendar(s)
	if s.Status == Live {
		c.enforceable(s)
	}
	return c.found
}

type checker struct{ found []Problem }

func (c *checker) add(bad bool, clause, say string, args ...any) {
	if bad {
		c.found = append(c.found, Problem{clause, fmt.Sprintf(say, args...)})
	}
}

var name = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)

func (c *checker) identity(s *Studio) {
	c.add(!name.MatchString(s.Name), "name", "is an address: 2 to 31 small letters, digits and hyphens, a letter first")
	c.add(s.Status != Live && s.Status != Planned, "status", "is live or planned")
	c.add(s.Version < 1, "version", "is counted from 1")
	c.add(s.Effective.IsZero(), "effective", "is the day from which this version holds, such as 2026-11-22")
	c.add(s.Age.Minimum < 0 || s.Age.Minimum > 120, "age.minimum", "is a number of years")
	c.add(s.Age.Guardian && s.Age.Minimum == 0, "age.guardian", "has nothing to agree to: there is no lowest age")
}

func (c *checker) price(s *Studio) {
	c.add(s.Price.Tokens < 0, "price.tokens", "cannot be negative")
	seen := map[string]bool{}
	for i, p := range s.Price.Products {
		at := fmt.Sprintf("price.products[%d]", i)
		c.add(p.ID == "" || p.What == "" || p.Tokens < 0, at, "needs id, what, and tokens that are not negative")
		c.add(seen[p.ID], at, "has a price already")
		seen[p.ID] = true
	}
}

func (c *checker) texts(s *Studio) {
	for _, t := range []struct{ clause, text string }{
		{"title", s.Title}, {"tagline", s.Tagline}, {"brings", s.Brings}, {"makes", s.Makes}, {"contact.name", s.Contact.Name},
	} {
		c.add(strings.TrimSpace(t.text) == "", t.clause, "is missing")
	}
	for _, t := range []struct{ clause, text string }{
		{"contact.name", s.Contact.Name}, {"contact.mail", s.Contact.Mail}, {"contact.phone", s.Contact.Phone}, {"contact.address", s.Contact.Address},
		{"contact.company", s.Contact.Company}, {"officer", s.Officer},
	} {
		c.add(strings.ContainsAny(t.text, "\n\r"), t.clause, "is one line")
	}
	c.add(s.Contact.Mail != "" && !strings.Contains(s.Contact.Mail, "@"), "contact.mail", "is a mail address")
	c.add(len(s.Prohibited) == 0, "prohibited", "is empty; say what the studio must not be used for")
	c.add(len(s.Statements) == 0, "statements", "is empty; say what a person states before the first photo")
	for i, t := range s.Statements {
		c.add(strings.TrimSpace(t) == "", fmt.Sprintf("statements[%d]", i), "is empty")
	}
	for i, t := range s.Prohibited {
		c.add(strings.TrimSpace(t) == "", fmt.Sprintf("prohibited[%d]", i), "is empty")
	}
}

func (c *checker) words(s *Studio) {
	_, known := classes[s.Identity.Class]
	c.add(!known, "identity.class", "is account or anonymous")
	_, known = storages[s.Storage]
	c.add(!known, "storage", "is sealed or memory")
	_, known = owners[s.Ownership.Of]
	c.add(!known, "ownership.of", "is personal, user or studio")
	c.add(s.Ownership.Of == House && s.Ownership.Cure <= 0, "ownership.cure", "is missing; say how long a breach can be made good, such as 14 days")
	c.add(s.Ownership.Of == User && s.Ownership.Cure != 0, "ownership.cure", "has nothing to end: the results are the person's own. Leave it out")
	c.add(s.Ownership.Cure < 0, "ownership.cure", "is a length of time, such as 14 days")
	for _, choice := range sorted(s.Choices) {
		standing, at := s.Choices[choice], "choices."+string(choice)
		c.add(!slices.Contains(Choices, choice), at, "is no switch; there are usage-records, improvement and marketing")
		_, known := standings[standing]
		c.add(!known, at, "is unless-refused or when-agreed")
		c.add(choice != UsageRecords && standing == UnlessRefused, at, "must be when-agreed: it is never on before somebody says so")
	}
}

func (c *checker) recipients(s *Studio) {
	for i, r := range s.Recipients {
		at := fmt.Sprintf("recipients[%d]", i)
		c.add(r.Name == "" || r.Receives == "" || r.Why == "" || len(r.Hosts) == 0 || len(r.Data) == 0, at, "needs name, hosts, data (the kinds that reach it), receives and why")
		_, known := roles[r.Role]
		c.add(!known, at+".role", "is %s; the server talks to no others yet", roleNames())
		c.add(r.Role == Provider && r.Adapter == "", at, "is a provider, so it needs an adapter, such as removebg")
		c.add(r.Role != Provider && r.Adapter != "", at+".adapter", "is for providers only")
		c.add(r.Role == Provider && r.Keeps == "", at, "is a provider, so it needs keeps: how long it keeps what it receives")
		_, known = adapters[r.Adapter]
		c.add(r.Adapter != "" && !known, at+".adapter", "is none that the program has or will have; there are %s", list(slices.Sorted(maps.Keys(adapters))))
		for j, kind := range r.Data {
			c.add(!s.Keeps(kind), fmt.Sprintf("%s.data[%d]", at, j), "is no kind of data that retention declares")
		}
		for j, host := range r.Hosts {
			c.add(host == "" || strings.ContainsAny(host, "/@* "), fmt.Sprintf("%s.hosts[%d]", at, j), "is a host's name alone, such as db.example.org")
		}
	}
}

func (c *checker) retention(s *Studio) {
	for _, kind := range sortedKinds(s.Retention) {
		rule, at := s.Retention[kind], "retention."+string(kind)
		if !slices.Contains(Kinds, kind) {
			c.add(true, at, "is a kind of data that the server has no clock for; it knows %s", list(strung(Kinds)))
			continue
		}
		c.add(rule.What == "" || rule.Why == "", at, "needs what (the data) and why (what it is for)")
		c.add(rule.Where != s.home(kind), at+".where", "is %q, but the server keeps it in %q; write that", string(rule.Where), string(s.home(kind)))
		c.add((rule.Keep == WithAccount) != (kind == Person || kind == Saved), at+".keep",
			"is \"as long as the account\" for what makes up the account and what is saved in it, and for nothing else")
		c.add((rule.Keep == ForGood) != (kind == Receipt || kind == Record), at+".keep", "is \"for good\" for receipts and the record of what operators did, and for nothing else")
		c.add(rule.Keep >= 0 && s.Keep(kind) <= 0, at+".keep", "is too short; the shortest time that can be kept exactly is 3 minutes")
		c.endsWith(s, kind, rule)
	}
}

func (c *checker) endsWith(s *Studio, kind Kind, rule Rule) {
	at := "retention." + string(kind) + ".ends-with"
	switch rule.EndsWith {
	case "":
	case Job:
		c.add(kind != Upload && kind != Prompt, at, "is job for what a job works on: upload and prompt")
	default:
		source, declared := s.Retention[rule.EndsWith]
		c.add(!declared || rule.EndsWith == kind, at, "names no other kind of data of this studio")
		c.add(source.EndsWith != "" && source.EndsWith != Job, at, "must name a kind that has an end of its own")
	}
}

// longest holds every deadline to the declared maximum.
func (c *checker) longest(s *Studio) {
	c.add(s.Longest <= 0, "longest", "is missing; say after how long every picture is gone, at the latest, unless it was saved, such as 24 hours")
	for _, kind := range sortedKinds(s.Retention) {
		c.add(kind.picture() && s.Longest > 0 && s.Retention[kind].Keep > s.Longest, "retention."+string(kind)+".keep",
			"is longer than the longest time that this studio declares, which is %s (%s)", s.Longest, s.At("longest"))
	}
}

func (c *checker) rights(s *Studio) {
	for i, r := range s.Rights.AtOnce {
		at := fmt.Sprintf("rights.at-once[%d]", i)
		_, known := atOnce[r]
		c.add(!known, at, "cannot be done at once; the pages do %s", list(strung(AllRights)))
		c.add(slices.Index(s.Rights.AtOnce, r) < i, at, "is there already")
	}
	for _, r := range []Right{See, Delete} {
		c.add(!s.Offers(r), "rights.at-once", "must have %q: every studio offers it", string(r))
	}
	c.add(s.Offers(Choose) != (len(s.Choices) > 0), "rights.at-once", "has \"choose\" exactly where there are choices")
	for _, kind := range sorted(s.Requests) {
		c.add(!slices.Contains(RequestKinds, kind), "requests."+string(kind), "is no kind of request; there are %s", list(strung(RequestKinds)))
	}
	for _, kind := range RequestKinds {
		c.add(s.Requests[kind] == Clock{}, "requests", "says nothing about %q; say how long an answer takes, such as 10 days", string(kind))
	}
}

// daysOff is more than any country has.
const daysOff = 60

func (c *checker) calendar(s *Studio) {
	_, err := time.LoadLocation(s.Calendar.Zone)
	c.add(err != nil || s.Calendar.Zone == "" || s.Calendar.Zone == "Local", "calendar.zone", "is a time zone, such as Europe/Berlin or UTC")
	week := slices.Compact(slices.Sorted(slices.Values(s.Calendar.Weekend)))
	c.add(len(week) > 6 || len(s.Calendar.Weekend) > len(week), "calendar.weekend", "names days of the week, each once, and leaves one to work on")
	c.add(len(s.Calendar.Holidays) > daysOff, "calendar.holidays", "has more than %d days", daysOff)
}

func sortedKinds(r Retention) []Kind {
	var all []Kind
	for _, k := range Kinds {
		if _, ok := r[k]; ok {
			all = append(all, k)
		}
	}
	for _, k := range sorted(r) {
		if !slices.Contains(Kinds, k) {
			all = append(all, k)
		}
	}
	return all
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// strung are the words themselves, as a file has them.
func strung[T ~string](all []T) []string {
	said := make([]string, len(all))
	for i, one := range all {
		said[i] = string(one)
	}
	return said
}
