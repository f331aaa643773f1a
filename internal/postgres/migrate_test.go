package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func TestMigrateOnceByMany(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Empty(t)
	ctx := context.Background()
	if _, err := postgres.Connect(ctx, postgres.Config{URL: app}, pgtest.Log(t)); err == nil || !strings.Contains(err.Error(), "no tables of Easel yet") {
		t.Errorf("an empty database: %v", err)
	}
	var all errgroup.Group
	for range 3 {
		all.Go(func() error { return postgres.Migrate(ctx, owner, pgtest.Log(t)) })
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(ctx, postgres.Config{URL: app, OwnerURL: owner, MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusesToServe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, sql, want string }{
		{"older", `delete from easel.postgres_migration where name like '0002%'`, "older than this program: it has not seen 0002_vault.sql"},
		{"changed", `update easel.postgres_migration set digest = '\x00' where name like '0002%'`, "0002_vault.sql is not the one that this database has seen"},
		{"queue", `delete from river.river_migration where version > 5`, "queue's tables are older"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			app, owner := pgtest.Addresses(t)
			conn, err := pgx.Connect(ctx, owner)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(ctx)
			if _, err := conn.Exec(ctx, c.sql); err != nil {
				t.Fatal(err)
			}
			if _, err := postgres.Connect(ctx, postgres.Config{URL: app}, pgtest.Log(t)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
	t.Run("powerful role", func(t *testing.T) {
		t.Parallel()
		_, owner := pgtest.Addresses(t)
		_, err := postgres.Connect(context.Background(), postgres.Config{URL: owner}, pgtest.Log(t))
		if err == nil || !strings.Contains(err.Error(), "could read every person's data") {
			t.Errorf("got %v", err)
		}
	})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config postgres.Config
		want   string
	}{
		{postgres.Config{}, "neither"},
		{postgres.Config{DataDir: "d"}, ""},
		{postgres.Config{URL: "postgres://easel_app@db/easel"}, ""},
		{postgres.Config{DataDir: "d", OwnerURL: "postgres://o@db/easel"}, "not the application's"},
		{postgres.Config{URL: "postgres://u:secret@db:port/easel"}, "cannot be read"},
		{postgres.Config{DataDir: "d", MaxConns: 2}, "too small"},
		{postgres.Config{DataDir: "d", MaxConns: -1}, "makes no sense"},
	} {
		err := c.config.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is in %v", err)
		}
	}
	hosts := postgres.Config{URL: "postgres://a@db.example.org/x", OwnerURL: "host=/run/postgresql dbname=x"}.Hosts()
	if len(hosts) < 2 || hosts[0] != "db.example.org" {
		t.Errorf("hosts are %v", hosts)
	}
}
