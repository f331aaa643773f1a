// Package payment sells packs of tokens through Stripe: it opens a checkout, believes only what Stripe answers when
// asked, and keeps order and tokens in step by one function, Fulfil, whoever calls it and how often.
package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"easel/internal/ledger"
	"easel/internal/postgres"
)

// Config is how packs are sold here.
type Config struct {
	Key        string        // Stripe's secret or restricted key; "": payments are not set up
	Secrets    []string      // signing secrets of the webhook endpoint, the newest first; none: no webhook is believed
	Prices     Prices        // what is sold
	Codes      Codes         // unlock codes, for orders of them; nil where there are none
	CodePrices Prices        // what those cost; no packs: they are not sold
	Tax        string        // said beside each price, such as "including VAT"
	Public     *url.URL      // where browsers find the server, for the way back from the payment page
	Keep       time.Duration // how long orders are kept, as the policy says
	Demo       bool          // the other side is our own pretended Stripe: pages say so
	Endpoint   string        // where Stripe's API is; "" means Stripe's own
}

// leastKeep is longer than any refund or dispute can come after a payment.
const leastKeep = 365 * 24 * time.Hour

// Host is where Stripe's API is: a recipient that the policy has to name.
const Host = "api.stripe.com"

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	switch {
	case c.Keep < leastKeep:
		return errors.New("payment: orders have to be kept for a year at least: refunds and disputes come late")
	case c.Key == "":
		return nil
	case !strings.HasPrefix(c.Key, "sk_") && !strings.HasPrefix(c.Key, "rk_"):
		return errors.New("payment: that is no secret key of Stripe; it begins with sk_ or rk_")
	case c.Public == nil || c.Public.Host == "":
		return errors.New("payment: the way back from the payment page needs the public address")
	}
	for _, secret := range c.Secrets {
		if !strings.HasPrefix(secret, "whsec_") {
			return errors.New("payment: that is no signing secret of a webhook endpoint; it begins with whsec_")
		}
	}
	if len(c.CodePrices.Packs) > 0 {
		if err := c.CodePrices.Check(); err != nil {
			return err
		}
	}
	return c.Prices.Check()
}

// Enqueue puts a job into the queue when the transaction commits.
type Enqueue func(ctx context.Context, tx pgx.Tx, args river.JobArgs) error

// Service sells.
type Service struct {
	config  Config
	db      *postgres.DB
	ledger  *ledger.Ledger
	stripe  *stripe
	enqueue Enqueue
	log     *slog.Logger
}

// New returns the service. client carries every request to Stripe; it is not used when payments are not set up.
func New(config Config, db *postgres.DB, purse *ledger.Ledger, client *http.Client, enqueue Enqueue, log *slog.Logger) (*Service, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	s := &Service{config: config, db: db, ledger: purse, enqueue: enqueue, log: log}
	if config.Key != "" {
		if client == nil {
			return nil, errors.New("payment: a client for the requests to Stripe is missing")
		}
		s.stripe = newStripe(config, client, log)
	}
	return s, nil
}

// Open reports whether packs can be bought: whether a key is set.
func (s *Service) Open() bool { return s.stripe != nil }

// Terms are what a buyer should know.
type Terms struct {
	Open  bool // packs can be bought
	Demo  bool // for pretended money
	Packs []Pack
	Tax   string // said beside each price
}

// Terms returns what a buyer should know.
func (s *Service) Terms() Terms {
	return Terms{Open: s.Open(), Demo: s.config.Demo && s.Open(), Packs: s.config.Prices.Packs, Tax: s.config.Tax}
}

// Hooked reports whether Stripe can tell us by itself what happened. Without it the return page and the patrol ask.
func (s *Service) Hooked() bool { return s.Open() && len(s.config.Secrets) > 0 }

// page is the address of an order's page, where the payment page leads back to.
func (s *Service) page(o Order, query string) string {
	u := *s.config.Public
	u.Path, u.RawQuery = "/buy/order/"+o.ID.String(), query
	if o.Code {
		u.Path = "/cutout/codes/" + o.ID.String()
	}
	return u.String()
}

// pack returns the pack with so many tokens.
func (s *Service) pack(tokens int64) (Pack, error) { return s.config.Prices.pack(tokens) }

func (ps Prices) pack(tokens int64) (Pack, error) {
	for _, p := range ps.Packs {
		if p.Tokens == tokens {
			return p, nil
		}
	}
	return Pack{}, fmt.Errorf("there is no pack of %d", tokens)
}
