// Package policy is a studio's promise: one file, decoded strictly, checked against what the server can enforce, and
// said in English.
//
// Whoever enforces a clause asks for it by its class (Keep, Deadline, Due, Allows, Offers), so that the text a person reads
// and what the program does come from the same line.
package policy

import (
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Studio is one declared studio.
type Studio struct {
	Name       string                `yaml:"name"`       // its address: /<name>/
	Title      string                `yaml:"title"`      // as people read it
	Tagline    string                `yaml:"tagline"`    // one or two short sentences
	Brings     string                `yaml:"brings"`     // what a person brings, after "You bring": a photo
	Makes      string                `yaml:"makes"`      // what the studio makes, in the plural: portraits
	Status     Status                `yaml:"status"`     // only live studios are served
	Version    int                   `yaml:"version"`    // of the policy, counted from 1
	Effective  Date                  `yaml:"effective"`  // from when this version holds
	Identity   Identity              `yaml:"identity"`   // how the studio tells people apart
	Age        Age                   `yaml:"age"`        // who is old enough
	Price      Price                 `yaml:"price"`      // of what it makes
	Storage    Storage               `yaml:"storage"`    // where bytes live
	Longest    Period                `yaml:"longest"`    // no picture has a later deadline, unless its owner saved it
	Retention  Retention             `yaml:"retention"`  // what is kept, why, where, how long
	Hold       Hold                  `yaml:"hold"`       // what may stop a deletion
	Recipients []Recipient           `yaml:"recipients"` // who else receives data
	Choices    map[Choice]Standing   `yaml:"choices"`    // what a person may switch on and off
	Statements []string              `yaml:"statements"` // what a person states before the first photo
	Prohibited []string              `yaml:"prohibited"` // what the studio must not be used for
	Ownership  Ownership             `yaml:"ownership"`  // whose the results are
	Rights     Rights                `yaml:"rights"`     // what a person can do at once
	Requests   map[RequestKind]Clock `yaml:"requests"`   // what they can ask for, and how long an answer takes
	Calendar   Calendar              `yaml:"calendar"`   // on which days answers are worked on
	Contact    Contact               `yaml:"contact"`    // who answers
	Officer    string                `yaml:"officer"`    // the data protection officer, when there is one

	file   string    // the file's name
	tree   *ast.File // where each clause stands
	digest string    // of what the file declares
}

// Identity is how the studio tells people apart, and why it does so at all.
type Identity struct {
	Class Class  `yaml:"class"`
	Why   string `yaml:"why"`
}

// Age is the youngest a person may be. With Guardian, younger people may come with a guardian's agreement.
type Age struct {
	Minimum  int  `yaml:"minimum"` // in years
	Guardian bool `yaml:"guardian"`
}

// Price is what results cost.
type Price struct {
	Tokens   int64     `yaml:"tokens"`   // of one result that Products does not name
	Products []Product `yaml:"products"` // what costs something else
	Code     bool      `yaml:"code"`     // the full picture is opened by an unlock code
	Why      string    `yaml:"why"`
}

// Product is one thing with a price of its own.
type Product struct {
	ID     string `yaml:"id"`   // of the catalogue's row
	What   string `yaml:"what"` // as people read it
	Tokens int64  `yaml:"tokens"`
}

// Retention has one rule for each kind of data.
type Retention map[Kind]Rule

// Rule is what is kept under one kind, why, where, and for how long.
type Rule struct {
	What     string `yaml:"what"`
	Why      string `yaml:"why"`
	Where    Place  `yaml:"where"`
	Keep     Period `yaml:"keep"`
	EndsWith Kind   `yaml:"ends-with"` // never outlives the thing of this kind that it was made from, or the job that uses it
}

// Hold is what may keep a thing that is due from being deleted.
type Hold struct {
	Longest Period `yaml:"longest"` // of one hold; it may be ordered again
	Why     string `yaml:"why"`
}

// Recipient is somebody else who receives data, by a host that the server talks to.
type Recipient struct {
	Name     string   `yaml:"name"`
	Role     Role     `yaml:"role"`
	Adapter  string   `yaml:"adapter"` // which of the program's adapters talks to a provider
	Hosts    []string `yaml:"hosts"`
	Country  string   `yaml:"country"`
	Data     []Kind   `yaml:"data"` // the kinds of data that reach it
	Receives string   `yaml:"receives"`
	Why      string   `yaml:"why"`
	Keeps    string   `yaml:"keeps"`
}

// Rights are what a person can do alone and at once. What they can ask for is under requests.
type Rights struct {
	AtOnce []Right `yaml:"at-once"`
}

// Contact is who runs the studio and answers questions and requests. Mail may be empty while nobody has set it, on one's own
// machine.
type Contact struct {
	Name    string `yaml:"name"`
	Mail    string `yaml:"mail"`
	Phone   string `yaml:"phone"`
	Address string `yaml:"address"` // in one line
	Company string `yaml:"company"` // what the register says: form, number, tax number
}

// spare is how much earlier than promised a thing is gone: a promise of "within 24 hours" is kept by a deadline that
// leaves the reaper two rounds.
const spare = 2 * time.Minute

// Keep returns how long the server may keep a thing of the kind: the declared time, two minutes short. An undeclared
// kind is kept for no time at all, and what is kept as long as the account, or for good, has no time of its own.
func (s *Studio) Keep(kind Kind) time.Duration {
	return max(0, time.Duration(s.Retention[kind].Keep)-spare)
}

// Deadline returns when a thing of the kind that is made at the moment now has to be gone. source is the deadline of
// what it is made from, or zero; a kind that ends with its source never gets a later one, and no picture one that is later
// than the studio's longest.
func (s *Studio) Deadline(kind Kind, now, source time.Time) time.Time {
	end := now.Add(s.Keep(kind))
	if kind.picture() && s.Latest(now).Before(end) {
		end = s.Latest(now)
	}
	if s.Retention[kind].EndsWith != "" && !source.IsZero() && source.Before(end) {
		return source
	}
	return end
}

// Latest returns the latest deadline that a picture of any kind may have that is made at the moment now, unless its owner
// saved it.
func (s *Studio) Latest(now time.Time) time.Time {
	return now.Add(max(0, time.Duration(s.Longest)-spare))
}

// Source returns the kind of thing whose end is also the end of things of this kind: its deadline is the source that Deadline
// asks for. It is Job where they go as soon as the work on them has ended, and "" where they have an end of their own only.
func (s *Studio) Source(kind Kind) Kind { return s.Retention[kind].EndsWith }

// Keeps reports whether the studio keeps data of the kind at all.
func (s *Studio) Keeps(kind Kind) bool {
	_, declared := s.Retention[kind]
	return declared
}

// Tokens returns the price of what the catalogue's row id makes.
func (s *Studio) Tokens(id string) int64 {
	for _, p := range s.Price.Products {
		if p.ID == id {
			return p.Tokens
		}
	}
	return s.Price.Tokens
}

// Offers reports whether a person can do it alone and at once.
func (s *Studio) Offers(r Right) bool {
	for _, offered := range s.Rights.AtOnce {
		if offered == r {
			return true
		}
	}
	return false
}

// Asks reports whether the studio has the switch, and how it stands as long as somebody has not touched it.
func (s *Studio) Asks(c Choice) (shown, on bool) {
	standing, shown := s.Choices[c]
	return shown, standing == UnlessRefused
}

// HoldEnd returns when a legal hold that is ordered now has to end, at the latest; now itself where the studio allows none.
func (s *Studio) HoldEnd(now time.Time) time.Time {
	return now.Add(max(0, time.Duration(s.Hold.Longest)))
}

// CureBy returns until when a breach can be made good that somebody was told about at the moment notice. ok is false where a
// breach costs nothing that was theirs.
func (s *Studio) CureBy(notice time.Time) (by time.Time, ok bool) {
	return notice.Add(max(0, time.Duration(s.Ownership.Cure))), s.Ownership.Cure > 0
}

// Digest tells two declarations apart; comments and order do not matter. It is empty for a studio that was not decoded.
func (s *Studio) Digest() string { return s.digest }

// At returns the file and line of a clause such as contact.mail, or of what stands nearest above it.
func (s *Studio) At(clause string) string {
	if s.tree == nil {
		return s.Name
	}
	return at(s.file, s.tree, clause)
}
