package ingest

import (
	"fmt"
)

// Reason classifies a refusal, for programs; the sentence is for people.
type Reason string

// The reasons for which a file is not taken.
const (
	Empty         Reason = "empty"           // no bytes
	TooLarge      Reason = "too-large"       // more bytes than allowed
	TooManyPixels Reason = "too-many-pixels" // more pixels or longer sides than allowed
	TooSmall      Reason = "too-small"       // a side below the smallest allowed
	Unknown       Reason = "unknown-format"  // not a picture that we know
	OtherFormat   Reason = "other-format"    // a format that we know and do not take
	Variant       Reason = "variant"         // a rare kind of an accepted format
	CutOff        Reason = "cut-off"         // the file ends before the picture does
	Broken        Reason = "broken"          // the bytes do not make a picture
	TooComplex    Reason = "too-complex"     // built to cost far more work than a photo
	TooSlow       Reason = "too-slow"        // did not open within the time allowed
	TooMuchMemory Reason = "too-much-memory" // did not open within the memory allowed
)

// Refusal says why a file is not taken. Say is whole plain sentences: what is wrong and what to send instead. Cause
// is for logs and tests and may be nil.
type Refusal struct {
	Reason Reason
	Say    string
	Cause  error
}

func (r *Refusal) Error() string {
	if r.Cause != nil {
		return fmt.Sprintf("%s (%s: %v)", r.Say, r.Reason, r.Cause)
	}
	return fmt.Sprintf("%s (%s)", r.Say, r.Reason)
}

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

const (
	sayCutOff = "This photo is cut off: the file ends before the picture does, as when an upload or download stops half-way. Send the original again."
	sayBroken = "This file is damaged and does not open as a picture. Send the original again, or a fresh copy saved as JPEG."
	sayAccept = "Send the photo as JPEG, PNG, WebP, HEIC or AVIF."
)

func refuse(reason Reason, format string, args ...any) error {
	return &Refusal{Reason: reason, Say: fmt.Sprintf(format, args...)}
}

func cutOff(cause error) error { return &Refusal{Reason: CutOff, Say: sayCutOff, Cause: cause} }
func broken(cause error) error { return &Refusal{Reason: Broken, Say: sayBroken, Cause: cause} }
