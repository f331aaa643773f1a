package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/ledger"
	"easel/internal/mail"
	"easel/internal/postgres"
	"easel/internal/rounds"
)

// purseSettings are the settings about tokens that nobody pays for.
var purseSettings = []setting{
	{name: "EASEL_WELCOME_TOKENS", fallback: strconv.Itoa(ledger.DefaultWelcome), literal: true,
		meaning: "tokens that a new account gets, once its address is verified; none while tokens are sold",
		set: func(c *Config, v string) (err error) {
			if c.Welcome, err = strconv.ParseInt(v, 10, 64); err == nil {
				err = ledger.Config{Welcome: c.Welcome}.Check()
			}
			return err
		}},
}

// welcome gives a new account its first tokens.
func (a *App) welcome(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	return a.ledger.Welcome(ctx, tx, owner)
}

// destroy removes what the parts keep for an owner whose account goes, in the order in which a drawing that is being
// stored takes hold of them: pictures, runs, tokens.
func (a *App) destroy(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	if _, err := a.vault.DestroyOwner(ctx, tx, owner); err != nil {
		return err
	}
	if err := a.generation.Leave(ctx, tx, owner); err != nil {
		return err
	}
	if err := a.rights.Leave(ctx, tx, owner); err != nil {
		return err
	}
	return a.ledger.Leave(ctx, tx, owner)
}

// purses is how often lots whose time is over are looked for.
const purses = time.Minute

// sweepPurses removes lots whose time is over, and tells of those whose time is soon, until the context ends.
func (a *App) sweepPurses(ctx context.Context) error {
	return rounds.Every(ctx, purses, rounds.Logged(a.log, "looking after expiring tokens failed", func(ctx context.Context) error {
		return errors.Join(a.ledger.Sweep(ctx), a.ledger.Warn(ctx, a.ending))
	}))
}

// ending writes to somebody whose tokens end soon: a letter for each day on which some do.
func (a *App) ending(ctx context.Context, tx pgx.Tx, owner uuid.UUID, all []ledger.Ending) error {
	for i := 0; i < len(all); {
		tokens, day := int64(0), all[i].Expires.UTC().Format("2 January 2006")
		for ; i < len(all) && all[i].Expires.UTC().Format("2 January 2006") == day; i++ {
			tokens += all[i].Tokens
		}
		say := fmt.Sprintf("%d tokens", tokens)
		if tokens == 1 {
			say = "1 token"
		}
		err := a.account.Tell(ctx, tx, owner, mail.TokensEnding, map[string]string{"tokens": say, "ends": day, "use": a.config.PublicURL.JoinPath("portrait/").String()})
		if err != nil {
			return err
		}
	}
	return nil
}

// tokens is the ledger as pages see it: each question in a transaction of its owner's.
type tokens struct {
	db     *postgres.DB
	ledger *ledger.Ledger
}

// Balance is what is in the owner's purse.
func (t tokens) Balance(ctx context.Context, owner uuid.UUID) (b ledger.Balance, err error) {
	err = t.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		b, err = t.ledger.Balance(ctx, tx, owner)
		return err
	})
	return b, err
}

// History is what happened to it, the newest first.
func (t tokens) History(ctx context.Context, owner uuid.UUID, cursor int64, most int) (all []ledger.Event, err error) {
	err = t.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		all, err = t.ledger.History(ctx, tx, owner, cursor, most)
		return err
	})
	return all, err
}

// Export is all of it as CSV.
func (t tokens) Export(ctx context.Context, owner uuid.UUID, w io.Writer) error {
	return t.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return t.ledger.Export(ctx, tx, owner, w) })
}
