package app

import (
	"context"
	"errors"
	"log/slog"

	"easel/internal/audit"
	"easel/internal/postgres"
	"easel/internal/unlock"
	"easel/internal/vault"
)

// Codes runs an errand with unlock codes, beside a running server or without one. What it changes is written down as done at the
// machine.
func Codes(ctx context.Context, config Config, log *slog.Logger, errand func(*unlock.Service, unlock.By) error) (err error) {
	a := &App{config: config, log: log}
	defer func() { err = errors.Join(err, a.Close()) }()
	if a.db, err = postgres.Join(ctx, a.config.postgres(), log); err != nil {
		return err
	}
	if err := a.openVault(ctx, vault.Config{}); err != nil {
		return err
	}
	return errand(unlock.New(a.db, a.vault.Digest), unlock.By{Audit: audit.New(a.db).Add})
}
