package policy

import (
	"fmt"
	"strings"
)

// Status says whether the studio is served.
type Status string

// A planned studio is decoded and printed, and served nowhere: its code does not exist yet.
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

func (s Storage) String() string { return storages[s] }

// Kind is one kind of data that a studio keeps.
type Kind string

// The kinds that the server has a clock for.
const (
	Upload  Kind = "upload"     // what a person brings
	Result  Kind = "result"     // what the studio makes from it
	Saved   Kind = "saved"      // what a person put into their gallery
	Model   Kind = "model"      // what was trained on somebody's photos
	Prompt  Kind = "prompt"     // words that wait to be drawn from
	Visit   Kind = "visit"      // a browser's sign-in, without pictures
	Usage   Kind = "usage"      // when and from where somebody signed in
	Person  Kind = "account"    // who they are
	Order   Kind = "order"      // what they bought
	Code    Kind = "code"       // an unlock code between its payment and its buyer
	Request Kind = "request"    // what somebody asked for by their rights
	Receipt Kind = "receipt"    // that something was deleted
	Record  Kind = "record"     // what those did who run the place
	Consent Kind = "permission" // whether a picture may be shown to others
	Backup  Kind = "backup"     // the keys of everything, a second time
)

// Kinds lists every kind in the order in which people read about them.
var Kinds = []Kind{Upload, Result, Saved, Model, Prompt, Visit, Usage, Person, Order, Code, Request, Consent, Receipt, Record, Backup}

// Job is no kind of data, but what one of the kind upload or prompt may end with: the work that it was brought for.
const Job Kind = "job"

var kinds = map[Kind]string{Upload: "photo", Result: "result", Saved: "gallery", Model: "model", Prompt: "prompt", Visit: "sign-in", Usage: "usage record",
	Person: "account", Order: "order", Code: "unlock code", Request: "request", Consent: "permission", Receipt: "receipt", Record: "record", Backup: "copy of the keys", Job: "work on it"}

func (k Kind) String() string {
	if s, ok := kinds[k]; ok {
		return s
	}
	return string(k)
}

// picture reports whether it is pictures or what was made of them, with a time of its own.
func (k Kind) picture() bool { return k == Upload || k == Result || k == Model || k == Prompt }

// Place is where data of a kind lives.
type Place string

// Where data lives.
const (
	InStore  Place = "store"           // sealed objects on disk or in a bucket
	InMemory Place = "memory"          // of the process
	InRows   Place = "database"        // in the clear: it says nothing that has to be hidden
	InSealed Place = "sealed-database" // sealed columns
	InNames  Place = "sealed-names"    // names and addresses are sealed, the rest is in the clear
	InCopy   Place = "second-place"    // beside the backups, where only the newest stays
)

var places = map[Place]string{InStore: "encrypted, on this server", InMemory: "in this server's memory only", InRows: "in the database",
	InSealed: "in the database, encrypted", InNames: "in the database; address and name encrypted", InCopy: "in a place of its own, where only the newest copy stays"}

// home is where the server keeps a kind of data.
func (s *Studio) home(k Kind) Place {
	switch k {
	case Upload, Result, Saved, Model, Prompt:
		if s.Storage == Memory {
			return InMemory
		}
		return InStore
	case Usage, Code, Request:
		return InSealed
	case Person:
		return InNames
	case Backup:
		return InCopy
	}
	return InRows
}

// long says how long, in a phrase that follows "kept".
func (r Rule) long() string {
	switch {
	case r.Keep == WithAccount || r.Keep == ForGood:
		return r.Keep.String()
	case r.EndsWith == Job:
		return fmt.Sprintf("until the %s is done, at most %s", r.EndsWith, r.Keep)
	case r.EndsWith != "":
		return fmt.Sprintf("at most %s, and never longer than the %s", r.Keep, r.EndsWith)
	}
	return "at most " + r.Keep.String()
}

func (r Rule) String() string { return r.long() }

// Role is what a recipient does for the studio.
type Role string

// Roles whose hosts the server compares with what it is configured to talk to.
const (
	Database Role = "database"
	Bucket   Role = "bucket"
	Keys     Role = "keys"
	SignIn   Role = "sign-in"
	Payment  Role = "payment"
	Mail     Role = "mail"
	Provider Role = "provider"
)

// Roles lists every role that the server talks to somebody in.
var Roles = []Role{Database, Bucket, Keys, SignIn, Payment, Mail, Provider}

var roles = map[Role]string{Database: "keeps the database", Bucket: "keeps the encrypted pictures", Keys: "keeps the key that locks all keys",
	SignIn: "says who you are", Payment: "takes payments", Mail: "carries our letters", Provider: "does a part of the work"}

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

