package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// hear listens on a channel until the test ends and returns what is heard.
func hear(t *testing.T, db *postgres.DB, channel string) <-chan string {
	t.Helper()
	heard := make(chan string, 16)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- db.Listen(ctx, channel, func(payload string) { heard <- payload }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	expect(t, heard, "")
	return heard
}

func expect(t *testing.T, heard <-chan string, want string) {
	t.Helper()
	select {
	case got := <-heard:
		if got != want {
			t.Fatalf("heard %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("heard nothing, want %q", want)
	}
}

func say(t *testing.T, db *postgres.DB, channel, payload string) {
	t.Helper()
	if err := db.AsNobody(context.Background(), func(tx pgx.Tx) error {
		_, err := tx.Exec(context.Background(), `select pg_notify($1, $2)`, channel, payload)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	db, err := postgres.Connect(context.Background(), postgres.Config{URL: app, MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	one, other, second := hear(t, db, "one"), hear(t, db, "other"), hear(t, db, "one")
	say(t, db, "one", "a")
	say(t, db, "other", "b")
	expect(t, one, "a")
	expect(t, second, "a")
	expect(t, other, "b")

	admin, err := pgx.Connect(context.Background(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	if _, err := admin.Exec(context.Background(), `select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and query ilike 'listen%'`); err != nil {
		t.Fatal(err)
	}
	expect(t, one, "")
	expect(t, other, "")
	say(t, db, "other", "c")
	expect(t, other, "c")
}

func TestListenEndsWithTheDatabase(t *testing.T) {
	t.Parallel()
	db, err := postgres.Connect(context.Background(), postgres.Config{URL: pgtest.Address(t), MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	hear(t, db, "one")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Listen(context.Background(), "two", func(string) {}); err != nil {
		t.Errorf("listening to a closed database: %v", err)
	}
}
