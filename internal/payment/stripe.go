package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	api "github.com/stripe/stripe-go/v84"

	"easel/internal/fault"
)

// stripe asks Stripe. Everything that changes something there carries an idempotency key, so that asking again after a
// broken connection does nothing twice.
type stripe struct {
	client *api.Client
	config Config
}

func newStripe(config Config, client *http.Client, log *slog.Logger) *stripe {
	settings := &api.BackendConfig{HTTPClient: client, LeveledLogger: quiet{log}, EnableTelemetry: api.Bool(false), MaxNetworkRetries: api.Int64(2)}
	if config.Endpoint != "" {
		settings.URL = api.String(config.Endpoint)
	}
	return &stripe{api.NewClient(config.Key, api.WithBackends(api.NewBackendsWithConfig(settings))), config}
}

// quiet keeps the library's own words at the lowest level: they hold addresses.
type quiet struct{ log *slog.Logger }

func (q quiet) Debugf(string, ...any) {}
func (q quiet) Infof(string, ...any)  {}

// Warnf tells of retries.
func (q quiet) Warnf(string, ...any) { q.log.Debug("the payment provider's client warns") }

// Errorf tells of failures, which come back as errors as well.
func (q quiet) Errorf(string, ...any) { q.log.Debug("the payment provider's client reports an error") }

// orderKey is the name under which Stripe keeps our order's id beside a payment: refunds and disputes come without the
// session.
const orderKey = "order"

// checkout opens a payment page for an order, once however often it is asked.
func (st *stripe) checkout(ctx context.Context, o Order, back, cancel string) (*api.CheckoutSession, error) {
	meta := map[string]string{orderKey: o.ID.String(), "number": o.Number}
	params := &api.CheckoutSessionCreateParams{
		Mode: api.String(string(api.CheckoutSessionModePayment)),
		LineItems: []*api.CheckoutSessionCreateLineItemParams{{
			Quantity: api.Int64(1),
			PriceData: &api.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: api.String(o.Price.Currency), UnitAmount: api.Int64(o.Price.Amount),
				ProductData: &api.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: api.String(o.what())},
			},
		}},
		SuccessURL: api.String(back), CancelURL: api.String(cancel), ClientReferenceID: api.String(o.ID.String()), Metadata: meta,
		PaymentIntentData: &api.CheckoutSessionCreatePaymentIntentDataParams{
			Metadata: meta, Description: api.String(o.what() + ", order " + o.Number),
		},
	}
	if o.Code { // it is shown for a day only, so it has to be paid at once
		params.PaymentMethodTypes = []*string{api.String("card")}
	}
	params.SetIdempotencyKey("checkout-" + o.ID.String())
	session, err := st.client.V1CheckoutSessions.Create(ctx, params)
	return session, said(err)
}

// what is bought, as the payment page says it.
func (o Order) what() string {
	switch {
	case o.Code && o.Tokens == 1:
		return "Unlock code for 1 picture"
	case o.Code:
		return fmt.Sprintf("Unlock code for %d pictures", o.Tokens)
	}
	return fmt.Sprintf("%d tokens", o.Tokens)
}

// session returns a checkout session with its payment and its newest charge.
func (st *stripe) session(ctx context.Context, id string) (*api.CheckoutSession, error) {
	params := &api.CheckoutSessionRetrieveParams{}
	params.AddExpand("payment_intent.latest_charge")
	session, err := st.client.V1CheckoutSessions.Retrieve(ctx, id, params)
	return session, said(err)
}

// expire closes a payment page that nobody has paid on.
func (st *stripe) expire(ctx context.Context, id string) error {
	_, err := st.client.V1CheckoutSessions.Expire(ctx, id, &api.CheckoutSessionExpireParams{})
	return said(err)
}

// disputes returns all disputes about a payment.
func (st *stripe) disputes(ctx context.Context, intent string) (all []*api.Dispute, err error) {
	for d, err := range st.client.V1Disputes.List(ctx, &api.DisputeListParams{PaymentIntent: api.String(intent)}) {
		if err != nil {
			return nil, said(err)
		}
		all = append(all, d)
	}
	return all, nil
}

