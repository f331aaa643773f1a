package rights

import (
	"time"

	"github.com/google/uuid"

	"easel/internal/receipt"
)

// What an export holds, as JSON. Times are RFC 3339 in UTC; a time that is not known is left out. schema.json is made of these
// types by a test, which fails when they differ.

// Profile is the account.
type Profile struct {
	ID        uuid.UUID  `json:"id"`
	Mail      string     `json:"mail,omitempty" doc:"verified address"`
	Name      string     `json:"name,omitempty"`
	Created   time.Time  `json:"created"`
	Password  bool       `json:"password" doc:"whether there is one; what is stored of it is a fingerprint"`
	Picture   string     `json:"picture,omitempty" doc:"file in this archive"`
	Staff     bool       `json:"staff,omitempty" doc:"whether the person runs this place"`
	Suspended *time.Time `json:"suspended,omitempty" doc:"since when nothing new is made of this data"`
	Off       []string   `json:"off,omitempty" doc:"records that are not kept: sign-ins, keys"`
}

// Work is a photo with what was drawn from it.
type Work struct {
	ID       uuid.UUID  `json:"id"`
	Name     string     `json:"name" doc:"of the photo's file"`
	File     string     `json:"file" doc:"of the photo, in this archive, without its ending"`
	Width    int        `json:"width"`
	Height   int        `json:"height"`
	Face     bool       `json:"face" doc:"whether a face was found"`
	Warnings []string   `json:"warnings,omitempty" doc:"what the photo lacks"`
	Created  time.Time  `json:"created"`
	Deadline time.Time  `json:"deadline" doc:"unreadable from then on"`
	Results  []Portrait `json:"portraits"`
}

// Portrait is one drawing.
type Portrait struct {
	ID         uuid.UUID `json:"id"`
	Style      string    `json:"style"`
	Seed       uint64    `json:"seed" doc:"the take: the same seed draws the same picture"`
	Ink        string    `json:"ink,omitempty"`
	Background string    `json:"background,omitempty"`
	Strength   int       `json:"strength" doc:"percent of the style's own"`
	Crop       [4]int    `json:"crop" doc:"left, top, right and bottom in pixels of the photo"`
	State      string    `json:"state" enum:"queued,drawing,done,failed,cancelled"`
	Why        string    `json:"why,omitempty" doc:"why it failed"`
	Width      int       `json:"width"`
	Height     int       `json:"height"`
	File       string    `json:"file,omitempty" doc:"in this archive"`
	FullFile   string    `json:"full_file,omitempty" doc:"the full size, in this archive"`
	Created    time.Time `json:"created"`
	Deadline   time.Time `json:"deadline"`
}

// Statement is something that was agreed to, stated or told.
type Statement struct {
	What    string    `json:"what" enum:"policy,told,age,photos" doc:"policy: a version of a studio's policy was agreed to; told: a letter said that there is one; age: it was stated; photos: the right to use them was stated, under a version"`
	Studio  string    `json:"studio,omitempty"`
	Version int       `json:"version,omitempty"`
	Minimum int       `json:"minimum,omitempty" doc:"age in years that was asked about"`
	Younger bool      `json:"younger,omitempty" doc:"younger, with a guardian's agreement"`
	At      time.Time `json:"at"`
}

// Session is a browser that is signed in.
type Session struct {
	ID       uuid.UUID `json:"id"`
	Device   string    `json:"device,omitempty" doc:"family of browser and system"`
	How      string    `json:"how" doc:"what it was signed in by"`
	Created  time.Time `json:"created"`
	LastSeen time.Time `json:"last_seen"`
	Expires  time.Time `json:"expires"`
}

// SignIn is a line of the record of sign-ins.
type SignIn struct {
	At      time.Time `json:"at"`
	Address string    `json:"address,omitempty" doc:"network address"`
	Device  string    `json:"device,omitempty"`
}

// Way is a passkey or a connected sign-in.
type Way struct {
	What    string     `json:"what" enum:"passkey,sign-in"`
	Name    string     `json:"name" doc:"what its owner calls it, or the issuer"`
	Mail    string     `json:"mail,omitempty" doc:"as the issuer last told it"`
	Created time.Time  `json:"created"`
	Used    *time.Time `json:"used,omitempty"`
}

// Key is a key for programs. What it is made of is not kept.
type Key struct {
	ID      uuid.UUID  `json:"id"`
	Name    string     `json:"name"`
	Begins  string     `json:"begins"`
	Scopes  []string   `json:"scopes"`
	Created time.Time  `json:"created"`
	Used    *time.Time `json:"used,omitempty"`
	Revoked *time.Time `json:"revoked,omitempty"`
}

