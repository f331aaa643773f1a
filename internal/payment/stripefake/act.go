package stripefake

import (
	"errors"
	"slices"
	"time"
)

// What the cards and debits of the pay page do. Numbers and outcomes are those of Stripe's own test mode.
const (
	CardPaid      = "4242424242424242" // pays
	CardDeclined  = "4000000000000002" // the bank declines
	CardAsks      = "4000002760003184" // the bank asks whether it is you (3-D Secure)
	CardDisputed  = "4000000000000259" // pays, and is disputed at once
	DebitLate     = "DE89370400440532013000"
	DebitFails    = "DE62370400440532013001"
	debitsProcess = "processing"
)

var errState = errors.New("stripefake: that is not possible as things stand")

// Pay does what the pay page does for a card or an account number. It returns where the browser goes next; "" stays on
// the page, with what to say.
func (f *Fake) Pay(sessionID, number string) (next, say string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.state.Sessions[sessionID]
	if !ok {
		return "", "", missing("checkout.session", sessionID)
	}
	if f.lapse(s); s.Status != "open" {
		return "", "This payment page is closed.", nil
	}
	switch number {
	case CardPaid, CardDisputed, CardAsks:
		c := f.charge(s, "succeeded")
		s.Status, s.PaymentStatus, s.URL = "complete", "paid", nil
		f.happened("payment_intent.succeeded", f.state.Intents[c.PaymentIntent])
		f.happened("charge.succeeded", c)
		f.happened("checkout.session.completed", s)
		if number == CardDisputed {
			f.dispute(c, c.Amount)
		}
	case DebitLate, DebitFails:
		if s.cards() {
			return "", "Only cards are taken here.", nil
		}
		in := f.intent(s, debitsProcess)
		s.Status, s.URL = "complete", nil
		f.happened("payment_intent.processing", in)
		f.happened("checkout.session.completed", s)
		if f.config.Delay > 0 {
			time.AfterFunc(f.config.Delay, func() { _ = f.Settle(s.ID, number == DebitLate) })
		}
	default:
		in := f.intent(s, "requires_payment_method")
		f.happened("payment_intent.payment_failed", in)
		return "", "Your card was declined. Try another one.", f.save()
	}
	return s.SuccessURL, "", f.save()
}

// cards reports whether only cards are taken.
func (s *session) cards() bool { return slices.Equal(s.Types, []string{"card"}) }

// intent returns the session's payment, made on first use.
func (f *Fake) intent(s *session, status string) *intent {
	in := f.state.Intents[text(s.PaymentIntent)]
	if in == nil {
		in = &intent{ID: id("pi"), Object: "payment_intent", Amount: s.AmountTotal, Currency: s.Currency, Created: f.config.Now().Unix(), Metadata: s.IntentMeta, Session: s.ID}
		f.state.Intents[in.ID] = in
		s.PaymentIntent = in.ID
	}
	in.Status = status
	return in
}

// charge gets the money.
func (f *Fake) charge(s *session, status string) *charge {
	in := f.intent(s, "succeeded")
	c := &charge{ID: id("ch"), Object: "charge", Amount: in.Amount, Currency: in.Currency, Created: f.config.Now().Unix(), Paid: status == "succeeded", Status: status,
		PaymentIntent: in.ID, Metadata: in.Metadata, BillingDetails: map[string]any{"email": "buyer@example.org", "name": "A Buyer"}}
	f.state.Charges[c.ID] = c
	in.LatestCharge = c.ID
	s.CustomerDetails = c.BillingDetails
	return c
}

// Settle ends a bank debit that is under way.
func (f *Fake) Settle(sessionID string, good bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.state.Sessions[sessionID]
	if !ok || s.Status != "complete" || s.PaymentStatus == "paid" {
		return errState
	}
	if in := f.state.Intents[text(s.PaymentIntent)]; in == nil || in.Status != debitsProcess {
		return errState
	}
	if good {
		f.charge(s, "succeeded")
		s.PaymentStatus = "paid"
		f.happened("checkout.session.async_payment_succeeded", s)
	} else {
		f.charge(s, "failed")
		f.intent(s, "requires_payment_method")
		f.happened("checkout.session.async_payment_failed", s)
	}
	return f.save()
}

// Expire ends a session that nobody paid on.
func (f *Fake) Expire(sessionID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.state.Sessions[sessionID]
	if !ok || s.Status != "open" {
		return errState
	}
	f.expire(s)
	return f.save()
}

func (f *Fake) expire(s *session) {
	s.Status, s.URL = "expired", nil
	f.happened("checkout.session.expired", s)
}

// lapse ends a session whose day is over.
func (f *Fake) lapse(s *session) {
	if s.Status == "open" && f.config.Now().Unix() >= s.ExpiresAt {
		f.expire(s)
	}
}

// Refund gives part of a session's payment back, as somebody does in Stripe's dashboard.
func (f *Fake) Refund(sessionID string, amount int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.paid(sessionID)
	if err != nil {
		return err
	}
	_, err = f.giveBack(f.state.Intents[c.PaymentIntent], amount, map[string]string{})
	return errors.Join(err, f.save())
}

