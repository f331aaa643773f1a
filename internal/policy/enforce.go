package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// What the program's code does, so that no file promises anything else. A line changes when its code does.

// served is what the code of a studio is made for.
type served struct {
	class   Class
	storage Storage
	stores  string // what it would have to do in another place
}

// codes are the studios that have code.
var codes = map[string]served{
	"portrait": {Account, Sealed, "its drawings are jobs in the database, and their photos wait in the sealed store"},
	"cutout":   {Anonymous, Memory, "its work is done in sessions that nobody signs in to"},
}

// adapters are the providers that the program talks to, or will; true where it does.
var adapters = map[string]bool{
	"removebg": true, "dashscope": true,
	"gemini": false, "openai": false, "replicate": false, "fal": false, "comfyui": false, "music": false, "relief": false,
}

// enforceable refuses promises that no code keeps yet. A clause leaves this list when its code arrives.
func (c *checker) enforceable(s *Studio) {
	code, exists := codes[s.Name]
	c.add(!exists, "status", "cannot be enforced: the program has no code for a studio of this name. Write planned")
	c.add(exists && s.Storage != code.storage, "storage", "cannot be enforced: %s. Write %s", code.stores, code.storage.word())
	c.add(exists && s.Identity.Class != code.class, "identity.class", "cannot be enforced: %s. Write %s", code.stores, string(code.class))
	c.add(s.Price.Tokens != 0 && s.Identity.Class == Anonymous, "price.tokens", "cannot be enforced: tokens belong to an account. Write 0, or account under identity.class")
	for i, r := range s.Recipients {
		c.add(r.Role == Provider && !adapters[r.Adapter], fmt.Sprintf("recipients[%d].adapter", i),
			"cannot be enforced: the program has no adapter %q yet. Take the recipient out, or make the studio planned", r.Adapter)
	}
	result, upload := s.Retention[Result], s.Retention[Upload]
	c.add(result.EndsWith != Upload, "retention.result.ends-with", "cannot be enforced: results go together with their photo. Make the studio planned, or write upload")
	c.add(result.Keep < upload.Keep, "retention.result.keep",
		"cannot be enforced: results go together with their photo, which is kept for %s. Shorten that, or write the same here", upload.Keep)
	if s.Storage == Memory {
		c.inMemory(s)
		return
	}
	c.withAccount(s)
}

// unbuilt are kinds of data that no live studio makes yet.
var unbuilt = []Kind{Saved, Model, Prompt, Code}

// withAccount holds a studio that keeps things to saying all that it keeps.
func (c *checker) withAccount(s *Studio) {
	c.add(s.Identity.Class != Account, "identity.class", "cannot be enforced: what is sealed belongs to somebody who signs in. Write account, or memory under storage")
	for _, kind := range Kinds {
		built := !slices.Contains(unbuilt, kind)
		c.add(!s.Keeps(kind) && built && kind != Order, "retention", "says nothing about %q, which every live studio with accounts keeps", string(kind))
		c.add(s.Keeps(kind) && !built, "retention."+string(kind), "cannot be enforced: nothing of this kind is made yet. Leave it out, or make the studio planned")
	}
	c.add(s.Retention[Upload].EndsWith == Job, "retention.upload.ends-with", "cannot be enforced: a photo stays for further drawings. Leave it out")
	order := s.Retention[Order]
	c.add(!s.Keeps(Order) && s.Price.Tokens > 0, "retention", "says nothing about %q, which every studio keeps whose results cost tokens", string(Order))
	c.add(s.Keeps(Order) && time.Duration(order.Keep) < disputable, "retention.order.keep", "is too short: refunds and disputes come up to a year after a payment")
	for _, right := range AllRights {
		c.add(!s.Offers(right) && right != Choose, "rights.at-once", "must have %q: the pages do it for everybody", string(right))
	}
	c.add(s.Hold.Longest <= 0, "hold.longest", "is missing; say how long a legal hold may stop a deletion, such as 90 days")
}

// disputable is how long after a payment something may still become of it.
const disputable = 366 * 24 * time.Hour

// codeLongest is how long the database lets a code lie that was bought.
const codeLongest = Period(day)

