package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// The roles of roles.sql that the program names.
const (
	ownerRole  = "easel_owner"
	appRole    = "easel_app"
	backupRole = "easel_backup"
)

// QueueSchema is where the queue's tables are.
const QueueSchema = "river"

//go:embed roles.sql
var rolesSQL string

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema. Steps are only ever added.
type migration struct {
	name   string
	sql    string
	digest []byte
}

var migrationName = regexp.MustCompile(`^\d{4}_[a-z]+(_[a-z_]+)?\.sql$`)

// migrations returns the steps in order.
func migrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var all []migration
	for i, path := range names {
		name := strings.TrimPrefix(path, "migrations/")
		if !migrationName.MatchString(name) || !strings.HasPrefix(name, fmt.Sprintf("%04d_", i+1)) {
			return nil, fmt.Errorf("the migration %s is not called %04d_owner.sql or %04d_owner_what.sql; migrations are numbered without gaps", name, i+1, i+1)
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		all = append(all, migration{name, string(text), sum[:]})
	}
	return all, nil
}

// migrationLock keeps two processes from migrating one database at the same time.
const migrationLock = 0x6561_7365_6c

// Migrate makes the roles and brings the schema of a database up to date. The address is of a role that may become
// easel_owner (and, the first time, make roles). Each step is one transaction; what was applied is never run again.
func Migrate(ctx context.Context, address string, log *slog.Logger) error {
	all, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	if err := makeRoles(ctx, address); err != nil {
		return err
	}
	config, err := Config{MaxConns: 4}.pool(address, ownerRole)
	if err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to the database as its owner: %w", redact(err, address))
	}
	defer pool.Close()
	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, migrationLock); err != nil {
			return fmt.Errorf("wait for another migration: %w", err)
		}
		defer func() { // where this fails the connection is broken, and the lock is gone with it
			_, _ = conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, migrationLock)
		}()
		return migrateAll(ctx, conn.Conn(), pool, all, log)
	})
}

// roleTries is how often the roles are made again when somebody else makes them at the same moment: they belong to the whole
// server, and locks to one database.
const roleTries = 6

// atOnce reports whether a role could not be made because it was being made.
func atOnce(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && slices.Contains([]string{"23505", "42710", "XX000"}, said.Code) // unique_violation, duplicate_object, internal_error
}

func makeRoles(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect to the database as its owner: %w", redact(err, address))
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for tries := 0; ; tries++ {
		if _, err = conn.PgConn().Exec(ctx, rolesSQL).ReadAll(); err == nil || tries == roleTries || !atOnce(err) {
			break
		}
		select {
		case <-time.After(time.Duration(tries+1) * 50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err != nil {
		return fmt.Errorf("make the database roles. The role of the owner's address may not do that; let an administrator run internal/postgres/roles.sql once: %w", err)
	}
	return nil
}

func migrateAll(ctx context.Context, conn *pgx.Conn, pool *pgxpool.Pool, all []migration, log *slog.Logger) error {
	_, err := conn.PgConn().Exec(ctx, `
		create schema if not exists easel;
		create table if not exists easel.postgres_migration (
			name       text primary key,
			digest     bytea not null,
			applied_at timestamptz not null default now()
		);
		grant usage on schema easel to easel_app;
		grant select on easel.postgres_migration to easel_app;`).ReadAll()
	if err != nil {
		return fmt.Errorf("make the list of migrations: %w", err)
	}
	done, err := applied(ctx, conn)
	if err != nil {
		return err
	}
	if err := same(done, all); err != nil {
		return err
	}
	for i, m := range all {
		if _, ok := done[m.name]; !ok {
			if err := m.apply(ctx, conn); err != nil {
				return err
			}
			log.Info("database migrated", "step", m.name)
		}
		if i == 0 { // the queue's tables come after the schemas and before everything that refers to them
			if err := migrateQueue(ctx, pool, log); err != nil {
				return err
			}
		}
	}
	return nil
}

// makers are the roles that own functions.
const makers = "easel_auth, easel_sweep, easel_ledger, easel_payment, easel_support"

// apply runs one step. While it runs, the roles that own functions may make them; afterwards they can no more.
func (m migration) apply(ctx context.Context, conn *pgx.Conn) error {
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, text := range []string{
			`grant create on schema easel to ` + makers, m.sql, `revoke create on schema easel from ` + makers,
		} {
			if _, err := tx.Conn().PgConn().Exec(ctx, text).ReadAll(); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `insert into easel.postgres_migration (name, digest) values ($1, $2)`, m.name, m.digest)
		return err
	})
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Position > 0 {
		line := 1 + strings.Count(m.sql[:min(int(said.Position), len(m.sql))], "\n")
		return fmt.Errorf("migrate the database, %s line %d: %w", m.name, line, err)
	}
	if err != nil {
		return fmt.Errorf("migrate the database, %s: %w", m.name, err)
	}
	return nil
}

func migrateQueue(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: QueueSchema, Logger: quiet(log)})
	if err != nil {
		return fmt.Errorf("prepare the queue's tables: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("make the queue's tables: %w", err)
	}
	return nil
}

// applied returns the digests of the steps that the database has seen.
func applied(ctx context.Context, q interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}) (map[string][]byte, error) {
	rows, err := q.Query(ctx, `select name, digest from easel.postgres_migration`)
	if err != nil {
		return nil, fmt.Errorf("read the list of migrations: %w", err)
	}
	done := map[string][]byte{}
	var name string
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&name, &digest}, func() error {
		done[name] = bytes.Clone(digest)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the list of migrations: %w", err)
	}
	return done, nil
}

// same refuses a step that was changed after it was applied. Steps of a newer program are welcome: they only add.
func same(done map[string][]byte, all []migration) error {
	for _, m := range all {
		if digest, ok := done[m.name]; ok && !bytes.Equal(digest, m.digest) {
			return fmt.Errorf("the migration %s is not the one that this database has seen; a migration is never changed, a new one is added. "+
				"If this is a trial version, start with an empty data folder", m.name)
		}
	}
	return nil
}

// quiet passes on what is worth a line in our own log.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(above{log.Handler(), slog.LevelWarn}) }

type above struct {
	slog.Handler
	level slog.Level
}

// Enabled drops what is below the level.
func (a above) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= a.level && a.Handler.Enabled(ctx, l)
}

// patience is how long single statements about the schema may take at start.
const patience = 30 * time.Second