// KeyDay is what a key was used for on one day.
type KeyDay struct {
	Key       uuid.UUID `json:"key"`
	Day       string    `json:"day" doc:"UTC"`
	Requests  int       `json:"requests"`
	Portraits int       `json:"portraits" doc:"that were asked for"`
}

// Lot is tokens that came at one time and end at one time.
type Lot struct {
	ID      uuid.UUID  `json:"id"`
	Kind    string     `json:"kind" enum:"bought,granted,welcome,returned"`
	Order   *uuid.UUID `json:"order,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	Tokens  int64      `json:"tokens" doc:"that came"`
	Free    int64      `json:"free"`
	Held    int64      `json:"held"`
	Frozen  int64      `json:"frozen"`
	Created time.Time  `json:"created"`
	Expires time.Time  `json:"expires"`
}

// Entry is a line of the history of tokens.
type Entry struct {
	Number int64      `json:"number"`
	What   string     `json:"what"`
	Tokens int64      `json:"tokens"`
	Change int64      `json:"change" doc:"of the settled balance"`
	Title  string     `json:"title,omitempty"`
	Why    string     `json:"why,omitempty"`
	Run    *uuid.UUID `json:"portrait,omitempty"`
	Order  *uuid.UUID `json:"order,omitempty"`
	At     time.Time  `json:"at"`
	Ended  *time.Time `json:"ended,omitempty"`
}

// Order is a purchase of tokens. Amounts are in the currency's smallest unit.
type Order struct {
	ID       uuid.UUID  `json:"id"`
	Number   string     `json:"number"`
	State    string     `json:"state"`
	Tokens   int64      `json:"tokens"`
	Amount   int64      `json:"amount"`
	Paid     int64      `json:"paid"`
	Refunded int64      `json:"refunded"`
	Disputed int64      `json:"disputed"`
	Currency string     `json:"currency"`
	Tax      string     `json:"tax" doc:"what was said about tax"`
	Provider []string   `json:"provider,omitempty" doc:"the payment company's numbers for it"`
	Created  time.Time  `json:"created"`
	PaidAt   *time.Time `json:"paid_at,omitempty"`
}

// Demanded is a request about personal data, with what was done about it.
type Demanded struct {
	ID       uuid.UUID      `json:"id"`
	Number   string         `json:"number"`
	Kind     string         `json:"kind"`
	Channel  string         `json:"channel"`
	Words    string         `json:"words,omitempty"`
	State    string         `json:"state"`
	Received time.Time      `json:"received"`
	Due      time.Time      `json:"due"`
	Closed   *time.Time     `json:"closed,omitempty"`
	Steps    []DemandedStep `json:"steps"`
}

// DemandedStep is one step.
type DemandedStep struct {
	What   string    `json:"what"`
	Words  string    `json:"words,omitempty"`
	Mailed bool      `json:"mailed"`
	At     time.Time `json:"at"`
}

// Question is a permission that was asked for.
type Question struct {
	ID       uuid.UUID  `json:"id"`
	Portrait uuid.UUID  `json:"portrait"`
	Reason   string     `json:"reason"`
	Answer   string     `json:"answer" enum:"asked,yes,no,withdrawn"`
	Asked    time.Time  `json:"asked"`
	Answered *time.Time `json:"answered,omitempty"`
	Answers  []Given    `json:"answers,omitempty" doc:"every one that was given, in order"`
}

// StaffAct is what one of those who run the place did about the person. Who it was is left out: that is another person.
type StaffAct struct {
	At   time.Time `json:"at"`
	What string    `json:"what" doc:"such as support.open: somebody of the staff looked at what is held"`
	Why  string    `json:"why" doc:"in the words of whoever did it"`
}

// Archive names every file of JSON in an export with what is in it: the root of the schema.
type Archive struct {
	Profile     Profile     `json:"profile.json"`
	Works       []Work      `json:"works.json"`
	Statements  []Statement `json:"statements.json"`
	Sessions    []Session   `json:"sessions.json"`
	SignIns     []SignIn    `json:"sign-ins.json"`
	Ways        []Way       `json:"ways-in.json"`
	Keys        []Key       `json:"keys.json"`
	KeyDays     []KeyDay    `json:"key-days.json"`
	Lots        []Lot       `json:"lots.json"`
	Entries     []Entry     `json:"entries.json"`
	Orders      []Order     `json:"orders.json"`
	Requests    []Demanded  `json:"requests.json"`
	Permissions []Question  `json:"permissions.json"`
	Done        []StaffAct  `json:"done-by-staff.json"`

	Receipts []receipt.Receipt `json:"receipts.json"`
}

// When is a time for a record, or nil for none.
func When(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// Ref is an id for a record, or nil for none.
func Ref(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
