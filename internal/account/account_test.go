package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/postgres/pgtest"
)

func TestAVisitorIsFoundByTheToken(t *testing.T) {
	t.Parallel()
	s, err := account.New(account.Config{Idle: time.Hour, Policy: 3}, pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	token, owner, err := s.Open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	other, stranger, err := s.Open(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if token == other || owner == stranger {
		t.Fatal("two visitors got the same token or account")
	}
	for _, c := range []struct {
		name, token string
		want        uuid.UUID
	}{
		{"the token", token, owner},
		{"another's token", other, stranger},
		{"no token", "", uuid.Nil},
		{"a token that nobody has", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", uuid.Nil},
		{"half a token", token[:20], uuid.Nil},
		{"bytes that are no text", "\xff\x00" + token[2:], uuid.Nil},
	} {
		got, ok, err := s.Find(t.Context(), c.token)
		if err != nil || got != c.want || ok != (c.want != uuid.Nil) {
			t.Errorf("%s: found %v, %v, %v; want %v", c.name, got, ok, err, c.want)
		}
	}
}

func TestTheStatementIsRecordedWithThePolicysVersion(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s, err := account.New(account.Config{Idle: time.Hour, Policy: 3}, db)
	if err != nil {
		t.Fatal(err)
	}
	_, owner, err := s.Open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	var at *time.Time
	var of *int
	err = db.AsOwner(t.Context(), owner, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `select statement_at, statement_of from easel.account_account`).Scan(&at, &of)
	})
	if err != nil || at == nil || of == nil || *of != 3 {
		t.Errorf("the statement: at %v, of version %v, %v; want a time and version 3", at, of, err)
	}
}

func TestASessionEndsAndTheAccountGoes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	brief, err := account.New(account.Config{Idle: time.Millisecond, Policy: 1}, db)
	if err != nil {
		t.Fatal(err)
	}
	long, err := account.New(account.Config{Idle: time.Hour, Policy: 1}, db)
	if err != nil {
		t.Fatal(err)
	}
	token, gone, err := brief.Open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	stays, _, err := long.Open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	// The database's clock decides; a statement later is more than a millisecond later only if we wait for it.
	if err := db.AsNobody(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `select pg_sleep(0.005)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := brief.Find(t.Context(), token); ok || err != nil {
		t.Errorf("a session whose time is over was found (%v)", err)
	}
	failing := errors.New("the vault does not answer")
	if _, err := long.Leave(t.Context(), func(context.Context, pgx.Tx, uuid.UUID) error { return failing }); !errors.Is(err, failing) {
		t.Errorf("leaving went on although what the account owns could not be destroyed: %v", err)
	}
	var destroyed []uuid.UUID
	n, err := long.Leave(t.Context(), func(_ context.Context, _ pgx.Tx, owner uuid.UUID) error {
		destroyed = append(destroyed, owner)
		return nil
	})
	if err != nil || n != 1 || len(destroyed) != 1 || destroyed[0] != gone {
		t.Errorf("left %d accounts %v, %v; want only %v", n, destroyed, err, gone)
	}
	if _, ok, err := long.Find(t.Context(), stays); !ok || err != nil {
		t.Errorf("an account that is still reached has gone too (%v)", err)
	}
}

// After a long absence there may be any number; none may stay because of it.
func TestAllWhoLeftGo(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s, err := account.New(account.Config{Idle: time.Hour, Policy: 1}, db)
	if err != nil {
		t.Fatal(err)
	}
	const many = 450
	for _, sql := range []string{
		`select easel.account_open(sha256(i::text::bytea), now() + interval '1 millisecond') from generate_series(1, 450) i`, `select pg_sleep(0.005)`,
	} {
		if err := db.AsNobody(t.Context(), func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), sql)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Leave(t.Context(), func(context.Context, pgx.Tx, uuid.UUID) error { return nil }); n != many || err != nil {
		t.Errorf("%d of %d accounts went, %v", n, many, err)
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]account.Config{"no time": {Policy: 1}, "negative time": {Idle: -time.Second, Policy: 1}, "no policy": {Idle: time.Hour}} {
		if c.Check() == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
