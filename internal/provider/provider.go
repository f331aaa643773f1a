// Package provider says how a hosted service failed: who refused, at which stage, why, and what to change, in words for
// people and in a form by which a chain of engines decides what to try next.
package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"easel/internal/egress"
)

// Kind says what a failure means for the next photo.
type Kind uint8

// The kinds. Only Failed counts towards a rest of the service; Spent and Barred rest it at once.
const (
	Failed  Kind = iota // it broke, was slow or answered nonsense: the next photo may fare better
	Unfit               // this photo is not for it; others may be
	Empty               // it looked, and found nothing to work on
	Refused             // its rules about contents forbid this photo
	Busy                // too many calls for it at this moment
	Spent               // what was paid for is used up
	Barred              // it does not accept our key or our settings: the operator has to act
)

// Error is one failure.
type Error struct {
	Who   string // the service, as people know it
	Kind  Kind
	Stage string        // what it was about to do: a phrase after "when", such as "it read the photo"
	Why   string        // a whole sentence
	Do    string        // what to change: a whole sentence
	After time.Duration // of Busy: when to come again, where it says so
	Cause error         // for the log; holds nothing of a photo
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s, when %s: %s", e.Who, e.Stage, e.Why)
	if e.Cause != nil {
		text += " (" + e.Cause.Error() + ")"
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// Say is the failure in words for people.
func (e *Error) Say() string {
	return strings.TrimSpace(fmt.Sprintf("%s made no result when %s. %s %s", e.Who, e.Stage, e.Why, e.Do))
}

// Of returns the failure in err's chain, or nil.
func Of(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		return nil
	}
	return e
}

// Answer is what a service sent: read to its end, within the limit of the client.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Type is the kind of content that the answer says it has.
func (a *Answer) Type() string {
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// After is when the answer asks to come again; zero when it does not say.
func (a *Answer) After() time.Duration {
	seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 24*60*60)) * time.Second
}

// Ask sends a request and reads the whole answer. Its errors hold no address, and are the context's own when that has ended.
func Ask(client *http.Client, r *http.Request, who, stage string) (*Answer, error) {
	res, err := client.Do(r)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(res.Body)
		_ = res.Body.Close() // read to its end, or given up
	}
	switch {
	case err == nil:
		return &Answer{res.StatusCode, res.Header, body}, nil
	case r.Context().Err() != nil:
		return nil, context.Cause(r.Context())
	case errors.Is(err, egress.ErrTooLarge):
		return nil, &Error{Who: who, Kind: Failed, Stage: stage, Why: "Its answer is longer than any result can be.", Cause: egress.Quiet(err)}
	case errors.Is(err, egress.ErrRefused):
		return nil, &Error{Who: who, Kind: Barred, Stage: stage, Why: "It leads to a place that the studio's policy does not name.",
			Do: "Whoever runs this server adds the host to the recipient in the policy.", Cause: egress.Quiet(err)}
	}
	return nil, &Error{Who: who, Kind: Failed, Stage: stage, Why: "It did not answer, or not to the end.", Do: "Try again later.", Cause: egress.Quiet(err)}
}
