// Package generation is one run of one thing a studio makes: photo in, queue, drawing, result stored.
//
// The row in easel.generation_run is the only truth about a run. Whoever changes it does so with a condition on the
// state it expects, in the same transaction as what belongs to the change (the queue's job, the vault's publishing),
// so that a crash between any two steps leaves a run that can be found and carried on.
package generation

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/ledger"
	"easel/internal/postgres"
	"easel/internal/receipt"
	"easel/internal/sandbox"
	"easel/internal/vault"
)

// Config sets the service's limits.
type Config struct {
	Keep       time.Duration  // how long a photo and its portraits are kept
	Policy     receipt.Policy // the studio's, which says so
	Uploads    int            // photos that one owner may hold at a time
	Unfinished int            // runs of one owner that may be queued or drawing at a time
	Pixels     int            // how large a portrait is drawn at first, at most; 0 means the engine's two million

	// Price is what a run of a style costs, in tokens; nil: nothing.
	Price func(style string) int64
	// May fails when nothing new may be made of the data of the transaction's owner; nil: it always may.
	May func(ctx context.Context, tx pgx.Tx) error
}

// Defaults for the limits; Keep has none, it comes from the studio's policy.
const (
	DefaultUploads    = 40
	DefaultUnfinished = 12
)

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Keep <= 0 {
		return fmt.Errorf("generation: photos need a positive time to be kept, not %v", c.Keep)
	}
	if c.Uploads < 1 || c.Unfinished < 1 {
		return fmt.Errorf("generation: an owner needs room for at least one photo and one run, not %d and %d", c.Uploads, c.Unfinished)
	}
	if c.Pixels < 0 {
		return fmt.Errorf("generation: a portrait cannot be drawn with %d pixels", c.Pixels)
	}
	return nil
}

// Enqueue puts the job of one attempt into the queue, in the transaction, and returns the job's number.
type Enqueue func(ctx context.Context, tx pgx.Tx, args DrawArgs, wait time.Duration) (int64, error)

// Purse moves the tokens that runs cost, in the transaction that it is given.
type Purse interface {
	// HoldAll sets tokens aside for all of the runs, or for none with an Unpaid fault.
	HoldAll(ctx context.Context, tx pgx.Tx, owner uuid.UUID, all []ledger.Held) error
	// Capture takes what is held for a run; an error when that is nothing.
	Capture(ctx context.Context, tx pgx.Tx, run uuid.UUID) error
	// Release gives back what is held for a run, and tells its owner why.
	Release(ctx context.Context, tx pgx.Tx, run uuid.UUID, why string) error
	// Held lists runs for which tokens have been held for longer than the given time.
	Held(ctx context.Context, longer time.Duration) ([]ledger.Open, error)
}

// Service takes photos in, starts runs and tells how they stand.
type Service struct {
	config   Config
	db       *postgres.DB
	vault    *vault.Vault
	decoder  *sandbox.Decoder
	purse    Purse
	enqueue  Enqueue
	log      *slog.Logger
	hub      hub
	plans    plans
	previews previews
	arriving places // for looking at a photo that was brought
	large    places // for whatever is done with a full size
}

// New returns the service. Enqueue is called in the transactions that start a run.
func New(config Config, db *postgres.DB, v *vault.Vault, d *sandbox.Decoder, purse Purse, enqueue Enqueue, log *slog.Logger) (*Service, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	return &Service{config: config, db: db, vault: v, decoder: d, purse: purse, enqueue: enqueue, log: log, hub: newHub(), previews: newPreviews(),
		arriving: make(places, max(1, runtime.GOMAXPROCS(0)/2)), large: make(places, 1)}, nil
}

// DrawArgs is what the queue knows of one attempt: ids and nothing else.
type DrawArgs struct {
	Run     uuid.UUID `json:"run"`
	Owner   uuid.UUID `json:"owner"`
	Attempt int       `json:"attempt"`
}

// Kind names the job in the queue.
func (DrawArgs) Kind() string { return "draw" }
