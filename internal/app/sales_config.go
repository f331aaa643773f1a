package app

import (
	"errors"
	"net"
	"os"
	"strings"

	"easel/internal/account"
	"easel/internal/payment"
)

// Sales is how tokens are sold.
type Sales struct {
	Key     string   // Stripe's; "": tokens are not sold
	Secrets []string // of the webhook endpoint
	Prices  payment.Prices
	Codes   payment.Prices // of unlock codes; no packs: they are not sold
	Tax     string
	Demo    bool // pretended payments
}

// salesSettings are the settings about selling tokens.
var salesSettings = []setting{
	{name: "EASEL_STRIPE_KEY", fallback: "none: tokens are not sold", meaning: "Stripe's secret key; the policy has to name " + payment.Host + " as a recipient for payment", secret: true,
		set: func(c *Config, v string) error { c.Sales.Key = v; return nil }},
	{name: "EASEL_STRIPE_WEBHOOK_SECRET", fallback: "none: orders are looked up, and refunds made in the dashboard are not seen",
		meaning: "signing secret of the endpoint /hooks/stripe; two, with a space between, while one replaces the other", secret: true,
		set: func(c *Config, v string) error { c.Sales.Secrets = strings.Fields(v); return nil }},
	{name: "EASEL_PRICES", fallback: payment.DefaultPrices, literal: true, meaning: "packs of tokens and their prices, then the currency",
		set: func(c *Config, v string) (err error) { c.Sales.Prices, err = payment.ParsePrices(v); return err }},
	{name: "EASEL_CODE_PRICES", fallback: "none: unlock codes are not sold",
		meaning: "unlock codes of the cutout studio by the pictures that each opens, and their prices, then the currency: 1=1.90 5=6.90 EUR",
		set:     func(c *Config, v string) (err error) { c.Sales.Codes, err = payment.ParsePrices(v); return err }},
	{name: "EASEL_TAX_WORDS", fallback: "including any tax", literal: true, meaning: "what is said about tax beside each price",
		set: func(c *Config, v string) error { c.Sales.Tax = v; return nil }},
	{name: "EASEL_THROWAWAY_DOMAINS", fallback: "none", meaning: "file with one mail domain a line: accounts with an address there get no welcome tokens",
		set: func(c *Config, v string) error {
			file, err := os.Open(v)
			if err != nil {
				return err
			}
			defer file.Close()
			c.Throwaway, err = account.ReadDomains(file)
			return err
		}},
	{name: "EASEL_PAYMENTS", fallback: "by EASEL_STRIPE_KEY", meaning: "demo: payments are pretended, on this machine only, to try Easel out",
		set: func(c *Config, v string) error {
			if v != "demo" {
				return errors.New("it must be demo, or not be set")
			}
			c.Sales.Demo = true
			return nil
		}},
}

// check reports settings about selling that do not go together.
func (s Sales) check(c Config) error {
	switch {
	case s.Demo && s.Key != "":
		return errors.New("EASEL_PAYMENTS: payments are pretended or real; set demo or EASEL_STRIPE_KEY, not both")
	case s.Demo && (!c.Local() || !listensLocally(c.Address)):
		return errors.New("EASEL_PAYMENTS: pretended payments give tokens for nothing, so they work only where nobody but this machine gets in. " +
			"Let EASEL_ADDRESS and EASEL_PUBLIC_URL be addresses of this machine, such as 127.0.0.1:8080")
	case len(s.Codes.Packs) > 0 && s.Key == "" && !s.Demo:
		return errors.New("EASEL_CODE_PRICES is set, but nothing takes payments; set EASEL_STRIPE_KEY, or EASEL_PAYMENTS=demo to try it out")
	case s.Key == "" && len(s.Secrets) > 0:
		return errors.New("EASEL_STRIPE_WEBHOOK_SECRET is set and EASEL_STRIPE_KEY is not; set both or neither")
	}
	return nil
}

// listensLocally reports whether an address to listen on is reached from this machine only.
func listensLocally(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
