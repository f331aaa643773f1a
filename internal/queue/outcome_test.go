package queue_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/queue"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestWhatIsKeptOfAFailure looks for a secret in the queue's tables, and for a job's arguments in the log.
func TestWhatIsKeptOfAFailure(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var said journal
	workers := queue.NewWorkers()
	queue.Add(workers, time.Minute, func(_ context.Context, k knock) error {
		cause := errors.New("the picture of Ada")
		if k.Door == 4711 {
			panic(cause)
		}
		return fault.Wrap(cause, fault.Refused, "No.")
	})
	q, err := queue.New(db, queue.Config{Workers: 1}, workers, slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	panics, refused := insert(t, db, q, knock{4711}, nil), insert(t, db, q, knock{4712}, nil)
	becomes(t, db, panics, "retryable")
	becomes(t, db, refused, "cancelled")
	if err := q.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[int64]string{panics: "internal", refused: "refused"} {
		var kept string
		if err := db.Pool().QueryRow(t.Context(), `select errors::text || metadata::text from river.river_job where id = $1`, id).Scan(&kept); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(kept, "Ada") || !strings.Contains(kept, want) {
			t.Errorf("the queue keeps %s, want no more than the word %s", kept, want)
		}
	}
	log := said.String()
	if !strings.Contains(log, "a job failed") || !strings.Contains(log, "the picture of Ada") || !strings.Contains(log, "outcome_test.go") {
		t.Errorf("the log does not say what happened:\n%s", log)
	}
	if strings.Contains(log, "4711") || strings.Contains(log, "4712") {
		t.Errorf("the log holds arguments:\n%s", log)
	}
}

type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

func cancel(t *testing.T, db *postgres.DB, q *queue.Queue, id int64) error {
	t.Helper()
	return db.AsNobody(t.Context(), func(tx pgx.Tx) error { return q.Cancel(t.Context(), tx, id) })
}

func TestAJobIsTakenBack(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	begun := make(chan struct{})
	q := opened(t, db, queue.Config{Workers: 1}, func(ctx context.Context, k knock) error {
		if k.Door != 1 {
			t.Error("a job that was taken back ran")
		}
		close(begun)
		<-ctx.Done()
		return errors.New("stopped half way")
	})
	running := insert(t, db, q, knock{1}, nil)
	<-begun
	waiting := insert(t, db, q, knock{2}, nil)
	for _, id := range []int64{waiting, running} {
		if err := cancel(t, db, q, id); err != nil {
			t.Fatal(err)
		}
		becomes(t, db, id, "cancelled")
	}
	if err := cancel(t, db, q, running+1000); !fault.Is(err, fault.Missing) {
		t.Errorf("a job that is not there: %v", err)
	}
}

// TestAnInterruptionDoesNotCount interrupts a job that says something else than that it was interrupted.
func TestAnInterruptionDoesNotCount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	begun := make(chan struct{})
	workers := queue.NewWorkers()
	queue.Add(workers, time.Minute, func(ctx context.Context, _ knock) error {
		close(begun)
		<-ctx.Done()
		return errors.New("the picture is half done")
	})
	q, err := queue.New(db, queue.Config{Workers: 1, SoftStop: time.Millisecond}, workers, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := insert(t, db, q, knock{1}, nil)
	<-begun
	if err := q.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	becomes(t, db, id, "available")
	var attempt int
	if err := db.Pool().QueryRow(t.Context(), `select attempt from river.river_job where id = $1`, id).Scan(&attempt); err != nil || attempt != 0 {
		t.Errorf("the interruption counts as attempt %d, %v", attempt, err)
	}
}

// TestAJobThatTakesTooLong is a failure like others, not an interruption.
func TestAJobThatTakesTooLong(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	workers := queue.NewWorkers()
	queue.Add(workers, time.Millisecond, func(ctx context.Context, _ knock) error { <-ctx.Done(); return ctx.Err() })
	q, err := queue.New(db, queue.Config{Workers: 1}, workers, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	becomes(t, db, insert(t, db, q, knock{1}, nil), "retryable")
	if err := q.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}
