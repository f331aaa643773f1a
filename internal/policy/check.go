package policy

import (
	"fmt"
	"net/netip"
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
	c.texts(s)
	c.words(s)
	c.retention(s)
	c.rights(s)
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
	c.add(s.Price.Tokens < 0, "price.tokens", "cannot be negative")
}

func (c *checker) texts(s *Studio) {
	for _, t := range []struct{ clause, text string }{
		{"title", s.Title}, {"tagline", s.Tagline}, {"contact.name", s.Contact.Name},
	} {
		c.add(strings.TrimSpace(t.text) == "", t.clause, "is missing")
	}
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
	_, known = ownerships[s.Ownership]
	c.add(!known, "ownership", "is personal or user")
	for i, r := range s.Recipients {
		at := fmt.Sprintf("recipients[%d]", i)
		c.add(r.Name == "" || r.Receives == "" || r.Why == "" || len(r.Hosts) == 0, at, "needs name, receives, why and hosts")
		_, known := roles[r.Role]
		c.add(!known, at+".role", "is %s; the server talks to no others yet", roleNames())
	}
}

func (c *checker) retention(s *Studio) {
	for _, kind := range sortedKinds(s.Retention) {
		rule, at := s.Retention[kind], "retention."+string(kind)
		c.add(!slices.Contains(Kinds, kind), at, "is a kind of data that the server has no clock for; it knows upload, result, visit, usage, account and order")
		c.add(rule.What == "" || rule.Why == "", at, "needs what (the data) and why (what it is for)")
		c.add((rule.Keep == WithAccount) != (kind == Person), at+".keep", "is \"as long as the account\" for what makes up the account, and for nothing else")
		c.add(rule.Keep != WithAccount && s.Keep(kind) <= 0, at+".keep", "is too short; the shortest time that can be kept exactly is 3 minutes")
		if rule.EndsWith == "" {
			continue
		}
		source, declared := s.Retention[rule.EndsWith]
		c.add(!declared || rule.EndsWith == kind, at+".ends-with", "names no other kind of data of this studio")
		c.add(source.EndsWith != "", at+".ends-with", "must name a kind that has an end of its own")
	}
}

func (c *checker) rights(s *Studio) {
	for i, r := range s.Rights.AtOnce {
		_, known := atOnce[r]
		c.add(!known, fmt.Sprintf("rights.at-once[%d]", i), "cannot be done at once; the pages do see, download and delete")
	}
	for i, r := range s.Rights.OnRequest {
		_, known := onRequest[r]
		c.add(!known, fmt.Sprintf("rights.on-request[%d]", i), "is explanation, correction, restriction, objection or portability")
	}
	c.add(len(s.Rights.OnRequest) > 0 && s.Rights.AnsweredWithin == 0, "rights.answered-within",
		"is missing; say how long an answer takes, such as 10 days")
	for _, r := range []Right{See, Delete} {
		c.add(!slices.Contains(s.Rights.AtOnce, r), "rights.at-once", "must have %q: every studio offers it", string(r))
	}
}

// enforceable refuses promises that no code keeps yet. A clause leaves this list when its code arrives.
func (c *checker) enforceable(s *Studio) {
	c.add(s.Price.Tokens != 0 && s.Identity.Class == Anonymous, "price.tokens", "cannot be enforced: tokens belong to an account. Write 0, or account under identity.class")
	result, upload := s.Retention[Result], s.Retention[Upload]
	c.add(result.EndsWith != Upload, "retention.result.ends-with", "cannot be enforced: results go together with their photo. Make the studio planned, or write upload")
	c.add(result.Keep < upload.Keep, "retention.result.keep",
		"cannot be enforced: results go together with their photo, which is kept for %s. Shorten that, or write the same here", upload.Keep)
	if s.Storage == Memory {
		c.inMemory(s)
		return
	}
	c.add(s.Identity.Class != Account, "identity.class", "cannot be enforced: what is sealed belongs to somebody who signs in. Write account, or memory under storage")
	for _, kind := range Kinds {
		_, declared := s.Retention[kind]
		c.add(!declared && kind != Order, "retention", "says nothing about %q, which every live studio with accounts keeps", string(kind))
	}
	order, declared := s.Retention[Order]
	c.add(!declared && s.Price.Tokens > 0, "retention", "says nothing about %q, which every studio keeps whose results cost tokens", string(Order))
	c.add(declared && time.Duration(order.Keep) < disputable, "retention.order.keep", "is too short: refunds and disputes come up to a year after a payment")
}

// disputable is how long after a payment something may still become of it.
const disputable = 366 * 24 * time.Hour

// inMemory holds a studio that writes nothing down to that.
func (c *checker) inMemory(s *Studio) {
	c.add(s.Identity.Class != Anonymous, "identity.class", "cannot be enforced: who signs in is written down. Write anonymous, or sealed under storage")
	for _, kind := range sortedKinds(s.Retention) {
		c.add(kind != Upload && kind != Result, "retention."+string(kind), "cannot be enforced: a studio that lives in memory keeps nothing else")
	}
	for i, r := range s.Recipients {
		c.add(r.Role == Database || r.Role == Bucket, fmt.Sprintf("recipients[%d].role", i), "cannot be enforced: a studio that lives in memory stores nothing anywhere")
	}
}

// Allows reports whether the server may keep data of the studio at host. A host on this machine (a loopback address, a
// socket path, an empty name) always may; another one only when the policy names it as a recipient of that role.
func (s *Studio) Allows(role Role, host string) error {
	if local(host) {
		return nil
	}
	for _, r := range s.Recipients {
		if r.Role == role && slices.Contains(r.Hosts, host) {
			return nil
		}
	}
	return fmt.Errorf("the %s at %s is not named in the policy of the studio %q; add it to its recipients as a %s, or use one on this machine",
		role, host, s.Name, role)
}

// Hosts lists the hosts that the policy names as recipients of a role.
func (s *Studio) Hosts(role Role) (all []string) {
	for _, r := range s.Recipients {
		if r.Role == role {
			all = append(all, r.Hosts...)
		}
	}
	return all
}

func local(host string) bool {
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func sortedKinds(r Retention) []Kind {
	var all []Kind
	for _, k := range Kinds {
		if _, ok := r[k]; ok {
			all = append(all, k)
		}
	}
	var odd []Kind
	for k := range r {
		if !slices.Contains(Kinds, k) {
			odd = append(odd, k)
		}
	}
	slices.Sort(odd)
	return append(all, odd...)
}
