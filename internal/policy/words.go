package policy

import (
	"fmt"
	"strings"
)

// Status says whether the studio is served.
type Status string

// A planned studio is decoded and shown nowhere: its code does not exist yet.
const (
	Live    Status = "live"
	Planned Status = "planned"
)

func (s Status) String() string {
	if s == Planned {
		return "planned: not open yet"
	}
	return "open"
}

// Class is how the studio tells people apart.
type Class string

// Who may come in.
const (
	Account   Class = "account"   // who has signed in
	Anonymous Class = "anonymous" // anybody; no cookie at all
)

var classes = map[Class]string{
	Account:   "You sign in with an account",
	Anonymous: "You do not sign in, and the studio sets no cookie",
}

func (i Identity) String() string {
	if i.Why == "" {
		return classes[i.Class] + "."
	}
	return classes[i.Class] + ", " + i.Why + "."
}

// Storage says where bytes live.
type Storage string

// Sealed is the encrypted store; memory never touches a disk.
const (
	Sealed Storage = "sealed"
	Memory Storage = "memory"
)

var storages = map[Storage]string{
	Sealed: "Every picture is encrypted with a key of its own before it is stored. That key is locked with a key that is yours alone, " +
		"and yours with the key of this server. When the time is over, the picture's key is destroyed; from then on nobody can read " +
		"what is left, and it is removed.",
	Memory: "Pictures live in the memory of the server only. They are in no file and no database, and are wiped when the time is over.",
}

var places = map[Storage]string{Sealed: "encrypted, on this server", Memory: "in this server's memory only"}

func (s Storage) String() string { return storages[s] }

// Kind is one kind of data that a studio keeps.
type Kind string

// The kinds that the server has a clock for.
const (
	Upload Kind = "upload"  // what a person brings
	Result Kind = "result"  // what the studio makes from it
	Visit  Kind = "visit"   // a browser's sign-in, without pictures
	Usage  Kind = "usage"   // when and from where somebody signed in
	Person Kind = "account" // who they are
	Order  Kind = "order"   // what they bought
)

// Kinds lists every kind in the order in which people read about them.
var Kinds = []Kind{Upload, Result, Visit, Usage, Person, Order}

var kinds = map[Kind]string{Upload: "photo", Result: "portrait", Visit: "sign-in", Usage: "usage record", Person: "account", Order: "order"}

func (k Kind) String() string {
	if s, ok := kinds[k]; ok {
		return s
	}
	return string(k)
}

// String says how long, in a phrase that follows "kept".
func (r Rule) String() string {
	if r.EndsWith != "" {
		return fmt.Sprintf("at most %s, and never longer than the %s", r.Keep, r.EndsWith)
	}
	if r.Keep == WithAccount {
		return r.Keep.String()
	}
	return "at most " + r.Keep.String()
}

// Role is what a recipient does for the studio.
type Role string

// Roles whose hosts the server compares with what it is configured to talk to.
const (
	Database Role = "database"
	Bucket   Role = "bucket"
	SignIn   Role = "sign-in"
	Payment  Role = "payment"
	Mail     Role = "mail"
	Engine   Role = "engine"
)

// Roles lists every role that the server talks to somebody in.
var Roles = []Role{Database, Bucket, SignIn, Payment, Mail, Engine}

var roles = map[Role]string{Database: "keeps the database", Bucket: "keeps the encrypted pictures", SignIn: "says who you are", Payment: "takes payments",
	Mail: "carries our letters", Engine: "works on pictures"}

// roleNames are the roles as a message lists them: "a, b or c".
func roleNames() string {
	names := make([]string, len(Roles))
	for i, r := range Roles {
		names[i] = string(r)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

func (r Recipient) String() string {
	s := fmt.Sprintf("%s %s (%s). It receives %s, %s.", r.Name, roles[r.Role], strings.Join(r.Hosts, ", "), r.Receives, r.Why)
	if r.Keeps != "" {
		s += " It keeps this " + r.Keeps + "."
	}
	return s
}

// Ownership says whose the results are.
type Ownership string

// Personal: the person may use results, not for money. User: they are the person's own.
const (
	Personal Ownership = "personal"
	User     Ownership = "user"
)

var ownerships = map[Ownership]string{
	Personal: "You may use your portraits for yourself: keep them, print them, show them, give them away. Selling them or " +
		"advertising with them is not covered. The photo stays yours; the studio gets no right to it beyond drawing from it for you.",
	User: "What the studio makes for you is yours. The photo stays yours as well; the studio gets no right to it beyond making " +
		"what you ask for.",
}

func (o Ownership) String() string { return ownerships[o] }

// Right is one thing that a person can do, or ask for, about their data.
type Right string

// At once: what a page of the studio does. On request: what a person answers.
const (
	See      Right = "see"
	Download Right = "download"
	Delete   Right = "delete"

	Explanation Right = "explanation"
	Correction  Right = "correction"
	Restriction Right = "restriction"
	Objection   Right = "objection"
	Portability Right = "portability"
)

var atOnce = map[Right]string{
	See:      "see every photo and portrait that the studio holds for you, with the time left",
	Download: "download each portrait",
	Delete:   "delete a photo or a portrait before its time",
}

var onRequest = map[Right]string{
	Explanation: "ask what is held about you and how it is used",
	Correction:  "have something corrected",
	Restriction: "have its use suspended",
	Objection:   "object to its use",
	Portability: "receive it in a form that other programs can read",
}

func (r Right) String() string {
	if s, ok := atOnce[r]; ok {
		return s
	}
	return onRequest[r]
}

func (a Age) String() string {
	if a.Minimum == 0 {
		return "There is no lowest age."
	}
	s := fmt.Sprintf("The studio is for people aged %d and over.", a.Minimum)
	if a.Guardian {
		s += " Younger people need the agreement of a parent or guardian."
	}
	return s + " You state this yourself; no date of birth is asked for or stored."
}

func (p Price) String() string {
	s := "A result costs nothing"
	switch {
	case p.Tokens == 1:
		s = "A result costs 1 token"
	case p.Tokens > 1:
		s = fmt.Sprintf("A result costs %d tokens", p.Tokens)
	}
	if p.Why != "" {
		s += ": " + p.Why
	}
	return s + "."
}

func (c Contact) String() string {
	if c.Mail == "" {
		return c.Name
	}
	return c.Name + " <" + c.Mail + ">"
}

// list joins phrases as a sentence does: "a, b and c".
func list(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}
