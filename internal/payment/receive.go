package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	api "github.com/stripe/stripe-go/v84"
	"github.com/stripe/stripe-go/v84/webhook"

	"easel/internal/fault"
	"easel/internal/queue"
)

// EventBytes is the largest message that is read. Stripe's about payments have a few thousand bytes.
const EventBytes = 64 << 10

// replay is how old a message may be when it arrives. Stripe signs each delivery anew.
const replay = 5 * time.Minute

// concerns lists the messages that something follows from. Every other one is answered and forgotten.
var concerns = map[api.EventType]bool{
	api.EventTypeCheckoutSessionCompleted:             true,
	api.EventTypeCheckoutSessionAsyncPaymentSucceeded: true,
	api.EventTypeCheckoutSessionAsyncPaymentFailed:    true,
	api.EventTypeCheckoutSessionExpired:               true,
	api.EventTypeChargeRefunded:                       true,
	api.EventTypeChargeRefundUpdated:                  true,
	api.EventTypeRefundCreated:                        true,
	api.EventTypeRefundUpdated:                        true,
	api.EventTypeRefundFailed:                         true,
	api.EventTypeChargeDisputeCreated:                 true,
	api.EventTypeChargeDisputeUpdated:                 true,
	api.EventTypeChargeDisputeClosed:                  true,
	api.EventTypeChargeDisputeFundsWithdrawn:          true,
	api.EventTypeChargeDisputeFundsReinstated:         true,
}

// EventArgs is the job of working one message.
type EventArgs struct {
	Event string `json:"event"`
}

// Kind names the job.
func (EventArgs) Kind() string { return "payment_event" }

// InsertOpts keep money from waiting behind drawings.
func (EventArgs) InsertOpts() river.InsertOpts { return queue.Errand() }

// EventTimeout is how long the job may take: a few calls to Stripe.
const EventTimeout = 2 * time.Minute

// Receive takes in one message of Stripe's: it is written down together with the job that works it, once for each id,
// and only then answered. header is Stripe-Signature. Messages that do not concern us are accepted, whatever they are, so
// that Stripe stops sending them. A message is only a hint, so its API version does not matter.
func (s *Service) Receive(ctx context.Context, body []byte, header string) error {
	if !s.Hooked() {
		return fault.New(fault.Missing, "No messages about payments are expected here.")
	}
	event, err := s.verify(body, header)
	if err != nil {
		return err
	}
	if !concerns[event.Type] {
		return nil
	}
	if event.Livemode != s.live() {
		s.log.Warn("a message about payments came from the other mode of Stripe; check the endpoint's mode", "live", event.Livemode)
		return nil
	}
	hint, err := hintOf(event)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "This message about a payment has no readable content.")
	}
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		var first bool
		err := tx.QueryRow(ctx, `select easel.payment_event_take($1, $2, $3, $4, $5, $6)`, event.ID, string(event.Type), null(hint.order),
			null(hint.session), null(hint.intent), null(hint.charge)).Scan(&first)
		if err != nil || !first {
			return err
		}
		return s.enqueue(ctx, tx, EventArgs{event.ID})
	})
}

// live reports whether the key is for real money.
func (s *Service) live() bool { return strings.Contains(s.config.Key, "_live_") }

// verify checks signature and age by any of the endpoint's secrets: two are good while one replaces the other.
func (s *Service) verify(body []byte, header string) (event api.Event, err error) {
	for _, secret := range s.config.Secrets {
		event, err = webhook.ConstructEventWithOptions(body, header, secret, webhook.ConstructEventOptions{Tolerance: replay, IgnoreAPIVersionMismatch: true})
		if err == nil {
			break
		}
	}
	if err != nil {
		return event, fault.Wrap(err, fault.Invalid, "This message is not signed by the payment provider, or is too old.")
	}
	if event.ID == "" || event.Type == "" || len(event.ID) > 255 || len(event.Type) > 255 || event.Data == nil {
		return event, fault.New(fault.Invalid, "This message about a payment has no readable content.")
	}
	return event, nil
}

// hintOf reads which order the message may be about.
func hintOf(event api.Event) (clue, error) {
	var about struct {
		ID        string            `json:"id"`
		Object    string            `json:"object"`
		Reference string            `json:"client_reference_id"`
		Metadata  map[string]string `json:"metadata"`
		Intent    reference         `json:"payment_intent"`
		Charge    reference         `json:"charge"`
	}
	if err := json.Unmarshal(event.Data.Raw, &about); err != nil {
		return clue{}, err
	}
	c := clue{order: named(about.Metadata), intent: string(about.Intent), charge: string(about.Charge)}
	switch about.Object {
	case "checkout.session":
		c.session = about.ID
		if id, err := uuid.Parse(about.Reference); err == nil {
			c.order = id
		}
	case "charge":
		c.charge = about.ID
	}
	return c, nil
}

// reference is another object, by its id or written out.
type reference string

// UnmarshalJSON reads either form, and null.
func (r *reference) UnmarshalJSON(data []byte) error {
	var id string
	if json.Unmarshal(data, &id) == nil {
		*r = reference(id)
		return nil
	}
	var whole struct {
		ID string `json:"id"`
	}
	err := json.Unmarshal(data, &whole)
	*r = reference(whole.ID)
	return err
}

// Work does what follows from one message. It may be called again, and by several at once.
func (s *Service) Work(ctx context.Context, args EventArgs) error {
	var hint clue
	var worked *time.Time
	var order *uuid.UUID
	var session, intent, charge *string
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select order_id, session, intent, charge, worked_at from easel.payment_event_read($1)`, args.Event).
			Scan(&order, &session, &intent, &charge, &worked)
	})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && worked != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a message about a payment: %w", err)
	}
	hint = clue{or(order), or(session), or(intent), or(charge)}
	outcome := "done"
	switch session, err := s.locate(ctx, hint); {
	case errors.Is(err, ErrForeign):
		outcome = "not ours"
	case err != nil:
		return err
	default:
		if _, err := s.Fulfil(ctx, session); errors.Is(err, ErrForeign) {
			outcome = "not ours"
		} else if err != nil {
			return err
		}
	}
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.payment_event_done($1, $2)`, args.Event, outcome)
		return err
	})
}

// locate finds the checkout session that a message is about, by what we know, else by asking Stripe.
func (s *Service) locate(ctx context.Context, c clue) (string, error) {
	if c.session != "" {
		return c.session, nil
	}
	o, ok, err := s.find(ctx, c)
	if err == nil && !ok {
		if c, err = s.stripe.orderOf(ctx, c); err == nil && c.order != uuid.Nil {
			o, ok, err = s.find(ctx, c)
		}
	}
	switch {
	case fault.Is(err, fault.Missing):
		return "", ErrForeign
	case err != nil:
		return "", err
	case !ok:
		return "", ErrForeign
	case o.Session != "":
		return o.Session, nil
	case c.intent == "":
		return "", ErrForeign
	}
	session, err := s.stripe.sessionOf(ctx, c.intent)
	if err == nil && session == "" {
		err = ErrForeign
	}
	return session, err
}
