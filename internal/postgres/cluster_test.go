package postgres_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func openDir(t *testing.T, dir string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), postgres.Config{DataDir: dir, MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func closeDB(t *testing.T, db *postgres.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func postmasterOf(t *testing.T, dir string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.SplitN(string(data), "\n", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// working lists the processes whose working folder is the cluster's.
func working(dir string) (pids []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == filepath.Join(dir, "postgres") {
			pids = append(pids, filepath.Base(filepath.Dir(l)))
		}
	}
	return pids
}

func kept(t *testing.T, db *postgres.DB, owner uuid.UUID) int64 {
	t.Helper()
	var n int64
	if err := db.AsOwner(context.Background(), owner, func(tx pgx.Tx) error {
		n = count(t, tx, `select from easel.vault_object`)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFirstAndSecondStart also covers what a first start that was killed leaves, and a folder whose rights were widened.
func TestFirstAndSecondStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "it's a folder")
	half := filepath.Join(dir, "postgres.tmp-1")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := openDir(t, dir)
	owner := uuid.New()
	if err := put(t, db, owner, owner); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "postgres.tmp-*")); len(left) != 0 {
		t.Errorf("the half-made cluster is still there: %v", left)
	}
	shutOut(t, dir)
	closeDB(t, db)
	if left := working(dir); len(left) != 0 {
		t.Errorf("after closing, processes %v still run", left)
	}
	if err := os.Chmod(filepath.Join(dir, "postgres"), 0o755); err != nil {
		t.Fatal(err)
	}
	again := openDir(t, dir)
	if n := kept(t, again, owner); n != 1 {
		t.Errorf("the second start finds %d rows, want 1", n)
	}
}

// shutOut tries to log in to a running cluster as roles that may not.
func shutOut(t *testing.T, dir string) {
	t.Helper()
	for _, role := range []string{"easel_bootstrap", "easel_owner", "easel_auth", "easel_sweep", "easel_support", "postgres"} {
		conn, err := pgx.Connect(context.Background(), "host='"+strings.ReplaceAll(filepath.Join(dir, "postgres.sock"), `'`, `\'`)+"' user="+role+" dbname=easel")
		if err == nil {
			conn.Close(context.Background())
			t.Errorf("%s can log in while the database is served", role)
		}
	}
}

func TestFolderInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openDir(t, dir)
	_, err := postgres.Open(context.Background(), postgres.Config{DataDir: dir}, pgtest.Log(t))
	var used *postgres.InUseError
	if !errors.As(err, &used) || used.PID != strconv.Itoa(os.Getpid()) || !strings.Contains(err.Error(), "Stop it first") {
		t.Errorf("the second process reads: %v", err)
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	db := openDir(t, dir)
	if err := db.Ping(context.Background()); err != nil {
		t.Error(err)
	}
	note, err := os.ReadFile(filepath.Join(dir, "postgres.sock-dir"))
	if err != nil || len(strings.TrimSpace(string(note))) > 88 {
		t.Errorf("the socket's folder is noted as %q, %v", note, err)
	}
	closeDB(t, db)
	if err := os.Remove(strings.TrimSpace(string(note))); err != nil {
		t.Errorf("the socket's folder is not empty after the end: %v", err)
	}
}

// TestServerKilled kills the database under the program, with a connection busy, and expects it back by itself.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := openDir(t, dir)
	owner := uuid.New()
	if err := put(t, db, owner, owner); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	busy := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		busy <- db.AsNobody(ctx, func(tx pgx.Tx) error {
			close(started)
			_, err := tx.Exec(ctx, `select pg_sleep(50)`)
			return err
		})
	}()
	<-started
	before := postmasterOf(t, dir)
	if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-busy; err == nil {
		t.Error("what was running did not notice")
	}
	within(t, time.Minute, "the database runs again", func() bool { return db.Ping(ctx) == nil })
	if after := postmasterOf(t, dir); after == before {
		t.Error("the same server is still there")
	}
	if n := kept(t, db, owner); n != 1 {
		t.Errorf("after the crash there are %d rows, want 1", n)
	}
	select {
	case <-db.Lost():
		t.Error("the database is called lost")
	default:
	}
}

// TestProgramKilled kills the program, and the next one takes over.
func TestProgramKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, both := range []bool{false, true} {
		p, line := launch(t, os.Args[0], dir, nil)
		if line != "open" {
			t.Fatal(line)
		}
		if both {
			server := postmasterOf(t, dir)
			if err := errors.Join(syscall.Kill(server, syscall.SIGSTOP), p.cmd.Process.Kill(), syscall.Kill(server, syscall.SIGKILL)); err != nil {
				t.Fatal(err)
			}
		} else if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.cmd.Wait()
		next, line := launch(t, os.Args[0], dir, nil)
		if line != "open" {
			t.Fatalf("after a kill (database too: %v): %s", both, line)
		}
		next.end(t)
	}
	within(t, 10*time.Second, "nothing runs any more", func() bool { return len(working(dir)) == 0 })
}

// TestDatabaseEndsWithItsProgram: a program that is killed leaves no database behind.
func TestDatabaseEndsWithItsProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, line := launch(t, os.Args[0], dir, nil)
	if line != "open" {
		t.Fatal(line)
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "the database has ended", func() bool { return len(working(dir)) == 0 })
}

func TestMissingPrograms(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	_, err := postgres.Open(context.Background(), postgres.Config{DataDir: t.TempDir(), Programs: empty}, pgtest.Log(t))
	if err == nil || !strings.Contains(err.Error(), empty) {
		t.Errorf("a folder without programs: %v", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "postgres"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Open(context.Background(), postgres.Config{DataDir: dir}, pgtest.Log(t)); err == nil || !strings.Contains(err.Error(), "is not a PostgreSQL cluster") {
		t.Errorf("a folder that is no cluster: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "postgres", "PG_VERSION"), []byte("99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = postgres.Open(context.Background(), postgres.Config{DataDir: dir}, pgtest.Log(t))
	var missing *postgres.MissingError
	if !errors.As(err, &missing) || missing.Package != "postgresql-99" {
		t.Errorf("a cluster of another version: %v", err)
	}
}
