// Package queue is the background work: River on the application's own database, so that a job commits with the rows that
// belong to it.
//
// Jobs carry ids and nothing else: the queue's tables have no row-level security, and a worker acts as the owner that the
// arguments name. A job may run twice (a process that was killed had perhaps finished it), so what it does must be good
// to do twice.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"easel/internal/fault"
	"easel/internal/postgres"
)

// Config sets how much work is done here.
type Config struct {
	Workers  int           // jobs at a time; 0: this process only inserts
	SoftStop time.Duration // how long running jobs may go on when the queue stops; 0: they are interrupted at once
}

// mostWorkers is far beyond what one machine draws at a time.
const mostWorkers = 64

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Workers < 0 || c.Workers > mostWorkers {
		return fmt.Errorf("queue: %d workers make no sense; give 0 to %d", c.Workers, mostWorkers)
	}
	if c.SoftStop < 0 {
		return fmt.Errorf("queue: running jobs cannot go on for %v", c.SoftStop)
	}
	return nil
}

// Attempts is how often a job is tried when it fails for a reason that may pass.
const Attempts = 3

// longest bounds the time that a kind of job may ask for.
const longest = 30 * time.Minute

// lost is the least time after which a job of a process that was killed is given to another. For a kind of job with a
// longer limit it is that limit.
const lost = 30 * time.Second

// remembered is how long the row of a job that has ended is kept: it says whose job it was, and nothing needs it any more.
const remembered = time.Hour

// errands is the queue of small jobs, which do not wait behind large ones.
const (
	errands       = "errands"
	errandsAtOnce = 4
)

// Errand is what the arguments of a small job return as their InsertOpts: one that takes little time and memory, such as a
// letter, and that nobody wants to wait for until a drawing is done.
func Errand() river.InsertOpts { return river.InsertOpts{Queue: errands} }

// patience is how long a job waits that was told to come again.
const patience = 15 * time.Second

// Queue inserts jobs and, when it has workers, works them.
type Queue struct {
	client *river.Client[pgx.Tx]
	works  bool
	atOnce bool // stopping interrupts what runs
	runs   bool // Start succeeded
}

// New returns the queue on the database. Workers are given before, since River has to know every kind.
func New(db *postgres.DB, config Config, workers *Workers, log *slog.Logger) (*Queue, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	if err := errors.Join(workers.wrong...); err != nil {
		return nil, err
	}
	settings := &river.Config{
		Schema:               postgres.QueueSchema,
		Logger:               slog.New(discreet{log.Handler()}),
		MaxAttempts:          Attempts,
		JobTimeout:           lost, // not used: each kind has a limit of its own
		RescueStuckJobsAfter: lost + time.Second,
		FetchCooldown:        20 * time.Millisecond,
		FetchPollInterval:    time.Second,
		SoftStopTimeout:      config.SoftStop,

		CompletedJobRetentionPeriod: remembered,
		CancelledJobRetentionPeriod: remembered,
		DiscardedJobRetentionPeriod: remembered,

		ReindexerIndexNames: []string{}, // reindexing asks for ownership of the tables, which the application does not have
	}
	if config.Workers > 0 {
		workers.outcomes.log = log
		settings.Workers = workers.bundle
		settings.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: config.Workers}, errands: {MaxWorkers: errandsAtOnce}}
	}
	client, err := river.NewClient(riverpgxv5.New(db.Pool()), settings)
	if err != nil {
		return nil, fmt.Errorf("set up the queue: %w", err)
	}
	return &Queue{client: client, works: config.Workers > 0, atOnce: config.SoftStop == 0}, nil
}

// Insert puts a job into the queue when the transaction commits, and returns its number.
func (q *Queue) Insert(ctx context.Context, tx pgx.Tx, args river.JobArgs) (int64, error) {
	return q.InsertAfter(ctx, tx, args, 0)
}

// InsertAfter is Insert of a job that waits for a while before it is worked.
func (q *Queue) InsertAfter(ctx context.Context, tx pgx.Tx, args river.JobArgs, wait time.Duration) (int64, error) {
	var opts *river.InsertOpts
	if wait > 0 {
		opts = &river.InsertOpts{ScheduledAt: time.Now().Add(wait)}
	}
	result, err := q.client.InsertTx(ctx, tx, args, opts)
	if err != nil {
		return 0, fmt.Errorf("queue a job: %w", err)
	}
	return result.Job.ID, nil
}

// Cancel takes a job back when the transaction commits: one that waits never runs, and the context of one that runs ends
// soon after. One that has ended stays as it is; one that is not there is Missing.
func (q *Queue) Cancel(ctx context.Context, tx pgx.Tx, job int64) error {
	_, err := q.client.JobCancelTx(ctx, tx, job)
	if errors.Is(err, rivertype.ErrNotFound) {
		return fault.Wrap(err, fault.Missing, "That job is not here any more.")
	}
	if err != nil {
		return fmt.Errorf("take a job back: %w", err)
	}
	return nil
}

// Start begins to work jobs, until Stop. Without workers it does nothing.
func (q *Queue) Start(ctx context.Context) error {
	if !q.works {
		return nil
	}
	if err := q.client.Start(ctx); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	q.runs = true
	return nil
}

// Stop takes no more jobs and waits for the running ones: first to end by themselves, then, interrupted, to say where
// they stand.
func (q *Queue) Stop(ctx context.Context) error {
	if !q.runs {
		return nil
	}
	stop := q.client.Stop // which, without a limit of its own, waits for as long as the jobs take
	if q.atOnce {
		stop = q.client.StopAndCancel
	}
	if err := stop(ctx); err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}