// refund gives part of a payment back, once for each key.
func (st *stripe) refund(ctx context.Context, key, intent string, amount int64, reason string) (string, error) {
	params := &api.RefundCreateParams{PaymentIntent: api.String(intent), Amount: api.Int64(amount), Metadata: map[string]string{refundKey: key}}
	switch reason {
	case "duplicate":
		params.Reason = api.String("duplicate")
	case "requested":
		params.Reason = api.String("requested_by_customer")
	}
	params.SetIdempotencyKey("refund-" + key)
	r, err := st.client.V1Refunds.Create(ctx, params)
	if err != nil {
		return "", said(err)
	}
	return r.ID, nil
}

// refundKey is the name under which Stripe keeps our refund's id.
const refundKey = "easel_refund"

// remembered is how long Stripe surely knows an idempotency key.
const remembered = 12 * time.Hour

// refunded returns the refund that was made for a key, if the key is so old that Stripe may have forgotten it.
func (st *stripe) refunded(ctx context.Context, key, intent string, asked time.Time) (string, error) {
	if time.Since(asked) < remembered {
		return "", nil
	}
	for r, err := range st.client.V1Refunds.List(ctx, &api.RefundListParams{PaymentIntent: api.String(intent)}) {
		if err != nil {
			return "", said(err)
		}
		if r.Metadata[refundKey] == key {
			return r.ID, nil
		}
	}
	return "", nil
}

// orderOf asks which order a payment belongs to, when only payment or charge are known.
func (st *stripe) orderOf(ctx context.Context, c clue) (found clue, err error) {
	if c.intent == "" && c.charge != "" {
		charge, err := st.client.V1Charges.Retrieve(ctx, c.charge, &api.ChargeRetrieveParams{})
		if err != nil {
			return c, said(err)
		}
		c.order = named(charge.Metadata)
		if charge.PaymentIntent != nil {
			c.intent = charge.PaymentIntent.ID
		}
	}
	if c.order == uuid.Nil && c.intent != "" {
		intent, err := st.client.V1PaymentIntents.Retrieve(ctx, c.intent, &api.PaymentIntentRetrieveParams{})
		if err != nil {
			return c, said(err)
		}
		c.order = named(intent.Metadata)
	}
	return c, nil
}

// sessionOf asks which checkout session a payment came from.
func (st *stripe) sessionOf(ctx context.Context, intent string) (string, error) {
	for session, err := range st.client.V1CheckoutSessions.List(ctx, &api.CheckoutSessionListParams{PaymentIntent: api.String(intent)}) {
		if err != nil {
			return "", said(err)
		}
		return session.ID, nil
	}
	return "", nil
}

// named is the order that Stripe keeps beside a payment, or nothing.
func named(meta map[string]string) uuid.UUID {
	id, err := uuid.Parse(meta[orderKey])
	if err != nil {
		return uuid.Nil
	}
	return id
}

// said turns Stripe's error into ours: what may pass is Busy, what is not there is Missing, everything else is a mistake
// of the operator or ours.
func said(err error) error {
	var e *api.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case !errors.As(err, &e) || e.HTTPStatusCode >= 500 || e.HTTPStatusCode == http.StatusTooManyRequests || e.HTTPStatusCode == http.StatusConflict:
		return fault.Wrap(discreet(err), fault.Busy, "The payment provider does not answer at this moment. Nothing was charged by this; please try again in a minute.")
	case e.HTTPStatusCode == http.StatusNotFound:
		return fault.Wrap(discreet(err), fault.Missing, "The payment provider does not know this payment.")
	case e.HTTPStatusCode == http.StatusUnauthorized || e.HTTPStatusCode == http.StatusForbidden:
		return fmt.Errorf("Stripe refuses the key; check EASEL_STRIPE_KEY and what it may do: %w", discreet(err)) //nolint:staticcheck // a name
	}
	return fmt.Errorf("ask Stripe: %w", discreet(err))
}

// Refusal is Stripe's error without what it quotes from the request.
type Refusal struct {
	Status      int
	Code, Param string
	Request     string // Stripe's number of the request, for its dashboard
}

func (r *Refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("status %d, code %q, parameter %q, request %s", r.Status, r.Code, r.Param, r.Request))
}

func discreet(err error) error {
	var e *api.Error
	if errors.As(err, &e) {
		return &Refusal{e.HTTPStatusCode, string(e.Code), e.Param, e.RequestID}
	}
	return err
}
