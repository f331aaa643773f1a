package payment_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v84/webhook"

	"easel/internal/fault"
	"easel/internal/payment"
	"easel/internal/payment/paymenttest"
	"easel/internal/payment/stripefake"
	"easel/internal/postgres/pgtest"
)

func TestOnlySignedFreshMessagesAreBelieved(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	config := paymenttest.Config(t)
	config.Secrets = []string{"whsec_new", stripefake.Secret} // while one replaces the other
	s := &shop{paymenttest.New(t, db, config), t, person(t, db)}
	o := s.choose(5)
	s.pay(o, stripefake.CardPaid)
	events := s.Stripe.Take()
	e, now := events[len(events)-1], time.Now()
	forged := bytes.Replace(e.Body, []byte("checkout"), []byte("chekcout"), 1)
	for name, c := range map[string]struct {
		body   []byte
		header string
		ok     bool
	}{
		"no signature":              {e.Body, "", false},
		"another's secret":          {e.Body, e.Header("whsec_other", now), false},
		"other bytes":               {forged, e.Header(stripefake.Secret, now), false},
		"ten minutes old":           {e.Body, e.Header(stripefake.Secret, now.Add(-10*time.Minute)), false},
		"nonsense for a signature":  {e.Body, "t=,v1=,,=", false},
		"signed, but no event":      {[]byte(`[]`), sign([]byte(`[]`)), false},
		"signed, and nothing in it": {[]byte(`{"id":"evt_1","object":"event","type":"charge.refunded","data":{"object":7}}`), sign([]byte(`{"id":"evt_1","object":"event","type":"charge.refunded","data":{"object":7}}`)), false},
		"four minutes old":          {e.Body, e.Header(stripefake.Secret, now.Add(-4*time.Minute)), true},
		"by the old secret":         {e.Body, e.Header(stripefake.Secret, now), true},
		"by the new secret":         {e.Body, e.Header("whsec_new", now), true},
	} {
		err := s.Receive(t.Context(), c.body, c.header)
		if c.ok != (err == nil) || !c.ok && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if jobs := s.Jobs(); len(jobs) != 1 {
		t.Errorf("three good deliveries of one message make %d jobs, want 1", len(jobs))
	}
}

func sign(body []byte) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: stripefake.Secret}).Header
}

// TestAMessageOfAnotherVersionIsWorked: only ids are read from a message, so a version that we do not know does no harm.
func TestAMessageOfAnotherVersionIsWorked(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2019-05-16", "2033-03-03.rose", ""} {
		s := newShop(t)
		o := s.choose(5)
		s.pay(o, stripefake.CardPaid)
		s.Stripe.Take()
		e, err := stripefake.NewEvent("checkout.session.completed", version, time.Now(), map[string]any{"id": o.Session, "object": "checkout.session"})
		must(t, err)
		s.hear(e)
		s.has("version "+version, 5)
	}
}

// TestAMessageIsOnlyAHint: what it says about money is not believed, and what it points at is.
func TestAMessageIsOnlyAHint(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	e, err := stripefake.NewEvent("checkout.session.completed", "", time.Now(), map[string]any{"id": o.Session, "object": "checkout.session",
		"payment_status": "paid", "status": "complete", "amount_total": 490, "currency": "eur", "client_reference_id": o.ID.String()})
	must(t, err)
	s.hear(e)
	s.has("told that it is paid", 0)
	s.stands("told that it is paid", o.ID, payment.Awaited)
}

func TestPaymentsOfOtherShopsOnTheSameAccountAreLeftAlone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	foreign, err := s.Stripe.Foreign(990, "eur")
	must(t, err)
	s.hearAll()
	must(t, s.Stripe.Refund(foreign, 100))
	must(t, s.Stripe.Dispute(foreign, 100, false))
	s.hearAll()
	if left := s.Jobs(); len(left) > 0 {
		t.Errorf("%d jobs are left", len(left))
	}
	for _, object := range []map[string]any{
		{"id": "cs_unknown", "object": "checkout.session"},
		{"id": "ch_unknown", "object": "charge"},
		{"id": "dp_unknown", "object": "dispute", "charge": "ch_unknown", "payment_intent": nil},
	} {
		e, err := stripefake.NewEvent("charge.dispute.created", "", time.Now(), object)
		must(t, err)
		s.hear(e)
	}
}

// TestARefundIsHeardOfBeforeThePayment: nothing is known of the payment but what Stripe keeps beside it.
func TestARefundIsHeardOfBeforeThePayment(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	s.pay(o, stripefake.CardPaid)
	s.Stripe.Take()
	must(t, s.Stripe.Dispute(o.Session, 490, false))
	s.hearAll()
	s.has("in a dispute about a payment that nobody told of", 0)
	if got := s.order(o.ID); got.State != payment.Paid || got.Dispute != payment.DisputeOpen {
		t.Errorf("the order is %s, dispute %q", got.State, got.Dispute)
	}
	must(t, s.Stripe.Decide(o.Session, true))
	s.hearAll()
	s.has("when it was won", 5)
}

func TestALostConnectionLosesNoMessage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	s.pay(o, stripefake.CardPaid)
	for _, e := range s.Stripe.Take() {
		must(t, s.Receive(t.Context(), e.Body, e.Header(stripefake.Secret, time.Now())))
	}
	jobs := s.Jobs()
	if len(jobs) != 1 {
		t.Fatalf("%d jobs wait", len(jobs))
	}
	s.Stripe.Break(3)
	if err := s.Do(t.Context(), jobs[0]); !fault.Is(err, fault.Busy) {
		t.Errorf("with a broken connection: %v, want busy, so that the job comes again without counting", err)
	}
	must(t, s.Do(t.Context(), jobs[0]))
	must(t, s.Do(t.Context(), jobs[0]))
	s.has("in the end", 5)
}

func TestWithoutAKeyNothingIsSold(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	config := paymenttest.Config(t)
	config.Key, config.Secrets = "", nil
	s := &shop{paymenttest.New(t, db, config), t, person(t, db)}
	if _, err := s.Buy(t.Context(), s.me, s.me, 5); s.Open() || !fault.Is(err, fault.Refused) {
		t.Errorf("without a key: open %v, %v", s.Open(), err)
	}
	if err := s.Receive(t.Context(), []byte(`{}`), "t=1,v1=00"); !fault.Is(err, fault.Missing) {
		t.Errorf("a message without a key: %v", err)
	}
	must(t, s.Round(t.Context()))
}