// inMemory holds a studio that writes nothing down to that.
func (c *checker) inMemory(s *Studio) {
	c.add(s.Identity.Class != Anonymous, "identity.class", "cannot be enforced: who signs in is written down. Write anonymous, or sealed under storage")
	for _, kind := range sortedKinds(s.Retention) {
		sold := s.Price.Code && (kind == Order || kind == Code)
		c.add(kind != Upload && kind != Result && !sold, "retention."+string(kind), "cannot be enforced: a studio that lives in memory keeps nothing else")
	}
	c.add(s.Retention[Code].Keep > codeLongest, "retention.code.keep", "cannot be enforced: the server shows a code to its buyer for %s and then erases it", codeLongest)
	for i, r := range s.Recipients {
		c.add(r.Role == Database || r.Role == Bucket || r.Role == Keys, fmt.Sprintf("recipients[%d].role", i), "cannot be enforced: a studio that lives in memory stores nothing anywhere")
	}
	c.add(s.Hold.Longest != 0, "hold.longest", "cannot be enforced: there is nothing that could be held. Leave it out")
	c.add(len(s.Choices) > 0, "choices", "cannot be enforced: nobody is known who could choose. Leave it out")
	for i, r := range s.Rights.AtOnce {
		c.add(r != See && r != Download && r != Delete, fmt.Sprintf("rights.at-once[%d]", i), "cannot be enforced: nobody is known whose right it would be")
	}
}

// word is the storage as a file has it.
func (s Storage) word() string { return string(s) }

// Allows reports whether the server may keep data of the studio at host. A host on this machine (a loopback address, a
// socket path, an empty name) always may; another one only when the policy names it as a recipient of that role.
func (s *Studio) Allows(role Role, host string) error {
	if local(host) || slices.Contains(s.Hosts(role), host) {
		return nil
	}
	return fmt.Errorf("%s: the %s at %s is not named in the policy of the studio %q; add it to its recipients as a %s, or use one on this machine",
		s.At("recipients"), role, host, s.Name, role)
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

// AdapterHosts lists the hosts that the policy names for one of the program's adapters; none where it names no such provider.
func (s *Studio) AdapterHosts(adapter string) (all []string) {
	for _, r := range s.Recipients {
		if r.Role == Provider && r.Adapter == adapter {
			all = append(all, r.Hosts...)
		}
	}
	return all
}

// Receives reports whether data of the kind reaches a recipient of the role.
func (s *Studio) Receives(role Role, kind Kind) bool {
	return slices.ContainsFunc(s.Recipients, func(r Recipient) bool { return r.Role == role && slices.Contains(r.Data, kind) })
}

func local(host string) bool {
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// Way is a host that the server is set up to talk to.
type Way struct {
	Role    Role
	Host    string
	Setting string // where the operator has set it, such as DATABASE_URL
	Studio  string // the only studio that it is for; "": every studio with accounts
}

// Setup is what the policies are held against when the server starts.
type Setup struct {
	Public bool // browsers reach it from other machines
	Ways   []Way
	Now    time.Time
}

// Refuse finds what a server that is set up like this could not keep of the live studios' promises: a line for each, with
// file and line.
func Refuse(all []*Studio, setup Setup) error {
	var wrong []error
	add := func(s *Studio, clause, say string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s: %s %s", s.At(clause), clause, fmt.Sprintf(say, args...)))
	}
	for _, s := range all {
		if s.Status != Live {
			continue
		}
		if setup.Public && s.Contact.Mail == "" {
			add(s, "contact.mail", "is missing: people on other machines reach this server, and must be able to reach whoever runs it. "+
				"Write a policy file of your own; see EASEL_STUDIOS in `easel help config`")
		}
		if s.Effective.After(setup.Now.Add(day)) { // a day, since it begins earlier elsewhere
			add(s, "effective", "is %s, which is still to come, but what the server reads it obeys at once. Give it the file on that day", s.Effective)
		}
		for i, way := range setup.Ways {
			if way.Studio != s.Name && (way.Studio != "" || s.Identity.Class != Account) {
				continue
			}
			if slices.Index(setup.Ways, way) < i {
				continue // told already
			}
			if err := s.Allows(way.Role, way.Host); err != nil {
				wrong = append(wrong, fmt.Errorf("%w (%s)", err, way.Setting))
			}
		}
	}
	return errors.Join(append(wrong, together(all))...)
}
