// Package mail writes letters to people: from templates, sealed until they are sent, tried again when a server is busy, and
// kept in an outbox where no server is set.
package mail

import (
	"time"

	"github.com/google/uuid"
)

// Kind says which letter it is: the name of a template.
type Kind string

// The letters of accounts. Values are: site and signin, addresses; link, where there is one to open, and how long it lasts.
const (
	SignUp          Kind = "sign-up"          // open the link to have an account
	Known           Kind = "known"            // somebody wanted an account with an address that has one
	Reset           Kind = "reset"            // open the link to choose a new password
	Unknown         Kind = "unknown"          // somebody wanted a new password for an address that has no account
	NewAddress      Kind = "new-address"      // open the link to make this the account's address
	AddressChanged  Kind = "address-changed"  // to the old one
	PasswordChanged Kind = "password-changed" // it was you, or not
	WayAdded        Kind = "way-added"        // another way to sign in; further values: way, what it is, and account, the page where it is removed
)

// TokensEnding is written two weeks before tokens end. Values are: site; tokens, such as "3 tokens"; ends, a day; use, the
// address where they are used.
const TokensEnding Kind = "tokens-ending"

// PolicyChanged is written once for each version of a studio's policy to whoever agreed to an earlier one. Values are: site;
// studio, its title; version; effective, a day; read and versions, addresses of pages.
const PolicyChanged Kind = "policy-changed"

// Letter is one letter to one person.
type Letter struct {
	Owner  uuid.UUID         // whose account it is about: it goes with the account; uuid.Nil: nobody's
	To     string            // one bare mail address
	Kind   Kind              // which template
	Values map[string]string // what the template asks for; never put into a header
	Lasts  time.Duration     // how long it is of any use; 0: a week
}

// week is how long a letter without a time of its own is tried or kept.
const week = 7 * 24 * time.Hour
