package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// verify refuses a database that the server must not serve from: one whose schema is older than the program, and one
// reached as a role that could see every owner's rows.
func (db *DB) verify(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := verifyRole(ctx, db.pool); err != nil {
		return err
	}
	return db.verifySchema(ctx)
}

// verifyRole looks at the role that logged in, not at the one it acts as: the latter can be laid off. Every role of ours
// but the application's owns tables or functions that see more than one person, and so does whoever owns anything in our
// schemas under another name.
func verifyRole(ctx context.Context, pool *pgxpool.Pool) error {
	var login string
	var powers []string
	err := pool.QueryRow(ctx, `
		select session_user::text, coalesce(array_agg(r.rolname::text order by r.rolname) filter (where r.oid is not null), '{}')
		  from (select) one
		  left join pg_roles r
		    on pg_has_role(session_user, r.oid, 'member')
		   and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication
		     or r.rolname like 'easel\_%' and r.rolname <> 'easel_app'
		     or r.rolname in ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
		     or exists (select from pg_class c where c.relowner = r.oid and c.relnamespace::regnamespace::text in ('easel', 'keys', 'river'))
		     or exists (select from pg_namespace n where n.nspowner = r.oid and n.nspname in ('easel', 'keys', 'river')))`).
		Scan(&login, &powers)
	if err != nil {
		return fmt.Errorf("look at the database role: %w", err)
	}
	if len(powers) > 0 {
		return fmt.Errorf("the database role %q could read every person's data (it is, or may become: %s). "+
			"Let DATABASE_URL log in as easel_app, or as a role that is a member of easel_app and of nothing else",
			login, strings.Join(powers, ", "))
	}
	return nil
}

func (db *DB) verifySchema(ctx context.Context) error {
	all, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	done, err := applied(ctx, db.pool)
	var said *pgconn.PgError
	if errors.As(err, &said) && (said.Code == undefinedTable || said.Code == invalidSchema || said.Code == denied) {
		return errors.New("the database has no tables of Easel yet; start once with the owner's database address, which makes them")
	}
	if err != nil {
		return err
	}
	if err := same(done, all); err != nil {
		return err
	}
	var missing []string
	for _, m := range all {
		if _, ok := done[m.name]; !ok {
			missing = append(missing, m.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the database is older than this program: it has not seen %s. Start once with the owner's database address, which brings it up to date",
			strings.Join(missing, ", "))
	}
	if len(done) > len(all) {
		db.log.Warn("the database is newer than this program", "steps", len(done)-len(all))
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(db.pool), &rivermigrate.Config{Schema: QueueSchema, Logger: quiet(db.log)})
	if err != nil {
		return fmt.Errorf("look at the queue's tables: %w", err)
	}
	result, err := migrator.Validate(ctx, nil)
	if err != nil {
		return fmt.Errorf("look at the queue's tables: %w", err)
	}
	if !result.OK {
		return errors.New("the queue's tables are older than this program; start once with the owner's database address, which brings them up to date")
	}
	return nil
}

// SQLSTATE codes that mean that there is no schema of ours.
const (
	undefinedTable = "42P01"
	invalidSchema  = "3F000"
	denied         = "42501"
)
