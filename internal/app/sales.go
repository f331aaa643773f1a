package app

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"easel/internal/audit"
	"easel/internal/egress"
	"easel/internal/ledger"
	"easel/internal/payment"
	"easel/internal/payment/stripefake"
	"easel/internal/policy"
	"easel/internal/queue"
	"easel/internal/web/pages"
	"easel/internal/web/ui"
)

// demoDelay is how long a pretended bank debit takes.
const demoDelay = 20 * time.Second

// callWait is how long one call to Stripe may take.
const callWait = 30 * time.Second

// sales builds the ledger, and what sells the tokens in it.
func (a *App) sales(studio *policy.Studio) (err error) {
	sold := a.config.Sales.Demo || a.config.Sales.Key != ""
	gifts := ledger.Config{Welcome: a.config.Welcome}
	if sold {
		gifts.Welcome = 0
	}
	if a.ledger, err = ledger.New(gifts, a.db, a.log); err != nil {
		return err
	}
	config := payment.Config{Key: a.config.Sales.Key, Secrets: a.config.Sales.Secrets, Prices: a.config.Sales.Prices, Tax: a.config.Sales.Tax,
		Public: a.config.PublicURL, Keep: studio.Keep(policy.Order), Demo: a.config.Sales.Demo}
	if err := a.sellCodes(&config); err != nil {
		return err
	}
	var client *http.Client
	switch {
	case config.Demo:
		config.Key, config.Secrets = stripefake.Key, []string{stripefake.Secret}
		pay := a.config.PublicURL.JoinPath("demo", "pay").String() + "/"
		if a.demo, err = stripefake.New(stripefake.Config{Pay: pay, File: filepath.Join(a.config.Data, "demo-payments.json"), Delay: demoDelay}); err != nil {
			return err
		}
		client = a.demo.Client()
	case config.Key != "":
		gate, err := egress.New(egress.Config{Named: map[policy.Role][]string{policy.Payment: {payment.Host}}, Log: a.log})
		if err != nil {
			return err
		}
		client = gate.Client(policy.Payment, egress.Limits{Wait: callWait})
	}
	enqueue := func(ctx context.Context, tx pgx.Tx, args river.JobArgs) error {
		_, err := a.queue.Insert(ctx, tx, args)
		return err
	}
	a.payment, err = payment.New(config, a.db, a.ledger, client, enqueue, a.log)
	return err
}

// sell says who works the jobs about payments.
func (a *App) sell(workers *queue.Workers) {
	queue.Add(workers, payment.EventTimeout, a.payment.Work)
	queue.Add(workers, payment.RefundTimeout, a.payment.Give)
}

// pretend sends the pretended Stripe's messages to ourselves, by the same way that Stripe's come.
func (a *App) pretend(ctx context.Context) error {
	if a.demo == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	gate, err := egress.New(egress.Config{Own: map[policy.Role][]string{policy.Payment: {a.Address()}}, Log: a.log})
	if err != nil {
		return err
	}
	client := gate.Client(policy.Payment, egress.Limits{})
	return a.demo.Run(ctx, func(ctx context.Context, body []byte, signature string) (int, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+a.Address()+"/hooks/stripe", bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		r.Header.Set("Stripe-Signature", signature)
		res, err := client.Do(r)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	})
}

// counter is what those who run the place do about orders, each act written down before it is done.
type counter struct {
	*payment.Service
	purses *ledger.Ledger
	log    *audit.Log
}

// Open opens a session about one person.
func (c counter) Open(ctx context.Context, staff, subject uuid.UUID, reason string) (uuid.UUID, error) {
	session, err := c.log.Open(ctx, staff, subject, reason)
	return session.ID, err
}

// Behind is the purse of the person whom a session is about.
func (c counter) Behind(ctx context.Context, staff, session uuid.UUID) ([]ledger.Lot, []ledger.Event, error) {
	return c.purses.Behind(ctx, staff, session)
}

// Refund gives money back for an order.
func (c counter) Refund(ctx context.Context, staff, order uuid.UUID, extent payment.Extent, reason, note string) (payment.Order, error) {
	return c.Return(ctx, c.log.Add, staff, order, extent, reason, note)
}

// Grant gives somebody tokens.
func (c counter) Grant(ctx context.Context, staff, owner, key uuid.UUID, tokens int64, reason string) error {
	return c.Service.Grant(ctx, c.log.Add, staff, owner, key, tokens, reason)
}

// purse is what somebody may spend.
func (a *App) purse(ctx context.Context, owner uuid.UUID) (p ui.Purse, err error) {
	err = a.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		balance, err := a.ledger.Balance(ctx, tx, owner)
		p = ui.Purse{Settled: balance.Settled, InUse: balance.Held}
		return err
	})
	return p, err
}

// shop puts what sells tokens into the pages.
func (a *App) shop(c *pages.Config) {
	c.Till, c.Counter, c.Purse = a.payment, counter{a.payment, a.ledger, audit.New(a.db)}, a.purse
	if a.demo != nil {
		c.Pretend = a.demo.Page(c.UI.Asset("app.css"), c.UI.Asset("mark.svg"))
	}
}
