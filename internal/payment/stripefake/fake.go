// Package stripefake pretends to be Stripe, for tests and for trying Easel out: it keeps checkout sessions, payments,
// refunds and disputes, shows a pay page with the usual test cards, and sends signed messages about all of it. No money
// moves.
package stripefake

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Key and Secret are what the fake wants to see and signs with.
const (
	Key    = "sk_test_easelpretended"
	Secret = "whsec_easelpretended" //nolint:gosec // it is for everybody to read, and guards nothing
)

// Config is how the fake behaves.
type Config struct {
	Pay   string           // address of the pay page's folder, ending with a slash
	File  string           // where state is kept between starts; "": nowhere
	Mock  string           // address of stripe-mock, which judges each request first
	Judge *http.Client     // that reaches it; nil: nobody judges
	Delay time.Duration    // how long a bank debit takes by itself; 0: until Settle
	Now   func() time.Time // nil means time.Now
}

// Fake is Stripe as far as one shop sees it.
type Fake struct {
	config Config
	api    *http.ServeMux

	mu       sync.Mutex
	state    state
	events   []Event       // not handed out yet
	fresh    chan struct{} // tells Run of new events
	refusals []string      // what stripe-mock did not like
	broken   int           // requests that still fail before they are carried out
	spared   int           // requests before the next ones are dropped
	dropped  int           // requests that are carried out and whose answer is lost
	barred   map[string]string
}

// state is everything that the fake remembers.
type state struct {
	Sessions map[string]*session `json:"sessions"`
	Intents  map[string]*intent  `json:"intents"`
	Charges  map[string]*charge  `json:"charges"`
	Refunds  map[string]*refund  `json:"refunds"`
	Disputes map[string]*dispute `json:"disputes"`
	Answers  map[string]answer   `json:"answers"` // by idempotency key
	Serial   int64               `json:"serial"`
}

// answer is what a request with an idempotency key got.
type answer struct {
	Asked  string `json:"asked"`
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// New returns a fake, with the state of the file where there is one.
func New(config Config) (*Fake, error) {
	if !strings.HasSuffix(config.Pay, "/") {
		return nil, errors.New("stripefake: the pay page's folder ends with a slash")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	f := &Fake{config: config, fresh: make(chan struct{}, 1), barred: map[string]string{}}
	f.state = state{Sessions: map[string]*session{}, Intents: map[string]*intent{}, Charges: map[string]*charge{}, Refunds: map[string]*refund{},
		Disputes: map[string]*dispute{}, Answers: map[string]answer{}}
	if config.File != "" {
		data, err := os.ReadFile(config.File)
		if err == nil {
			err = json.Unmarshal(data, &f.state)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("stripefake: read what was pretended before: %w", err)
		}
	}
	f.api = f.routes()
	return f, nil
}

// save keeps the state for the next start. The caller holds the lock.
func (f *Fake) save() error {
	if f.config.File == "" {
		return nil
	}
	data, err := json.Marshal(f.state)
	if err != nil {
		return err
	}
	next := f.config.File + ".next"
	if err := os.MkdirAll(filepath.Dir(next), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return err
	}
	return os.Rename(next, f.config.File)
}

// id makes an id as Stripe's look.
func id(prefix string) string { return prefix + "_test_" + rand.Text()[:20] }

// list is Stripe's form of several objects.
func list[T any](url string, all []T) map[string]any {
	if all == nil {
		all = []T{}
	}
	return map[string]any{"object": "list", "url": url, "has_more": false, "data": all}
}

// session is a checkout session, in Stripe's own words.
type session struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	Mode              string            `json:"mode"`
	Status            string            `json:"status"`
	PaymentStatus     string            `json:"payment_status"`
	PaymentIntent     any               `json:"payment_intent"` // an id, null before there is one, or the intent where it is expanded
	AmountSubtotal    int64             `json:"amount_subtotal"`
	AmountTotal       int64             `json:"amount_total"`
	Currency          string            `json:"currency"`
	ClientReferenceID string            `json:"client_reference_id"`
	Metadata          map[string]string `json:"metadata"`
	SuccessURL        string            `json:"success_url"`
	CancelURL         string            `json:"cancel_url"`
	URL               *string           `json:"url"`
	Types             []string          `json:"payment_method_types"`
	Created           int64             `json:"created"`
	ExpiresAt         int64             `json:"expires_at"`
	Livemode          bool              `json:"livemode"`
	CustomerDetails   map[string]any    `json:"customer_details"` // as Stripe's do: personal data that must not be kept

	Name        string            `json:"x_name"` // of what is bought
	IntentMeta  map[string]string `json:"x_intent_metadata"`
	Description string            `json:"x_description"`
}

// intent is a payment.
type intent struct {
	ID           string            `json:"id"`
	Object       string            `json:"object"`
	Status       string            `json:"status"`
	Amount       int64             `json:"amount"`
	Currency     string            `json:"currency"`
	Created      int64             `json:"created"`
	Metadata     map[string]string `json:"metadata"`
	LatestCharge any               `json:"latest_charge"`
	Livemode     bool              `json:"livemode"`

	Session string `json:"x_session"`
}

// charge is one attempt to get the money.
type charge struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	AmountRefunded int64             `json:"amount_refunded"`
	Currency       string            `json:"currency"`
	Created        int64             `json:"created"`
	Paid           bool              `json:"paid"`
	Status         string            `json:"status"`
	Refunded       bool              `json:"refunded"`
	Disputed       bool              `json:"disputed"`
	PaymentIntent  string            `json:"payment_intent"`
	Metadata       map[string]string `json:"metadata"`
	ReceiptURL     string            `json:"receipt_url"`
	Livemode       bool              `json:"livemode"`
	BillingDetails map[string]any    `json:"billing_details"`
}

// refund is money given back.
type refund struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	Charge        string            `json:"charge"`
	PaymentIntent string            `json:"payment_intent"`
	Status        string            `json:"status"`
	Created       int64             `json:"created"`
	Reason        *string           `json:"reason"`
	Metadata      map[string]string `json:"metadata"`
}

// dispute is money that a bank asks back.
type dispute struct {
	ID                  string            `json:"id"`
	Object              string            `json:"object"`
	Amount              int64             `json:"amount"`
	Currency            string            `json:"currency"`
	Charge              string            `json:"charge"`
	PaymentIntent       *string           `json:"payment_intent"`
	Status              string            `json:"status"`
	Created             int64             `json:"created"`
	Metadata            map[string]string `json:"metadata"`
	BalanceTransactions []map[string]any  `json:"balance_transactions"`
	Livemode            bool              `json:"livemode"`
}
