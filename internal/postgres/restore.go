package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Restore is what a lost database is made of again.
type Restore struct {
	Dump   func(ctx context.Context) (io.ReadCloser, error) // opens the dump; called twice
	Keys   func(ctx context.Context) (io.ReadCloser, error) // opens the copy of the keys
	Replay func(ctx context.Context, db *DB, left []uuid.UUID) error
}

// marker is a schema that stands in the database while it is being restored: nobody serves from it, and the next restore
// begins anew.
const marker = "easel_restoring"

// Run makes the database of config from a dump and a copy of the keys: in the data folder, or at OwnerURL. It refuses one that
// holds anything. Objects without a key are gone, accounts that are missing in the copy of the keys are handed to Replay to be
// deleted, and everybody is signed out, before anything can be served. Ended at any moment, it is begun anew by the next call.
func (r Restore) Run(ctx context.Context, config Config, log *slog.Logger) (err error) {
	if err := config.Check(); err != nil {
		return err
	}
	owner := config.OwnerURL
	if config.URL == "" {
		c, err := StartCluster(ctx, config, log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Stop()) }()
		if err := c.CreateDatabase(ctx, database, ""); err != nil {
			return err
		}
		owner, config.URL = c.Bootstrap(database), c.Address(appRole, database)
	}
	if owner == "" {
		return errors.New("to restore the database at DATABASE_URL, its address as the owner of the tables has to be set: DATABASE_OWNER_URL")
	}
	if err := r.into(ctx, config, owner, log); err != nil {
		return fmt.Errorf("restore the database: %w", err)
	}
	return nil
}

func (r Restore) into(ctx context.Context, config Config, owner string, log *slog.Logger) error {
	conn, err := pgx.Connect(ctx, owner)
	if err != nil {
		return redact(err, owner)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := empty(ctx, conn); err != nil {
		return err
	}
	if err := makeRoles(ctx, owner); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `set role easel_owner`); err != nil {
		return err
	}
	if err := clearSchemas(ctx, conn); err != nil {
		return err
	}
	if err := r.load(ctx, config, conn, owner); err != nil {
		return err
	}
	left, err := r.keys(ctx, conn)
	if err != nil {
		return err
	}
	if err := Migrate(ctx, owner, log); err != nil {
		return err
	}
	db, err := connect(ctx, config, log)
	if err != nil {
		return err
	}
	if err := errors.Join(r.Replay(ctx, db, left), db.Close()); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `drop schema `+marker)
	return err
}

// empty refuses a database with anything of ours in it, apart from what a restore has left that was ended.
func empty(ctx context.Context, conn *pgx.Conn) error {
	var ours, begun bool
	err := conn.QueryRow(ctx, `select exists (select from pg_namespace where nspname in ('easel', 'keys', 'river')),
		exists (select from pg_namespace where nspname = $1)`, marker).Scan(&ours, &begun)
	if err != nil {
		return err
	}
	if ours && !begun {
		return errors.New("there is data of Easel in it already, and a restore would replace it; give it an empty data folder, or an empty database")
	}
	return nil
}

// clearSchemas marks the database and makes the empty schemas. The roles that own functions may make them meanwhile.
func clearSchemas(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.PgConn().Exec(ctx, `
		create schema if not exists `+marker+`;
		drop schema if exists easel, keys, river cascade;
		create schema easel; create schema keys; create schema river;
		grant create on schema easel to `+makers).ReadAll()
	return err
}

// load runs pg_restore over everything but the schemas themselves, which are there.
func (r Restore) load(ctx context.Context, config Config, conn *pgx.Conn, owner string) error {
	var major int
	if err := conn.QueryRow(ctx, `select current_setting('server_version_num')::int / 10000`).Scan(&major); err != nil {
		return err
	}
	dir, err := findTools(ctx, config.Programs, major)
	if err != nil {
		return err
	}
	list, err := r.contents(ctx, dir)
	if err != nil {
		return err
	}
	defer os.Remove(list)
	cmd, err := tool(ctx, filepath.Join(dir, "pg_restore"), owner, "--role=easel_owner", "--exit-on-error", "--no-password", "--use-list="+list)
	if err != nil {
		return err
	}
	dump, err := r.Dump(ctx)
	if err != nil {
		return err
	}
	defer dump.Close()
	cmd.Stdin = dump
	if err := said(cmd, "load the dump"); err != nil {
		return err
	}
	// What holds for the whole database is in no dump of single schemas.
	_, err = conn.PgConn().Exec(ctx, `revoke create on schema easel from `+makers+`; alter default privileges revoke execute on functions from public`).ReadAll()
	return err
}

