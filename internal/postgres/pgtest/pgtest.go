// Package pgtest gives each test a database of its own, migrated, on a cluster that lives as long as the test program.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// template is the migrated database that every test's is a copy of.
const template = "template_easel"

// New returns an empty, migrated database that no other test sees. It is closed and dropped when the test ends. Where
// PostgreSQL is not installed, the test fails and says what to install: a test that was skipped proves nothing.
func New(t testing.TB) *postgres.DB {
	t.Helper()
	db, err := postgres.Connect(context.Background(), postgres.Config{URL: Address(t), MaxConns: 6}, Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Address returns the address of such a database, as the application's role.
func Address(t testing.TB) string {
	t.Helper()
	app, _ := create(t, template)
	return app
}

// Addresses returns the address of such a database as the application's role, and as one that may do everything, for
// tests that look at what the application cannot see.
func Addresses(t testing.TB) (app, owner string) {
	t.Helper()
	return create(t, template)
}

// Empty is Addresses of a database that has nothing in it yet.
func Empty(t testing.TB) (app, owner string) {
	t.Helper()
	return create(t, "")
}

// Log returns a logger that writes warnings to the test.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// shared is the cluster of this test program. It is the one thing here that outlives a test.
var shared = sync.OnceValues(start)

var made atomic.Int64

func create(t testing.TB, from string) (app, owner string) {
	t.Helper()
	c, err := shared()
	var missing *postgres.MissingError
	if errors.As(err, &missing) {
		t.Fatalf("this test needs PostgreSQL: install the package %s (on Debian and Ubuntu: apt-get install %s)", missing.Package, missing.Package)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", made.Add(1))
	if err := c.CreateDatabase(context.Background(), name, from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(c, name); err != nil {
			t.Error(err)
		}
	})
	return c.Address("easel_app", name), c.Bootstrap(name)
}

func drop(c *postgres.Cluster, name string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.Bootstrap("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "drop database "+name+" with (force)")
	return err
}

// start makes a cluster in a folder for temporary files. When this program ends, in whatever way, the server ends with
// it, and a small shell that waits for that removes the folder.
func start() (*postgres.Cluster, error) {
	dir, err := os.MkdirTemp("", "easel-pgtest-")
	if err != nil {
		return nil, err
	}
	if err := janitor(dir); err != nil {
		return nil, err
	}
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	c, err := postgres.StartFastCluster(ctx, postgres.Config{DataDir: dir}, log)
	if err != nil {
		return nil, err
	}
	if err := c.CreateDatabase(ctx, template, ""); err != nil {
		return nil, err
	}
	return c, postgres.Migrate(ctx, c.Bootstrap(template), log)
}

// janitor removes the folder once this program and the server in it have ended. Its input is a pipe that nobody writes
// to and that the system closes with us.
func janitor(dir string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", //nolint:noctx // it outlives us on purpose
		`cat >/dev/null; n=0; while [ -e "$1/postgres/postmaster.pid" ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done; rm -rf "$1"`, "sh", dir)
	cmd.Stdin = r // its output is the null device: no pipe of ours that anybody would wait for
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	held = w
	return r.Close()
}

// held keeps our end of the janitor's pipe from being collected, which would close it.
var held *os.File //nolint:unused // holding is its use
