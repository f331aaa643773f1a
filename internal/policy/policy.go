// Package policy is a studio's promise: one file, decoded strictly, checked against what the server can enforce, and
// said in English.
//
// Whoever enforces a clause asks for it by its class (Keep, Deadline, Allows), so that the text a person reads and what
// the program does come from the same line.
package policy

import (
	"time"
)

// Studio is one declared studio.
type Studio struct {
	Name       string      `yaml:"name"`       // its address: /<name>/
	Title      string      `yaml:"title"`      // as people read it
	Tagline    string      `yaml:"tagline"`    // one or two short sentences
	Status     Status      `yaml:"status"`     // only live studios are served
	Version    int         `yaml:"version"`    // of the policy, counted from 1
	Effective  Date        `yaml:"effective"`  // from when this version holds
	Identity   Identity    `yaml:"identity"`   // how the studio tells people apart
	Age        Age         `yaml:"age"`        // who is old enough
	Price      Price       `yaml:"price"`      // of one result
	Storage    Storage     `yaml:"storage"`    // where bytes live
	Retention  Retention   `yaml:"retention"`  // what is kept, why, how long
	Recipients []Recipient `yaml:"recipients"` // who else receives data
	Statements []string    `yaml:"statements"` // what a person states before the first photo
	Prohibited []string    `yaml:"prohibited"` // what the studio must not be used for
	Ownership  Ownership   `yaml:"ownership"`  // whose the results are
	Rights     Rights      `yaml:"rights"`     // what a person can ask for
	Contact    Contact     `yaml:"contact"`    // who answers
	Officer    string      `yaml:"officer"`    // the data protection officer, when there is one
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

// Price is what one result costs.
type Price struct {
	Tokens int64  `yaml:"tokens"`
	Why    string `yaml:"why"`
}

// Retention has one rule for each kind of data.
type Retention map[Kind]Rule

// Rule is what is kept under one kind, why, and for how long.
type Rule struct {
	What     string `yaml:"what"`
	Why      string `yaml:"why"`
	Keep     Period `yaml:"keep"`
	EndsWith Kind   `yaml:"ends-with"` // never outlives the thing of this kind that it was made from
}

// Recipient is somebody else who receives data, by a host that the server talks to.
type Recipient struct {
	Name     string   `yaml:"name"`
	Role     Role     `yaml:"role"`
	Hosts    []string `yaml:"hosts"`
	Receives string   `yaml:"receives"`
	Why      string   `yaml:"why"`
	Keeps    string   `yaml:"keeps"`
}

// Rights are what a person can do alone and at once, and what they can ask for.
type Rights struct {
	AtOnce         []Right `yaml:"at-once"`
	OnRequest      []Right `yaml:"on-request"`
	AnsweredWithin Period  `yaml:"answered-within"`
}

// Contact is who answers questions and requests. Mail may be empty while nobody has set it.
type Contact struct {
	Name string `yaml:"name"`
	Mail string `yaml:"mail"`
}

// spare is how much earlier than promised a thing is gone: a promise of "within 24 hours" is kept by a deadline that
// leaves the reaper two rounds.
const spare = 2 * time.Minute

// Keep returns how long the server may keep a thing of the kind: the declared time, two minutes short. An undeclared
// kind is kept for no time at all, and what is kept as long as the account has no time of its own.
func (s *Studio) Keep(kind Kind) time.Duration {
	return max(0, time.Duration(s.Retention[kind].Keep)-spare)
}

// Deadline returns when a thing of the kind that is made at the moment now has to be gone. source is the deadline of
// what it is made from, or zero; a kind that ends with its source never gets a later one.
func (s *Studio) Deadline(kind Kind, now, source time.Time) time.Time {
	end := now.Add(s.Keep(kind))
	if s.Retention[kind].EndsWith != "" && !source.IsZero() && source.Before(end) {
		return source
	}
	return end
}