// Choice is a switch that belongs to the person alone.
type Choice string

// The switches that the server obeys.
const (
	UsageRecords Choice = "usage-records" // when and from where they signed in
	Improvement  Choice = "improvement"   // ratings and quality figures for making the studio better; never pixels
	Marketing    Choice = "marketing"     // a picture may be shown; asked for each picture
)

// Choices lists the switches in the order in which people read about them.
var Choices = []Choice{UsageRecords, Improvement, Marketing}

var choices = map[Choice]string{
	UsageRecords: "a record of when and from where you signed in",
	Improvement:  "your ratings, and figures about the quality of what was made for you, help to improve the studio; never pictures or any part of one",
	Marketing:    "one of your pictures is shown to others; you are asked for each picture, by itself, and can take a yes back",
}

func (c Choice) String() string { return choices[c] }

// Standing is how a switch stands as long as its owner has not touched it.
type Standing string

// How a switch stands.
const (
	UnlessRefused Standing = "unless-refused" // on
	WhenAgreed    Standing = "when-agreed"    // off
)

var standings = map[Standing]string{UnlessRefused: "on until you switch it off", WhenAgreed: "off until you say yes"}

func (s Standing) String() string { return standings[s] }

// Right is one thing that a person can do about their data, alone and at once, on a page of the studio.
type Right string

// What pages do.
const (
	See      Right = "see"
	Download Right = "download"
	Delete   Right = "delete"
	Export   Right = "export"
	Correct  Right = "correct"
	Restrict Right = "restrict"
	Choose   Right = "choose"
	Leave    Right = "leave"
	Prove    Right = "prove"
)

// AllRights lists them in the order in which people read about them.
var AllRights = []Right{See, Download, Delete, Export, Correct, Restrict, Choose, Leave, Prove}

var atOnce = map[Right]string{
	See:      "see everything that the studio holds for you, with the time left",
	Download: "download each result",
	Delete:   "delete a photo or a result before its time",
	Export:   "take all of it with you in a form that other programs can read",
	Correct:  "correct your name and your address",
	Restrict: "suspend the use of your data",
	Choose:   "switch off what is optional",
	Leave:    "delete your account",
	Prove:    "get a signed receipt for what was deleted",
}

func (r Right) String() string { return atOnce[r] }

// RequestKind is what somebody asks of the people who run the place, by page, letter, phone or mail.
type RequestKind string

// The kinds of request. Each has a clock in every studio.
const (
	AskStatus       RequestKind = "notification"
	AskSuspension   RequestKind = "suspension"
	AskCorrection   RequestKind = "correction"
	AskDeletion     RequestKind = "deletion"
	AskAccess       RequestKind = "access"
	AskPortability  RequestKind = "portability"
	AskObjection    RequestKind = "objection"
	AskCompensation RequestKind = "compensation"
	AskChild        RequestKind = "child"
	AskAuthority    RequestKind = "authority"
)

// RequestKinds lists them in the order in which people read about them.
var RequestKinds = []RequestKind{AskStatus, AskSuspension, AskCorrection, AskDeletion, AskAccess, AskPortability, AskObjection,
	AskCompensation, AskChild, AskAuthority}

var requests = map[RequestKind]string{
	AskStatus:       "To be told whether and how your data is used",
	AskSuspension:   "To have its use suspended",
	AskCorrection:   "To have it corrected",
	AskDeletion:     "To have it deleted",
	AskAccess:       "To get a copy of what is held about you",
	AskPortability:  "To receive it in a form that other programs can read",
	AskObjection:    "To object to a use of it",
	AskCompensation: "To claim compensation",
	AskChild:        "To report that data of a child is held without a guardian's agreement",
	AskAuthority:    "A lawful demand by an authority; what was disclosed is written down",
}

func (k RequestKind) String() string { return requests[k] }

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

// tokens says a number of them.
func tokens(n int64) string {
	switch n {
	case 0:
		return "nothing"
	case 1:
		return "1 token"
	}
	return fmt.Sprintf("%d tokens", n)
}

func (p Price) String() string {
	s := "A result costs " + tokens(p.Tokens)
	if len(p.Products) > 0 {
		said := make([]string, len(p.Products))
		for i, one := range p.Products {
			said[i] = one.What + " costs " + tokens(one.Tokens)
		}
		s = capital(list(said)) + ", and anything else " + tokens(p.Tokens)
	}
	if p.Why != "" {
		s += ": " + p.Why
	}
	if p.Code {
		s += ". The full picture is opened by an unlock code, and nothing says which code opened which picture"
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

// capital makes the first letter of an English phrase large.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
