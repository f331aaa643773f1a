// Package app builds the program: it reads the environment, makes every part in order, starts and stops them.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/engine/face"
	"easel/internal/account"
	"easel/internal/catalog"
	"easel/internal/cutout"
	"easel/internal/edition"
	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/ledger"
	"easel/internal/mail"
	"easel/internal/payment"
	"easel/internal/payment/stripefake"
	"easel/internal/policy"
	"easel/internal/postgres"
	"easel/internal/queue"
	"easel/internal/receipt"
	"easel/internal/rights"
	"easel/internal/sandbox"
	"easel/internal/unlock"
	"easel/internal/vault"
	"easel/internal/web/api"
	"easel/internal/web/edge"
	"easel/internal/web/pages"
	"easel/internal/web/ui"
)

// Version is the program's, set when a release is built.
var Version = "0.1.0-dev"

// App is the whole program as a value: tests start several.
type App struct {
	config     Config
	log        *slog.Logger
	studios    []*policy.Studio // all that are declared
	editions   *edition.Shelf
	db         *postgres.DB
	vault      *vault.Vault
	receipts   *receipt.Log
	mail       *mail.Service
	account    *account.Service
	usage      time.Duration // how long it is known who used what, by the policy
	generation *generation.Service
	rights     *rights.Service
	ledger     *ledger.Ledger
	payment    *payment.Service
	demo       *stripefake.Fake // nil unless payments are pretended
	federation *account.Federation
	passkeys   *account.Passkeys // nil where browsers make none
	issuer     *pretended        // nil unless sign-ins are pretended
	cutout     *cutout.Service   // nil where no policy declares its studio
	codes      *unlock.Service   // nil with cutout
	queue      *queue.Queue
	server     *http.Server
	listener   net.Listener
}

// New builds the program from top to bottom. Whatever is overdue is deleted before New returns, so nothing can be
// served that should be gone. The caller ends a program that was built with Serve or Close.
func New(ctx context.Context, config Config, log *slog.Logger) (_ *App, err error) {
	a := &App{config: config, log: log}
	defer func() {
		if err != nil {
			_ = a.Close() // why it cannot start matters more
		}
	}()
	if err := face.Ready(); err != nil {
		return nil, fmt.Errorf("the face cascades are not built in; run `make assets`, then build again: %w", err)
	}
	studio, err := a.declare()
	if err != nil {
		return nil, err
	}
	if a.db, err = postgres.Open(ctx, a.config.postgres(), log); err != nil {
		return nil, err
	}
	if a.receipts, err = receipt.Open(ctx, a.db, config.receiptKey()); err != nil {
		return nil, err
	}
	if err := a.openVault(ctx, vault.Config{Receipts: a.receipts, Policy: kept(studio), HoldMost: time.Duration(studio.Hold.Longest)}); err != nil {
		return nil, err
	}
	if err := a.publish(ctx); err != nil {
		return nil, err
	}
	if err := a.people(studio); err != nil {
		return nil, err
	}
	if err := a.claims(studio); err != nil {
		return nil, err
	}
	if err := a.sales(studio); err != nil {
		return nil, err
	}
	if err := a.federate(ctx, studio); err != nil {
		return nil, err
	}
	if err := a.drawings(studio); err != nil {
		return nil, err
	}
	if err := a.overdue(ctx); err != nil {
		return nil, fmt.Errorf("delete what is overdue before anything is served: %w", err)
	}
	return a, a.web(ctx, studio)
}

func (c Config) postgres() postgres.Config {
	return postgres.Config{URL: c.Postgres.URL, OwnerURL: c.Postgres.OwnerURL, DataDir: c.Data, Programs: c.Postgres.Bin}
}

// drawings builds the generation service and the queue, which need each other: the service queues jobs, the queue works
// them through the service.
func (a *App) drawings(studio *policy.Studio) (err error) {
	limits := a.config.limits()
	limits.Keep, limits.Policy, limits.Price = studio.Keep(policy.Upload), kept(studio), studio.Tokens
	limits.May = a.rights.May
	enqueue := func(ctx context.Context, tx pgx.Tx, args generation.DrawArgs, wait time.Duration) (int64, error) {
		return a.queue.InsertAfter(ctx, tx, args, wait)
	}
	if a.generation, err = generation.New(limits, a.db, a.vault, sandbox.New(sandbox.Config{}), a.ledger, enqueue, a.log); err != nil {
		return err
	}
	workers := queue.NewWorkers()
	queue.Add(workers, generation.Timeout, a.generation.Draw)
	a.sell(workers)
	a.fetch(workers)
	queue.Add(workers, mail.Timeout, a.mail.Send)
	a.queue, err = queue.New(a.db, queue.Config{Workers: a.config.Workers}, workers, a.log)
	return err
}

