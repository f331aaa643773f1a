// Package fault is the one error of the server: a kind to act on, a sentence for people, a cause for the log.
package fault

import (
	"errors"
	"time"
)

// Kind says what to do about an error. The zero kind is Internal: what nobody classified is our own mistake.
type Kind uint8

// The kinds, and who is asked to do something about each.
const (
	Internal Kind = iota // our mistake: logged, tried again a few times
	Invalid              // the request is wrong: the caller changes it
	Missing              // there is no such thing, or not for this caller
	Denied               // the caller may not do this
	Unpaid               // the caller has too few tokens
	Conflict             // it clashes with what has happened meanwhile
	TooLarge             // over a limit: the caller sends less
	Refused              // a rule or a provider will not do it; never charged
	Busy                 // try again later
)

// Kinds lists every kind, for tables and tests.
var Kinds = []Kind{Internal, Invalid, Missing, Denied, Unpaid, Conflict, TooLarge, Refused, Busy}

var names = [...]string{"internal", "invalid", "missing", "denied", "unpaid", "conflict", "too large", "refused", "busy"}

func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Error is what a person may read (Say) and what only the log may (Cause).
type Error struct {
	Kind  Kind
	Say   string        // whole sentences: what is wrong, why, what to do
	Cause error         // never sent
	After time.Duration // of Busy: when to come again, where that is known
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Say + " (" + e.Kind.String() + ": " + e.Cause.Error() + ")"
	}
	return e.Say + " (" + e.Kind.String() + ")"
}

func (e *Error) Unwrap() error { return e.Cause }

// New returns an error without a cause.
func New(kind Kind, say string) error { return &Error{Kind: kind, Say: say} }

// TooOften is Busy for somebody who asks more often than they may, until after.
func TooOften(after time.Duration, say string) error {
	return &Error{Kind: Busy, Say: say, After: after}
}

// Wrap returns an error with a cause. A nil cause gives nil.
func Wrap(cause error, kind Kind, say string) error {
	if cause == nil {
		return nil
	}
	return &Error{Kind: kind, Say: say, Cause: cause}
}

// unclassified is what a person reads about an error that nobody gave a sentence.
const unclassified = "Something went wrong on our side. Nothing was lost; please try again."

// Of returns the outermost fault in err's chain, or an Internal one that holds err. Of(nil) is nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Say: unclassified, Cause: err}
}

// Is reports whether err is a fault of the kind.
func Is(err error, kind Kind) bool { return err != nil && Of(err).Kind == kind }
