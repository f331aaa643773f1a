package app

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/audit"
	"easel/internal/mail"
	"easel/internal/postgres"
	"easel/internal/vault"
)

// FirstLink returns a link that makes whoever opens it the first who runs the place, or "" once somebody does. It belongs on
// the terminal and in no log.
func (a *App) FirstLink(ctx context.Context) (string, error) {
	token, err := a.account.FirstLink(ctx)
	if token == "" || err != nil {
		return "", err
	}
	return a.config.link(account.LinkFirst, token), nil
}

func (c Config) link(p account.Purpose, token string) string {
	return c.PublicURL.JoinPath(account.Path(p, token)).String()
}

// AddAdmin makes whoever has the address one who runs the place, and returns a link that signs them in once. It works beside a
// running server and without one.
func AddAdmin(ctx context.Context, config Config, log *slog.Logger, address string) (link string, err error) {
	a := &App{config: config, log: log}
	defer func() { err = errors.Join(err, a.Close()) }()
	if a.db, err = postgres.Join(ctx, a.config.postgres(), log); err != nil {
		return "", err
	}
	studio, err := a.declare()
	if err != nil {
		return "", err
	}
	if err := a.openVault(ctx, vault.Config{}); err != nil {
		return "", err
	}
	if err := a.sales(studio); err != nil { // a new account gets its welcome
		return "", err
	}
	people, err := account.New(a.accounts(studio), a.db, a.vault, noPost{}, log)
	if err != nil {
		return "", err
	}
	owner, err := people.Invite(ctx, address, "")
	if err != nil {
		return "", err
	}
	if err := a.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return audit.New(a.db).Add(ctx, tx, "admin.add", owner, "easel admin add, at the machine")
	}); err != nil {
		return "", err
	}
	token, err := people.AddAdmin(ctx, address)
	if err != nil {
		return "", err
	}
	return config.link(account.LinkSignIn, token), nil
}

// noPost is for errands that write no letter.
type noPost struct{}

// Write refuses, so that none is lost unseen.
func (noPost) Write(context.Context, pgx.Tx, mail.Letter) error {
	return errors.New("app: this errand writes no letters")
}
