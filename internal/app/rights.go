package app

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/catalog"
	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/policy"
	"easel/internal/rights"
	"easel/internal/rounds"
	"easel/internal/web/pages"
)

// claims builds what carries out people's rights. The generation service, which it stops, is built later.
func (a *App) claims(studio *policy.Studio) (err error) {
	a.rights, err = rights.New(rights.Config{PublicURL: a.config.PublicURL, Studio: studio.Name, Due: studio.Due, Keep: studio.Keep(policy.Request),
		Stop: func(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error { return a.generation.Stop(ctx, tx, owner) },
		Run: func(ctx context.Context, staff, run uuid.UUID) (rights.Asking, error) {
			if shown, _ := studio.Asks(policy.Marketing); !shown {
				return rights.Asking{}, fault.New(fault.Refused, "The policy of this studio says nothing about showing pictures, so nobody is asked. Add marketing under choices first.")
			}
			return a.asking(ctx, staff, run)
		}}, a.db, a.vault, a.account, a.mail, a.log)
	return err
}

// asking is what has to be known of a portrait to ask its owner about it.
func (a *App) asking(ctx context.Context, staff, run uuid.UUID) (asked rights.Asking, err error) {
	var style string
	if asked.Owner, style, asked.Deadline, err = a.generation.StaffRun(ctx, staff, run); err != nil {
		return asked, err
	}
	row, _ := catalog.Find(style)
	asked.Style = row.Title
	return asked, nil
}

// clocks is how often requests that are due, and those whose time to be kept is over, are looked for.
const clocks = 5 * time.Minute

// watchClocks reminds the staff of requests, and removes old ones, until the context ends.
func (a *App) watchClocks(ctx context.Context) error {
	return rounds.Every(ctx, clocks, rounds.Logged(a.log, "looking after requests about personal data failed", func(ctx context.Context) error {
		return errors.Join(a.rights.Remind(ctx), a.rights.Erase(ctx))
	}))
}

// claimed puts what carries out people's rights into the pages.
func (a *App) claimed(c *pages.Config) {
	c.Rights = desk{a.rights, a, c.Policy}
}

// desk is the rights as pages see them.
type desk struct {
	*rights.Service

	app    *App
	studio *policy.Studio
}

// OptOuts are the records that somebody does not want.
func (d desk) OptOuts(ctx context.Context, owner uuid.UUID) ([]account.Record, error) {
	return d.app.account.OptOuts(ctx, owner)
}

// Optional switches such a record on or off.
func (d desk) Optional(ctx context.Context, owner uuid.UUID, r account.Record, on bool) error {
	if shown, _ := d.studio.Asks(policy.UsageRecords); !shown {
		return fault.New(fault.Refused, "The policy of this studio has no switch for its records.")
	}
	return d.app.account.Optional(ctx, owner, r, on)
}

// Told tells somebody that everything that is held about them is being downloaded.
func (d desk) Told(ctx context.Context, owner uuid.UUID) error {
	return d.app.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		return d.app.account.Tell(ctx, tx, owner, mail.DataTaken, map[string]string{"account": d.app.config.PublicURL.JoinPath("account").String()})
	})
}
