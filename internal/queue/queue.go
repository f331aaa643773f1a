// Package queue is the background work: River on the application's own database, so that a job commits with the rows that
// belong to it. Jobs carry ids and nothing else.
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

// longest bounds every job; each kind has its own, shorter time.
const longest = 30 * time.Minute

// patience is how long a job waits that was told to come again.
const patience = 15 * time.Second

// Queue inserts jobs and, when it has workers, works them.
type Queue struct {
	client *river.Client[pgx.Tx]
	works  bool
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
		Logger:               slog.New(plain{log.Handler()}),
		MaxAttempts:          Attempts,
		JobTimeout:           longest,
		RescueStuckJobsAfter: longest + time.Minute,
		FetchCooldown:        50 * time.Millisecond,
		FetchPollInterval:    time.Second,
		SoftStopTimeout:      config.SoftStop,
		ReindexerIndexNames:  []string{}, // reindexing asks for ownership of the tables, which the application does not have
		ErrorHandler:         outcomes{log},
	}
	if config.Workers > 0 {
		settings.Workers = workers.bundle
		settings.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: config.Workers}}
	}
	client, err := river.NewClient(riverpgxv5.New(db.Pool()), settings)
	if err != nil {
		return nil, fmt.Errorf("set up the queue: %w", err)
	}
	return &Queue{client, config.Workers > 0}, nil
}

// Insert puts a job into the queue when the transaction commits, and returns its number.
func (q *Queue) Insert(ctx context.Context, tx pgx.Tx, args river.JobArgs) (int64, error) {
	result, err := q.client.InsertTx(ctx, tx, args, nil)
	if err != nil {
		return 0, fmt.Errorf("queue a job: %w", err)
	}
	return result.Job.ID, nil
}

// Start begins to work jobs, until Stop. Without workers it does nothing.
func (q *Queue) Start(ctx context.Context) error {
	if !q.works {
		return nil
	}
	if err := q.client.Start(ctx); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	return nil
}

// Stop takes no more jobs and waits for the running ones: first to end by themselves, then, interrupted, to say where
// they stand.
func (q *Queue) Stop(ctx context.Context) error {
	if !q.works {
		return nil
	}
	if err := q.client.Stop(ctx); err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}

// Workers is the list of what works each kind of job.
type Workers struct {
	bundle *river.Workers
	wrong  []error
}

// NewWorkers returns an empty list.
func NewWorkers() *Workers { return &Workers{bundle: river.NewWorkers()} }

// Add says that do works the jobs of type T, each for at most the given time. What do returns decides what happens next;
// see outcome.
func Add[T river.JobArgs](w *Workers, limit time.Duration, do func(context.Context, T) error) {
	if limit <= 0 || limit > longest {
		var args T
		w.wrong = append(w.wrong, fmt.Errorf("queue: a job of kind %s cannot have %v; give it up to %v", args.Kind(), limit, longest))
		return
	}
	if err := river.AddWorkerSafely(w.bundle, &worker[T]{limit: limit, do: do}); err != nil {
		w.wrong = append(w.wrong, err)
	}
}

type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	limit time.Duration
	do    func(context.Context, T) error
}

func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.limit }

func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	return outcome(ctx, w.do(ctx, job.Args))
}

// outcome is what a fault does to a job: what cannot get better ends it, what is busy comes again later, everything else
// is tried again a few times. A job that was interrupted because the queue stops comes again at once.
func outcome(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(context.Cause(ctx), context.Canceled) && errors.Is(err, context.Canceled) {
		return river.JobSnooze(0)
	}
	switch fault.Of(err).Kind {
	case fault.Invalid, fault.Refused, fault.Denied, fault.TooLarge, fault.Missing, fault.Unpaid, fault.Conflict:
		return river.JobCancel(err)
	case fault.Busy:
		return river.JobSnooze(patience)
	case fault.Internal:
	}
	return err
}

// outcomes logs what went wrong, by number and kind.
type outcomes struct{ log *slog.Logger }

func (o outcomes) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	o.log.ErrorContext(ctx, "a job failed", slog.Int64("job", job.ID), slog.String("kind", job.Kind), slog.Int("attempt", job.Attempt), slog.Any("cause", err))
	return nil
}

func (o outcomes) HandlePanic(ctx context.Context, job *rivertype.JobRow, panicked any, trace string) *river.ErrorHandlerResult {
	o.log.ErrorContext(ctx, "a job panicked", slog.Int64("job", job.ID), slog.String("kind", job.Kind), slog.Int("attempt", job.Attempt),
		slog.Any("panic", panicked), slog.String("trace", trace))
	return nil
}

// plain passes on River's warnings and errors; its everyday messages are not ours.
type plain struct{ slog.Handler }

func (p plain) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && p.Handler.Enabled(ctx, level)
}
