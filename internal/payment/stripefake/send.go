package stripefake

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	api "github.com/stripe/stripe-go/v84"
	"github.com/stripe/stripe-go/v84/webhook"
)

// Event is a message that is to be sent: its body, not signed yet, since each delivery is signed anew.
type Event struct {
	ID, Type string
	Body     []byte
}

// Header is the signature of a delivery at a moment.
func (e Event) Header(secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: e.Body, Secret: secret, Timestamp: at}).Header
}

// NewEvent makes a message about an object as it is now. version is the API version it is written in.
func NewEvent(kind, version string, at time.Time, object any) (Event, error) {
	e := Event{ID: id("evt"), Type: kind}
	var err error
	e.Body, err = json.Marshal(map[string]any{"id": e.ID, "object": "event", "type": kind, "api_version": version, "created": at.Unix(), "livemode": false,
		"pending_webhooks": 1, "request": map[string]any{"id": nil, "idempotency_key": nil}, "data": map[string]any{"object": object}})
	return e, err
}

// happened writes a message about an object as it is at this moment. The caller holds the lock.
func (f *Fake) happened(kind string, object any) {
	e, err := NewEvent(kind, api.APIVersion, f.config.Now(), object)
	if err != nil {
		panic(err) // plain structs
	}
	f.state.Serial++
	f.events = append(f.events, e)
	select {
	case f.fresh <- struct{}{}:
	default:
	}
}

// Take hands out the messages that were not sent yet, in the order in which things happened.
func (f *Fake) Take() []Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.events
	f.events = nil
	return all
}

// Deliver sends one message and returns the status it was answered with.
type Deliver func(ctx context.Context, body []byte, signature string) (status int, err error)

// Run sends messages as Stripe does on a bad day, until the context ends: late, now and then twice, in no order, in
// bursts, and again when they are not answered well.
func (f *Fake) Run(ctx context.Context, deliver Deliver) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.fresh:
		case <-time.After(time.Second): // what was not answered well
		}
		wait := time.Duration(500+rand.IntN(2500)) * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		f.burst(ctx, deliver)
	}
}

// burst sends everything that waits.
func (f *Fake) burst(ctx context.Context, deliver Deliver) {
	all := f.Take()
	for _, e := range all {
		if rand.IntN(4) == 0 {
			all = append(all, e)
		}
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, e := range all {
		status, err := deliver(ctx, e.Body, e.Header(Secret, time.Now()))
		if err != nil || status < 200 || status > 299 {
			f.mu.Lock()
			f.events = append(f.events, e)
			f.mu.Unlock()
		}
	}
}
