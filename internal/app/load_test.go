package app_test

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/app"
	"easel/internal/postgres"
	"easel/internal/vault"
)

// people is how many accounts the database is filled with; each has three photos and ten portraits.
const people = 100_000

//go:embed testdata/load.sql
var loadSQL string

// crowd is a person among a hundred thousand.
type crowd struct {
	token        string // of their session
	photo, other uuid.UUID
}

// BenchmarkWithAMillion measures the busiest pages of one person, one request after the other, with 100,000 accounts and
// 1,000,000 portraits in the database, and what row-level security costs in their queries. It takes minutes and two
// gigabytes in the folder that EASEL_LOAD names, and is left out without it; a second run finds the database filled.
//
//	EASEL_LOAD=/tmp/load go test -tags nodynamic ./internal/app -run '^$' -bench Million -benchtime 2000x
func BenchmarkWithAMillion(b *testing.B) {
	dir := os.Getenv("EASEL_LOAD")
	if dir == "" {
		b.Skip("EASEL_LOAD names no folder to fill")
	}
	c := fill(b, dir)
	env := map[string]string{"EASEL_ADDRESS": "127.0.0.1:0", "EASEL_DATA": dir}
	config, err := app.ReadConfig(func(name string) string { return env[name] })
	if err != nil {
		b.Fatal(err)
	}
	a, err := app.New(b.Context(), config, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	for _, page := range []struct{ name, path string }{
		{"first page", "/"}, {"portrait page", "/portrait/"}, {"photo page", "/portrait/photo/" + c.photo.String()},
		{"photo page with waiting portraits", "/portrait/photo/" + c.other.String()},
		{"account page", "/account"}, {"keys page", "/account/keys"},
	} {
		b.Run(page.name, func(b *testing.B) {
			distribution(b, func() {
				r := httptest.NewRequest(http.MethodGet, page.path, nil)
				r.Header.Set("Accept", "text/html")
				r.AddCookie(&http.Cookie{Name: "easel", Value: c.token})
				w := httptest.NewRecorder()
				a.Handler().ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("%s: %d %s", page.path, w.Code, w.Body)
				}
			})
		})
	}
}

