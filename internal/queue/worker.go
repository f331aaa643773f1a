package queue

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
)

// Workers is the list of what works each kind of job.
type Workers struct {
	bundle   *river.Workers
	outcomes *outcomes
	wrong    []error
}

// NewWorkers returns an empty list.
func NewWorkers() *Workers { return &Workers{bundle: river.NewWorkers(), outcomes: &outcomes{}} }

// Add says that do works the jobs of type T, each for at most the given time. What do returns decides what happens next:
// an Internal fault, or any other error, is tried again a few times; Busy comes again later without counting; every
// other fault ends the job.
func Add[T river.JobArgs](w *Workers, limit time.Duration, do func(context.Context, T) error) {
	if limit <= 0 || limit > longest {
		var args T
		w.wrong = append(w.wrong, fmt.Errorf("queue: a job of kind %s cannot have %v; give it up to %v", args.Kind(), limit, longest))
		return
	}
	if err := river.AddWorkerSafely(w.bundle, &worker[T]{limit: limit, do: do, outcomes: w.outcomes}); err != nil {
		w.wrong = append(w.wrong, err)
	}
}

type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	limit    time.Duration
	do       func(context.Context, T) error
	outcomes *outcomes
}

// Timeout ends the context of a job that takes too long.
func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.limit }

// Work does one attempt.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	return w.outcomes.of(ctx, job.JobRow, survive(func() error { return w.do(ctx, job.Args) }))
}

// survive turns a panic into an error, before River writes what it was about into its tables.
func survive(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{value: p, stack: debug.Stack()}
		}
	}()
	return do()
}

type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }
