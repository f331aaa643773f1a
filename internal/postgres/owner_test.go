package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func put(t *testing.T, db *postgres.DB, as, owner uuid.UUID) error {
	t.Helper()
	return db.AsOwner(context.Background(), as, func(tx pgx.Tx) error {
		_, err := tx.Exec(context.Background(), `insert into easel.vault_object (id, owner, kind, deadline)
			values ($1, $2, 'test', now() + interval '1 hour')`, uuid.New(), owner)
		return err
	})
}

func count(t *testing.T, tx pgx.Tx, sql string) (n int64) {
	t.Helper()
	tag, err := tx.Exec(context.Background(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tag.RowsAffected()
}

func TestOwnersDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	ctx, db := context.Background(), pgtest.New(t)
	a, b := uuid.New(), uuid.New()
	for _, owner := range []uuid.UUID{a, b, b} {
		if err := put(t, db, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	var said *pgconn.PgError
	if err := put(t, db, a, b); !errors.As(err, &said) || said.Code != "42501" {
		t.Errorf("a row in another owner's name: %v, want a refusal", err)
	}
	err := db.AsOwner(ctx, a, func(tx pgx.Tx) error {
		for _, sql := range []string{`select from easel.vault_object`, `update easel.vault_object set state = 'gone'`} {
			if n := count(t, tx, sql); n != 1 {
				t.Errorf("%s reached %d rows, want the caller's one", sql, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.AsNobody(ctx, func(tx pgx.Tx) error {
		if n := count(t, tx, `select from easel.vault_object`); n != 0 {
			t.Errorf("without a caller %d rows are seen, want none", n)
		}
		_, err := tx.Exec(ctx, `insert into easel.vault_object (id, owner, kind, deadline) values ($1, $2, 'test', now())`, uuid.New(), a)
		return err
	})
	if !errors.As(err, &said) || said.Code != "42501" {
		t.Errorf("a row without a caller: %v, want a refusal", err)
	}
}

// TestCallerDoesNotOutliveItsTransaction uses few connections many times, so that one that was used as an owner is used
// again without.
func TestCallerDoesNotOutliveItsTransaction(t *testing.T) {
	t.Parallel()
	ctx, db := context.Background(), pgtest.New(t)
	owner := uuid.New()
	if err := put(t, db, owner, owner); err != nil {
		t.Fatal(err)
	}
	wrong := errors.New("stop")
	for i := range 20 {
		err := db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
			if i%2 == 0 {
				return wrong
			}
			return nil
		})
		if i%2 == 0 && !errors.Is(err, wrong) {
			t.Fatalf("the error came back as %v", err)
		}
		if err := db.AsNobody(ctx, func(tx pgx.Tx) error {
			if n := count(t, tx, `select from easel.vault_object`); n != 0 {
				t.Fatal("a later transaction still had the caller")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.AsOwner(ctx, uuid.Nil, func(pgx.Tx) error { return nil }); err == nil {
		t.Error("a transaction as the nil owner was begun")
	}
}

// A machine that is cut off in the middle of a transaction must not keep its locks: others would wait for ever.
func TestTransactionsDoNotWaitForThoseWhoVanish(t *testing.T) {
	t.Parallel()
	var limit string
	if err := pgtest.New(t).AsNobody(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `select current_setting('idle_in_transaction_session_timeout')`).Scan(&limit)
	}); err != nil || limit != "1min" {
		t.Errorf("an idle transaction may last %q, %v", limit, err)
	}
}