// overdue deletes what should be gone already, and takes up what a dead worker left.
func (a *App) overdue(ctx context.Context) error {
	if _, err := a.vault.Expire(ctx); err != nil { // the bytes, unreadable without, follow while the server runs
		return err
	}
	if err := a.generation.Recover(ctx); err != nil {
		return err
	}
	return errors.Join(a.leave(ctx), a.over(ctx))
}

// leave deletes accounts that nobody can come to any more.
func (a *App) leave(ctx context.Context) error {
	_, err := a.account.LeaveUnreachable(ctx, a.destroy)
	return err
}

// web builds the pages and begins to listen.
func (a *App) web(ctx context.Context, studio *policy.Studio) error {
	look, err := ui.New()
	if err != nil {
		return err
	}
	e, err := edge.New(edge.Config{PublicURL: a.config.PublicURL, Proxies: a.config.Proxies, Sessions: a.account,
		Visit: studio.Keep(policy.Visit), UI: look, Log: a.log})
	if err != nil {
		return err
	}
	var styles []pages.Style
	for _, row := range catalog.Portraits {
		style := pages.Style{ID: string(row.ID), Title: row.Title, Summary: row.Summary}
		for _, ink := range row.ID.Inks() {
			style.Inks = append(style.Inks, string(ink))
		}
		styles = append(styles, style)
	}
	var inks []pages.Ink
	for _, ink := range catalog.Inks {
		inks = append(inks, pages.Ink{ID: string(ink.ID), Title: ink.Title})
	}
	var grounds []pages.Ground
	for _, ground := range catalog.Backgrounds {
		grounds = append(grounds, pages.Ground{ID: string(ground.ID), Title: ground.Title})
	}
	parts := pages.Config{Edge: e, UI: look, Studio: a.generation, Policy: studio, Styles: styles, Inks: inks, Grounds: grounds, Ready: a.ready,
		Accounts: a.account, Leave: a.leaveNow, Keys: a.account, Document: api.Document, Letters: letters{a.mail}}
	a.promises(&parts)
	a.shop(&parts)
	a.deletion(&parts)
	parts.Tokens = tokens{a.db, a.ledger}
	a.claimed(&parts)
	a.doors(&parts)
	if parts.Cutouts, err = a.booth(e, look); err != nil {
		return err
	}
	if err := a.kiosk(&parts); err != nil {
		return err
	}
	site, err := pages.New(parts)
	if err != nil {
		return err
	}
	all, err := a.programs(site, e, look, studio, parts)
	if err != nil {
		return err
	}
	a.server = edge.NewServer(all)
	a.server.ErrorLog = slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)
	a.server.RegisterOnShutdown(e.EndStreams)
	a.listener, err = listen(ctx, a.config.Address)
	return err
}

// ready reports whether the program can do its work: whether database and bucket answer, and the clock is to be trusted.
func (a *App) ready(ctx context.Context) error {
	return errors.Join(a.db.Ping(ctx), a.vault.Ping(ctx), a.trusted(ctx))
}

// listen says what to do where an address cannot be had.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fault.Wrap(err, fault.Busy, "Another program listens on "+address+" already. Stop it, or give Easel another address with EASEL_ADDRESS.")
	case errors.Is(err, syscall.EACCES):
		return nil, fault.Wrap(err, fault.Denied, "This user may not listen on "+address+". Choose a port from 1024 on with EASEL_ADDRESS, or give the program the right to low ports.")
	case err != nil:
		return nil, fault.Wrap(err, fault.Busy, "This machine cannot listen on "+address+". Set EASEL_ADDRESS to an address that it has, such as 127.0.0.1:8080.")
	}
	return l, nil
}

// Address is where the program listens.
func (a *App) Address() string { return a.listener.Addr().String() }

// Close ends a program, served or not, and stops its own PostgreSQL.
func (a *App) Close() error {
	var wrong []error
	if a.listener != nil {
		if err := a.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			wrong = append(wrong, err)
		}
	}
	wrong = append(wrong, a.closeIssuer())
	if a.cutout != nil {
		wrong = append(wrong, a.cutout.Close())
	}
	if a.vault != nil {
		wrong = append(wrong, a.vault.Close())
	}
	if a.db != nil {
		wrong = append(wrong, a.db.Close())
	}
	return errors.Join(wrong...)
}

// stopping is how long requests and drawings get to end in good order.
const stopping = 10 * time.Second
