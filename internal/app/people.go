package app

import (
	"context"

	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/mail"
	"easel/internal/policy"
)

// people builds what letters and accounts need.
func (a *App) people(studio *policy.Studio) (err error) {
	a.account, err = account.New(account.Config{Idle: studio.Keep(policy.Visit), Policy: studio.Version, PublicURL: a.config.PublicURL},
		a.db, a.vault, noPost{}, a.log)
	return err
}

// noPost is for as long as nobody signs up: nothing writes a letter.
type noPost struct{}

func (noPost) Write(context.Context, pgx.Tx, mail.Letter) error { return nil }
