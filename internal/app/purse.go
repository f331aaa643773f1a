package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/catalog"
	"easel/internal/ledger"
	"easel/internal/policy"
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

// priced refuses a policy that names another price than the catalogue charges.
func priced(studio *policy.Studio) error {
	for _, row := range catalog.Portraits {
		if row.Studio == studio.Name && int64(row.Tokens) != studio.Price.Tokens {
			return fmt.Errorf("the policy of the studio %q says that one picture costs %d tokens, but %q costs %d; write the same under price.tokens",
				studio.Name, studio.Price.Tokens, row.Title, row.Tokens)
		}
	}
	return nil
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
	return a.ledger.Leave(ctx, tx, owner)
}

// purses is how often lots whose time is over are looked for.
const purses = time.Minute

// sweepPurses removes lots whose time is over, until the context ends.
func (a *App) sweepPurses(ctx context.Context) error {
	tick := time.NewTicker(purses)
	defer tick.Stop()
	for {
		if err := a.ledger.Sweep(ctx); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
			a.log.ErrorContext(ctx, "removing expired tokens failed", slog.Any("cause", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
