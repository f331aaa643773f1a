package app

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/audit"
	"easel/internal/mail"
	"easel/internal/policy"
)

// people builds what letters and accounts need.
func (a *App) people(studio *policy.Studio) (err error) {
	enqueue := func(ctx context.Context, tx pgx.Tx, args mail.SendArgs, wait time.Duration) error {
		_, err := a.queue.InsertAfter(ctx, tx, args, wait)
		return err
	}
	a.usage = studio.Keep(policy.Usage)
	if a.mail, err = mail.New(a.config.Mail, a.db, a.vault, enqueue, a.log); err != nil {
		return err
	}
	a.account, err = account.New(a.accounts(studio), a.db, a.vault, a.mail, a.log)
	return err
}

func (a *App) accounts(studio *policy.Studio) account.Config {
	return account.Config{Idle: studio.Keep(policy.Visit), Visits: studio.Keep(policy.Usage), Policy: studio.Version, Under: kept(studio), PublicURL: a.config.PublicURL,
		Opened: a.welcome, Throwaway: a.config.Throwaway}
}

// over deletes sessions, links, letters, records and the names of requests whose time is over.
func (a *App) over(ctx context.Context) error {
	return errors.Join(a.account.Expire(ctx), a.mail.Expire(ctx), audit.New(a.db).Expire(ctx), a.generation.ExpireRequests(ctx), a.eraseCodes(ctx))
}

// leaveNow deletes one person's account with everything in it.
func (a *App) leaveNow(ctx context.Context, owner uuid.UUID) error {
	return a.account.Leave(ctx, owner, a.destroy)
}
