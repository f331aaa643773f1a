// Package ledger keeps everybody's tokens: lots that expire, and tokens set aside for a run, taken, or given back.
//
// The rules are in README.md beside this file; the database enforces them. Everything here runs in the caller's
// transaction and on the caller's own purse (postgres.DB.AsOwner), so that tokens move together with what they are
// for, or not at all.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// Config sets what the ledger gives away.
type Config struct {
	Welcome int64 // tokens for a new account; 0 where they are sold
}

// DefaultWelcome is one token for each of the four portrait styles.
const DefaultWelcome = 4

// mostAtOnce bounds what may come into a purse in one lot: a slip of the hand is no fortune.
const mostAtOnce = 10_000

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Welcome < 0 || c.Welcome > mostAtOnce {
		return fmt.Errorf("ledger: a welcome of %d tokens makes no sense; give 0 to %d", c.Welcome, mostAtOnce)
	}
	return nil
}

// Ledger moves tokens.
type Ledger struct {
	config Config
	db     *postgres.DB // for what is done across owners; everything else has the caller's transaction
	log    *slog.Logger
}

// New returns the ledger on the database.
func New(config Config, db *postgres.DB, log *slog.Logger) (*Ledger, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	return &Ledger{config: config, db: db, log: log}, nil
}

// errNotCaller means that a transaction is not the owner's whose purse it should change.
var errNotCaller = errors.New("ledger: the transaction is not the owner's")

// ask calls a function of the ledger that returns one row, as the owner. The text ends in a where clause's condition.
func ask(ctx context.Context, tx pgx.Tx, owner uuid.UUID, call string, args []any, into ...any) error {
	args = append(args, owner)
	err := tx.QueryRow(ctx, fmt.Sprintf("select %s where easel.caller() = $%d", call, len(args)), args...).Scan(into...)
	if errors.Is(err, pgx.ErrNoRows) {
		return errNotCaller
	}
	return err
}
