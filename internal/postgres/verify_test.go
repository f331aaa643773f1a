package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// TestRolesThatCouldReadPastThePolicies connects as roles that look harmless, act as easel_app, and could lay that off. Roles
// belong to the whole cluster, so no other test runs meanwhile.
func TestRolesThatCouldReadPastThePolicies(t *testing.T) { //nolint:paralleltest // see above
	ctx := context.Background()
	_, owner := pgtest.Addresses(t)
	conn, err := pgx.Connect(ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(ctx) })
	do := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	for i, c := range []struct{ name, sql, power string }{
		{"a member of easel_app and nothing else", ``, ""},
		{"one that bypasses", `alter role ROLE bypassrls`, "trial_"},
		{"one that makes roles", `alter role ROLE createrole`, "trial_"},
		{"one that replicates", `alter role ROLE replication`, "trial_"},
		{"a superuser", `alter role ROLE superuser`, "trial_"},
		{"a member of the owner", `grant easel_owner to ROLE`, "easel_owner"},
		{"a member of a role that looks before the caller is known", `grant easel_auth to ROLE`, "easel_auth"},
		{"a member of a role that sweeps", `grant easel_sweep to ROLE`, "easel_sweep"},
		{"a member of a role that writes tokens", `grant easel_ledger to ROLE`, "easel_ledger"},
		{"a member of a role that writes orders", `grant easel_payment to ROLE`, "easel_payment"},
		{"a member of the role for support", `grant easel_support to ROLE`, "easel_support"},
		{"a member of the role for backups", `grant easel_backup to ROLE`, "easel_backup"},
		{"one that reads everything by a role of PostgreSQL", `grant pg_read_all_data to ROLE`, "pg_read_all_data"},
		{"one that reads the server's files", `grant pg_read_server_files to ROLE`, "pg_read_server_files"},
		{"the owner of one of our tables", `alter table easel.vault_server owner to ROLE`, "trial_"},
		{"a member of a member", `create role BETWEEN; grant easel_owner to BETWEEN; grant BETWEEN to ROLE`, "easel_owner"},
	} {
		role := fmt.Sprintf("trial_%d", i)
		do(fmt.Sprintf(`create role %[1]s login noinherit; grant easel_app to %[1]s`, role))
		t.Cleanup(func() {
			if _, err := conn.Exec(ctx, fmt.Sprintf(`reassign owned by %[1]s to easel_owner; drop owned by %[1]s; drop role %[1]s; drop role if exists trial_between_%[2]d`, role, i)); err != nil {
				t.Error(err)
			}
		})
		if c.sql != "" {
			do(strings.NewReplacer("ROLE", role, "BETWEEN", fmt.Sprintf("trial_between_%d", i)).Replace(c.sql))
		}
		err := postgres.VerifyRole(ctx, as(t, owner, role))
		switch {
		case c.power == "" && err != nil:
			t.Errorf("%s is refused: %v", c.name, err)
		case c.power != "" && err == nil:
			t.Errorf("%s is served", c.name)
		case c.power != "" && (!strings.Contains(err.Error(), "could read every person's data") || !strings.Contains(err.Error(), role) || !strings.Contains(err.Error(), c.power)):
			t.Errorf("%s is refused with: %v", c.name, err)
		}
	}
}

// as connects as if the role had logged in, acting as easel_app.
func as(t *testing.T, owner, role string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(owner)
	if err != nil {
		t.Fatal(err)
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "set session authorization "+role+"; set role easel_app")
		return err
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// A migration that changes rows runs as the owner of the tables, whom forced row-level security stops without a word.
func TestMigrationsOfRowsLiftTheForce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	app, owner := pgtest.Addresses(t)
	conn, err := pgx.Connect(ctx, owner+" role=easel_owner")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	db, err := postgres.Connect(ctx, postgres.Config{URL: app, MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := conn.Exec(ctx, `insert into easel.vault_server values (0, sha256('a key'))`); err != nil {
		t.Fatal(err)
	}
	for _, p := range []uuid.UUID{uuid.New(), uuid.New()} {
		if err := db.AsOwner(ctx, p, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `insert into keys.vault_owner (owner, wrapped) values ($1, 'before')`, p)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	change := func(sql string) (n int64) {
		t.Helper()
		if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, sql)
			n = tag.RowsAffected()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const update = `update keys.vault_owner set wrapped = 'after'`
	if n := change(update); n != 0 {
		t.Errorf("the owner of the tables changed %d rows past forced row-level security", n)
	}
	var n int64
	if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `alter table keys.vault_owner no force row level security`); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, update)
		n = tag.RowsAffected()
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `alter table keys.vault_owner force row level security`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n != 2 {
		t.Errorf("with the force lifted inside the transaction %d rows were changed, want both", n)
	}
	if n := change(update); n != 0 {
		t.Errorf("after the migration the owner of the tables still changes %d rows", n)
	}
}
