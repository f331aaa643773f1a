package queue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/queue"
)

type knock struct {
	Door int `json:"door"`
}

func (knock) Kind() string { return "knock" }

// opened is a queue that works knocks with do, started, and stopped when the test ends.
func opened(t *testing.T, db *postgres.DB, config queue.Config, do func(context.Context, knock) error) *queue.Queue {
	t.Helper()
	workers := queue.NewWorkers()
	queue.Add(workers, time.Minute, do)
	q, err := queue.New(db, config, workers, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return q
}

func insert(t *testing.T, db *postgres.DB, q *queue.Queue, args knock, then error) (id int64) {
	t.Helper()
	err := db.AsNobody(t.Context(), func(tx pgx.Tx) (err error) {
		if id, err = q.Insert(t.Context(), tx, args); err != nil {
			return err
		}
		return then
	})
	if !errors.Is(err, then) {
		t.Fatal(err)
	}
	return id
}

// becomes waits until the job is in the state, by asking the database.
func becomes(t *testing.T, db *postgres.DB, id int64, want string) {
	t.Helper()
	for {
		var state string
		if err := db.Pool().QueryRow(t.Context(), `select state from river.river_job where id = $1`, id).Scan(&state); err != nil {
			t.Fatalf("waiting for the job to be %s: %v", want, err)
		}
		if state == want {
			return
		}
		if t.Context().Err() != nil {
			t.Fatalf("the job is %s, want %s", state, want)
		}
	}
}

func TestAJobCommitsWithItsTransaction(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	done := make(chan int, 2)
	q := opened(t, db, queue.Config{Workers: 2}, func(_ context.Context, k knock) error { done <- k.Door; return nil })
	insert(t, db, q, knock{1}, errors.New("rolled back"))
	id := insert(t, db, q, knock{2}, nil)
	if door := <-done; door != 2 {
		t.Errorf("door %d was knocked at, want only 2", door)
	}
	becomes(t, db, id, "completed")
}

func TestWhatAFaultDoesToAJob(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	kinds := fault.Kinds
	q := opened(t, db, queue.Config{Workers: 4}, func(_ context.Context, k knock) error {
		return fault.New(kinds[k.Door], "No.")
	})
	for i, kind := range kinds {
		want := "cancelled"
		switch kind {
		case fault.Internal:
			want = "retryable"
		case fault.Busy:
			want = "scheduled"
		}
		t.Run(kind.String(), func(t *testing.T) { becomes(t, db, insert(t, db, q, knock{i}, nil), want) })
	}
}

func TestAPanicIsAFailedAttempt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	q := opened(t, db, queue.Config{Workers: 1}, func(context.Context, knock) error { panic("a mistake of ours") })
	becomes(t, db, insert(t, db, q, knock{1}, nil), "retryable")
}

func TestAStoppedQueueGivesItsJobBack(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]queue.Config{"soon": {Workers: 1, SoftStop: time.Millisecond}, "at once": {Workers: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stopInTheMiddle(t, config)
		})
	}
}

func stopInTheMiddle(t *testing.T, config queue.Config) {
	db := pgtest.New(t)
	begun := make(chan struct{})
	var again atomic.Bool
	work := func(ctx context.Context, _ knock) error {
		if again.Load() {
			return nil
		}
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	}
	workers := queue.NewWorkers()
	queue.Add(workers, time.Minute, work)
	q, err := queue.New(db, config, workers, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := insert(t, db, q, knock{1}, nil)
	<-begun
	patience, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := q.Stop(patience); err != nil {
		t.Fatal(err)
	}
	becomes(t, db, id, "available")
	again.Store(true)
	opened(t, db, queue.Config{Workers: 1}, work)
	becomes(t, db, id, "completed")
}

func TestAJobThatWaits(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	q := opened(t, db, queue.Config{Workers: 1}, func(context.Context, knock) error { t.Error("it did not wait"); return nil })
	var id int64
	err := db.AsNobody(t.Context(), func(tx pgx.Tx) (err error) {
		id, err = q.InsertAfter(t.Context(), tx, knock{1}, time.Hour)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	becomes(t, db, id, "scheduled")
}

func TestAQueueWithoutWorkersOnlyInserts(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	q := opened(t, db, queue.Config{}, func(context.Context, knock) error { t.Error("a job was worked"); return nil })
	becomes(t, db, insert(t, db, q, knock{1}, nil), "available")
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, c := range []queue.Config{{Workers: -1}, {Workers: 1000}, {SoftStop: -1}} {
		if _, err := queue.New(db, c, queue.NewWorkers(), pgtest.Log(t)); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
	twice := queue.NewWorkers()
	for range 2 {
		queue.Add(twice, time.Minute, func(context.Context, knock) error { return nil })
	}
	if _, err := queue.New(db, queue.Config{}, twice, pgtest.Log(t)); err == nil {
		t.Error("two workers of one kind were accepted")
	}
	endless := queue.NewWorkers()
	queue.Add(endless, 0, func(context.Context, knock) error { return nil })
	if _, err := queue.New(db, queue.Config{}, endless, pgtest.Log(t)); err == nil {
		t.Error("a worker without a time limit was accepted")
	}
}
