package vault

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/receipt"
)

// TestDeletionDrill lets so many objects as EASEL_DRILL says end in one moment, with the reaper at work as in the program and
// somebody reading all the while. EASEL_DRILL_RATE is how many objects' bytes go in a second.
func TestDeletionDrill(t *testing.T) {
	number := func(name string, fallback int) int {
		n, err := strconv.Atoi(os.Getenv(name))
		if err != nil {
			return fallback
		}
		return n
	}
	n, rate := number("EASEL_DRILL", 0), number("EASEL_DRILL_RATE", DefaultRate)
	if n == 0 {
		t.Skip("EASEL_DRILL names no number of objects")
	}
	ctx := t.Context()
	app, root := pgtest.Addresses(t)
	db, err := postgres.Connect(ctx, postgres.Config{URL: app, MaxConns: 6}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := pgx.Connect(ctx, root)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	s := &studio{t: t, dir: t.TempDir(), clock: &clock{}, db: db}
	log, err := receipt.Open(ctx, db, filepath.Join(s.dir, "receipt.key"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Vault, err = New(ctx, Config{DataDir: s.dir, Receipts: log, Policy: receipt.Policy{Studio: "portrait", Version: 1}}, db, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.clock.at.Store(time.Now().UnixNano()) // for what is kept beside
	owner := uuid.New()
	living := s.keep(owner, noise(300_000))
	begun := time.Now()
	deadline := s.fill(ctx, conn, n)
	t.Logf("%d objects were made in %v", n, time.Since(begun).Round(time.Second))

	quiet := s.readFor(owner, living, 5*time.Second)
	time.Sleep(time.Until(deadline.Add(-time.Second)))
	before := load(t, conn)
	reaping, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { _ = (&Reaper{Vault: s.Vault, Rate: rate, Log: pgtest.Log(t)}).Run(reaping) })
	var busy []time.Duration
	done := make(chan struct{})
	group.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				busy = append(busy, s.readFor(owner, living, time.Second)...)
			}
		}
	})
	wait := func(sql string) time.Duration {
		for left := 1; left > 0; time.Sleep(20 * time.Millisecond) {
			if err := conn.QueryRow(ctx, sql).Scan(&left); err != nil {
				t.Fatal(err)
			}
		}
		return time.Since(deadline)
	}
	keys := wait(`select count(*) - 1 from (select from keys.vault_object limit 2) k`)
	mid := load(t, conn)
	rows := wait(`select count(*) - 1 from (select from easel.vault_object limit 2) o`)
	after := load(t, conn)
	close(done)
	stop()
	group.Wait()
	state, err := s.State(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("all keys were gone %.1f s after the deadline; the statement was begun %v after it", keys.Seconds(), state.Late.Round(time.Millisecond))
	t.Logf("all bytes were gone %.0f s after the deadline: %.0f objects a second, with %d asked for", rows.Seconds(), float64(n)/(rows-keys).Seconds(), rate)
	t.Logf("the database wrote %d MB of log for the keys and receipts, %d MB for the rows; %d and %d transactions", (mid.wal-before.wal)>>20, (after.wal-mid.wal)>>20, mid.commits-before.commits, after.commits-mid.commits)
	t.Logf("reading 300 kB meanwhile: median %v, p99 %v, worst %v (before: %v, %v, %v)", at(busy, 50), at(busy, 99), at(busy, 100), at(quiet, 50), at(quiet, 99), at(quiet, 100))
	begun = time.Now()
	found, err := receipt.VerifyLog(ctx, db, "", nil)
	if err != nil || len(found.Wrong) > 0 || found.Statements != n {
		t.Errorf("the log: %+v, %v", found, err)
	}
	t.Logf("the log with %d statements was verified in %v", found.Statements, time.Since(begun).Round(100*time.Millisecond))
	if _, err := s.read(owner, living); err != nil {
		t.Error(err)
	}
}

// fill makes objects as the vault does, but all at once, and returns the moment at which they end.
func (s *studio) fill(ctx context.Context, conn *pgx.Conn, n int) time.Time {
	s.t.Helper()
	if _, err := conn.Exec(ctx, `
		insert into easel.vault_object (id, owner, kind, state, size, digest, created_at, deadline, studio, policy)
		select gen_random_uuid(), ('00000000-0000-4000-8000-' || lpad((i % 1000)::text, 12, '0'))::uuid, 'upload', 'stored', 100, sha256(i::text::bytea), now(), 'infinity', 'portrait', 1
		from generate_series(1, $1::integer) i`, n); err != nil {
		s.t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `insert into keys.vault_object (id, owner, wrapped) select id, owner, sha256(id::text::bytea) || sha256('x'::bytea) from easel.vault_object where deadline = 'infinity'`); err != nil {
		s.t.Fatal(err)
	}
	rows, err := conn.Query(ctx, `select id from easel.vault_object where deadline = 'infinity'`)
	if err != nil {
		s.t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		s.t.Fatal(err)
	}
	data := noise(200)
	for _, id := range ids {
		path := filepath.Join(s.dir, "objects", filepath.FromSlash(place(ID(id))))
		if err := os.WriteFile(path, data, 0o600); os.IsNotExist(err) {
			err = os.MkdirAll(filepath.Dir(path), 0o700)
			if err == nil {
				err = os.WriteFile(path, data, 0o600)
			}
			if err != nil {
				s.t.Fatal(err)
			}
		}
	}
	deadline := time.Now().Add(20*time.Second + time.Duration(n)*60*time.Microsecond) // writing the deadlines takes a while itself
	if _, err := conn.Exec(ctx, `update easel.vault_object set deadline = $1 where deadline = 'infinity'`, deadline); err != nil {
		s.t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `vacuum analyze`); err != nil {
		s.t.Fatal(err)
	}
	return deadline
}

// readFor reads an object again and again and returns how long each took.
func (s *studio) readFor(owner uuid.UUID, id ID, d time.Duration) (all []time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		begun := time.Now()
		if _, err := s.read(owner, id); err != nil {
			s.t.Error(err)
			return all
		}
		all = append(all, time.Since(begun))
	}
	return all
}

func at(all []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Round(10 * time.Microsecond)
}

// work is what the database has done.
type work struct{ wal, commits int64 }

func load(t *testing.T, conn *pgx.Conn) (w work) {
	t.Helper()
	if err := conn.QueryRow(context.Background(), `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint, (select xact_commit from pg_stat_database where datname = current_database())`).
		Scan(&w.wal, &w.commits); err != nil {
		t.Fatal(fmt.Errorf("ask what the database has done: %w", err))
	}
	return w
}