// contents writes the dump's list of contents, without the schemas, into a file. It holds names of tables and functions.
func (r Restore) contents(ctx context.Context, dir string) (path string, err error) {
	dump, err := r.Dump(ctx)
	if err != nil {
		return "", err
	}
	defer dump.Close()
	cmd, err := tool(ctx, filepath.Join(dir, "pg_restore"), "", "--list")
	if err != nil {
		return "", err
	}
	cmd.Args = cmd.Args[:2] // it asks no database
	var all bytes.Buffer
	cmd.Stdin, cmd.Stdout = dump, &all
	if err := said(cmd, "read what the dump holds"); err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "easel-restore-")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(all.String()) {
		if !strings.Contains(line, " SCHEMA - ") || strings.Contains(line, " ACL - ") {
			_, err = io.WriteString(f, line)
		}
	}
	return f.Name(), errors.Join(err, f.Close())
}

// keys writes the keys back and lets what has none be gone. It returns the accounts that have left since the dump.
func (r Restore) keys(ctx context.Context, conn *pgx.Conn) (left []uuid.UUID, err error) {
	in, err := r.Keys(ctx)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		forced, err := forced(ctx, tx)
		if err != nil {
			return err
		}
		if err := force(ctx, tx, forced, "no force"); err != nil {
			return err
		}
		accounts, err := loadKeys(ctx, tx, in)
		if err != nil {
			return err
		}
		if left, err = replay(ctx, tx, accounts); err != nil {
			return err
		}
		return force(ctx, tx, forced, "force")
	})
	return left, err
}

// replay does to the data what was done since the dump: deletions, as the copy of the keys tells them. And nobody is signed in: a
// session that was ended since must not come back.
func replay(ctx context.Context, tx pgx.Tx, accounts []uuid.UUID) (left []uuid.UUID, err error) {
	// A hold that kept nothing from going since was lifted. Now it would keep an account that has left, and bytes that nothing opens.
	if _, err := tx.Exec(ctx, `update easel.vault_hold h set lifted = now() where lifted is null and (h.account <> all ($1)
		or h.object in (select o.id from easel.vault_object o where not exists (select from keys.vault_object k where k.id = o.id)))`, accounts); err != nil {
		return nil, fmt.Errorf("lift holds again: %w", err)
	}
	for _, sql := range []string{
		`update easel.vault_object o set state = 'gone' where state <> 'gone' and not exists (select from keys.vault_object k where k.id = o.id)`,
		`delete from easel.generation_run r where r.result is not null and not exists (select from keys.vault_object k where k.id = r.result)`,
		`delete from easel.generation_upload u where not exists (select from keys.vault_object k where k.id = u.photo)`,
		`delete from easel.account_session`,
		`delete from easel.account_link`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("delete again what was deleted: %w", err)
		}
	}
	// Keys of programs that were revoked since would open again, and nobody can tell which those are.
	if _, err := tx.Exec(ctx, `update easel.account_key set digest = null, revoked_at = now() where revoked_at is null`); err != nil {
		return nil, fmt.Errorf("revoke the keys of programs: %w", err)
	}
	rows, err := tx.Query(ctx, `select id from easel.account_account where id <> all ($1)`, accounts)
	if err != nil {
		return nil, fmt.Errorf("find accounts that have left: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// forced lists the tables whose owner obeys row-level security as well.
func forced(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `select c.oid::regclass::text from pg_class c where c.relforcerowsecurity and c.relnamespace::regnamespace::text in ('easel', 'keys')`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func force(ctx context.Context, tx pgx.Tx, tables []string, how string) error {
	for _, table := range tables {
		if _, err := tx.Exec(ctx, `alter table `+table+` `+how+` row level security`); err != nil {
			return err
		}
	}
	return nil
}

// half refuses a database in which a restore was ended.
func half(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", redact(err, address))
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var begun bool
	if err := conn.QueryRow(ctx, `select exists (select from pg_namespace where nspname = $1)`, marker).Scan(&begun); err != nil {
		return fmt.Errorf("look whether the database is whole: %w", err)
	}
	if begun {
		return errors.New("the database is half restored, and nothing is served from it; run easel restore again")
	}
	return nil
}