// FailRefunds takes back every refund of a session: the bank did not accept them.
func (f *Fake) FailRefunds(sessionID string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.paid(sessionID)
	if err != nil {
		return err
	}
	for _, re := range f.state.Refunds {
		if re.Charge == c.ID && re.Status == "succeeded" {
			re.Status = "failed"
			c.AmountRefunded -= re.Amount
			c.Refunded = false
			f.happened("refund.failed", re)
		}
	}
	return f.save()
}

// Bar makes Stripe refuse refunds of a session's payment with a code.
func (f *Fake) Bar(sessionID, code string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.paid(sessionID)
	if err == nil {
		f.barred[c.PaymentIntent] = code
	}
	return err
}

// paid returns the charge of a session that was paid. The caller holds the lock.
func (f *Fake) paid(sessionID string) (*charge, error) {
	s := f.state.Sessions[sessionID]
	if s == nil || s.PaymentStatus != "paid" {
		return nil, errState
	}
	return f.state.Charges[text(f.state.Intents[text(s.PaymentIntent)].LatestCharge)], nil
}

func (f *Fake) giveBack(in *intent, amount int64, meta map[string]string) (*refund, error) {
	c := f.state.Charges[text(in.LatestCharge)]
	switch {
	case c == nil:
		return nil, wrong("payment_intent", "This PaymentIntent has no successful charge to refund.")
	case amount < 1 || amount > c.Amount-c.AmountRefunded:
		return nil, &problem{400, "invalid_request_error", "charge_already_refunded", "Refund amount is greater than unrefunded amount on charge", "amount"}
	}
	re := &refund{ID: id("re"), Object: "refund", Amount: amount, Currency: c.Currency, Charge: c.ID, PaymentIntent: in.ID, Status: "succeeded",
		Created: f.config.Now().Unix(), Metadata: meta}
	f.state.Refunds[re.ID] = re
	c.AmountRefunded += amount
	c.Refunded = c.AmountRefunded == c.Amount
	f.happened("charge.refunded", c)
	f.happened("refund.created", re)
	return re, nil
}

// Dispute lets the bank ask for part of a session's payment. The money is withdrawn at once, as Stripe does, unless the
// dispute is only an inquiry.
func (f *Fake) Dispute(sessionID string, amount int64, inquiry bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.paid(sessionID)
	if err != nil {
		return err
	}
	if inquiry {
		f.inquire(c, amount)
	} else {
		f.dispute(c, amount)
	}
	return f.save()
}

func (f *Fake) inquire(c *charge, amount int64) *dispute {
	d := &dispute{ID: id("dp"), Object: "dispute", Amount: amount, Currency: c.Currency, Charge: c.ID, Status: "warning_needs_response",
		Created: f.config.Now().Unix(), Metadata: map[string]string{}, BalanceTransactions: []map[string]any{}}
	f.state.Disputes[d.ID] = d
	c.Disputed = true
	f.happened("charge.dispute.created", d)
	return d
}

func (f *Fake) dispute(c *charge, amount int64) {
	d := f.inquire(c, amount)
	d.Status = "needs_response"
	d.BalanceTransactions = append(d.BalanceTransactions, map[string]any{"id": id("txn"), "object": "balance_transaction", "amount": -amount})
	f.happened("charge.dispute.funds_withdrawn", d)
}

// Decide closes the open disputes of a session.
func (f *Fake) Decide(sessionID string, won bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.paid(sessionID)
	if err != nil {
		return err
	}
	for _, d := range f.state.Disputes {
		if d.Charge != c.ID || d.Status == "won" || d.Status == "lost" || d.Status == "warning_closed" {
			continue
		}
		switch inquiry := len(d.BalanceTransactions) == 0; {
		case inquiry && won:
			d.Status = "warning_closed"
		case won:
			d.Status = "won"
			d.BalanceTransactions = append(d.BalanceTransactions, map[string]any{"id": id("txn"), "object": "balance_transaction", "amount": d.Amount})
			f.happened("charge.dispute.funds_reinstated", d)
		default:
			d.Status = "lost"
		}
		f.happened("charge.dispute.closed", d)
	}
	return f.save()
}

// Reprice changes what a session asks for, as a mistake in the dashboard could.
func (f *Fake) Reprice(sessionID string, amount int64, currency string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.state.Sessions[sessionID]; s != nil {
		s.AmountSubtotal, s.AmountTotal, s.Currency = amount, amount, currency
	}
}

// Given is how much of a session's payment was refunded.
func (f *Fake) Given(sessionID string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, err := f.paid(sessionID); err == nil {
		return c.AmountRefunded
	}
	return 0
}

// Foreign is a payment to another shop on the same Stripe account. It returns its session.
func (f *Fake) Foreign(amount int64, currency string) (string, error) {
	f.mu.Lock()
	s := &session{ID: id("cs"), Object: "checkout.session", Mode: "payment", Status: "open", PaymentStatus: "unpaid", AmountSubtotal: amount, AmountTotal: amount,
		Currency: currency, SuccessURL: "https://other.test/", ClientReferenceID: "cart 17", Created: f.config.Now().Unix(), ExpiresAt: f.config.Now().Add(day).Unix()}
	f.state.Sessions[s.ID] = s
	f.mu.Unlock()
	_, _, err := f.Pay(s.ID, CardPaid)
	return s.ID, err
}

// Back is where the payment page of a session leads when it is done.
func (f *Fake) Back(sessionID string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.state.Sessions[sessionID]; s != nil {
		return s.SuccessURL
	}
	return ""
}