// distribution runs something b.N times and reports the median and the slowest hundredth, in milliseconds.
func distribution(b *testing.B, do func()) {
	b.Helper()
	took := make([]time.Duration, 0, b.N)
	for range 50 {
		do()
	}
	for b.Loop() {
		begin := time.Now()
		do()
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	report := func(share float64, unit string) {
		b.ReportMetric(float64(took[int(share*float64(len(took)-1))].Microseconds())/1000, unit)
	}
	report(0.5, "p50-ms")
	report(0.99, "p99-ms")
}

// fill makes the database unless it is there, measures the policies on it, and puts a person in whose pages can be asked for.
func fill(b *testing.B, dir string) crowd {
	b.Helper()
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	config := postgres.Config{DataDir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	cluster, err := postgres.StartCluster(ctx, config, log)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := cluster.Stop(); err != nil {
			b.Fatal(err)
		}
	}()
	if err := cluster.CreateDatabase(ctx, "easel", ""); err != nil {
		b.Fatal(err)
	}
	if err := postgres.Migrate(ctx, cluster.Bootstrap("easel"), log); err != nil {
		b.Fatal(err)
	}
	root, err := pgx.Connect(ctx, cluster.Bootstrap("easel"))
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close(ctx)
	var there int
	if err := root.QueryRow(ctx, `select count(*) from easel.account_account`).Scan(&there); err != nil {
		b.Fatal(err)
	}
	if there < people {
		begin := time.Now()
		if _, err := root.PgConn().Exec(ctx, strings.ReplaceAll(loadSQL, ":people", fmt.Sprint(people))).ReadAll(); err != nil {
			b.Fatal(err)
		}
		b.Logf("filled in %v", time.Since(begin).Round(time.Second))
	}
	db, err := postgres.Connect(ctx, postgres.Config{URL: cluster.Address("easel_app", "easel"), MaxConns: 4}, log)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	c := somebody(b, dir, db, root)
	policies(b, db, root)
	return c
}

// somebody is a person with ten photos of four portraits each, signed in, with a key.
func somebody(b *testing.B, dir string, db *postgres.DB, root *pgx.Conn) crowd {
	b.Helper()
	ctx := b.Context()
	v, err := vault.New(ctx, vault.Config{Bucket: "mem://", KeyFile: filepath.Join(dir, "server.key")}, db, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	service := accounttest.Service(b, db, v, &accounttest.Post{})
	token, owner := accounttest.SignIn(b, service)
	if _, _, err := service.MakeKey(ctx, owner, "a program", account.Scopes); err != nil {
		b.Fatal(err)
	}
	var name []byte
	if err := db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
		name, err = v.SealText(ctx, tx, owner, "Bella")
		return err
	}); err != nil {
		b.Fatal(err)
	}
	if _, err := root.Exec(ctx, `insert into easel.account_consent (account, studio, version) values ($1, 'portrait', 1)`, owner); err != nil {
		b.Fatal(err)
	}
	if _, err := root.Exec(ctx, `
		with photo as (
			insert into easel.generation_upload (id, owner, photo, view, name, width, height, has_face, crop, warnings, created_at, deadline)
			select gen_random_uuid(), $1::uuid, gen_random_uuid(), gen_random_uuid(), $2, 3000, 4000, true, '{200,300,2400,3050}', '{}',
			       now() - n * interval '1 minute', now() + interval '23 hours'
			  from generate_series(1, 10) n returning id, created_at, deadline
		)
		insert into easel.generation_run (id, owner, upload, style, seed, crop, state, done, result, before, width, height, engine, version, created_at, queued_at, started_at, finished_at, deadline)
		select gen_random_uuid(), $1::uuid, p.id, s.style, 4711, '{200,300,2400,3050}', case when w.waits then 'queued' else 'done' end, case when w.waits then 0 else 1 end,
		       case when not w.waits then gen_random_uuid() end, gen_random_uuid(), 1265, 1581, 'Easel built-in', '1', p.created_at, now(), p.created_at, p.created_at, p.deadline
		  from photo p, unnest(array['rough-sketch', 'detailed-sketch', 'light-colouring', 'artistic']) s (style),
		       lateral (select p.created_at = max(o.created_at) over () as waits from photo o limit 1) w`, owner, name); err != nil {
		b.Fatal(err)
	}
	c := crowd{token: token}
	if err := root.QueryRow(ctx, `select u.id from easel.generation_upload u where owner = $1 order by created_at limit 1`, owner).Scan(&c.photo); err != nil {
		b.Fatal(err)
	}
	if err := root.QueryRow(ctx, `select upload from easel.generation_run where owner = $1 and state = 'queued' limit 1`, owner).Scan(&c.other); err != nil {
		b.Fatal(err)
	}
	return c
}

// policies measures queries of the busiest pages as the application, and as a role that no policy applies to; both in a
// transaction that names its caller.
func policies(b *testing.B, db *postgres.DB, root *pgx.Conn) {
	b.Helper()
	ctx := b.Context()
	var owner, upload uuid.UUID
	if err := root.QueryRow(ctx, `select owner, upload from easel.generation_run where state = 'done' limit 1`).Scan(&owner, &upload); err != nil {
		b.Fatal(err)
	}
	for _, q := range []struct {
		name, sql string
		args      []any
	}{
		{"photos", `select id, name, width, height, crop, warnings, created_at, deadline from easel.generation_upload where owner = $1 and deadline > now() order by created_at desc, id`, []any{owner}},
		{"portraits", `select id, style, seed, state, done, result, created_at from easel.generation_run where owner = $1 and upload = $2 and deadline > now() order by created_at, id`, []any{owner, upload}},
		{"sessions", `select id, device, created_at, seen_at from easel.account_session where account = $1 and expires_at > now()`, []any{owner}},
		{"lots", `select id, tokens, created_at, expires_at from easel.ledger_lot where owner = $1 order by expires_at`, []any{owner}},
	} {
		read := func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, q.sql, q.args...)
			if err != nil {
				return err
			}
			rows.Close()
			return rows.Err()
		}
		b.Run("query of "+q.name+" with policies", func(b *testing.B) {
			distribution(b, func() {
				if err := db.AsOwner(ctx, owner, read); err != nil {
					b.Fatal(err)
				}
			})
		})
		b.Run("query of "+q.name+" without policies", func(b *testing.B) {
			distribution(b, func() {
				begin := "begin; select set_config('easel.caller', '" + owner.String() + "', true)"
				if err := pgx.BeginTxFunc(ctx, root, pgx.TxOptions{BeginQuery: begin}, read); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}
