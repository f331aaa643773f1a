package account_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func TestAKeyIsShownOnceAndOpensWhatItMay(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s, ctx := accounttest.New(t, db), t.Context()
	owner := accounttest.Open(t, db)
	secret, made, err := s.MakeKey(ctx, owner, "  Backup\x00 script ", []account.Scope{account.Delete, account.Read, account.Read})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "easel_") || len(secret) != 46 || made.Name != "Backup script" || !strings.HasPrefix(secret, made.Hint) {
		t.Errorf("the key is %q: %+v", secret, made)
	}
	p, ok, err := s.FindKey(ctx, secret)
	if err != nil || !ok || p.Owner != owner || p.Key != made.ID {
		t.Fatalf("the key leads to %+v, %v, %v", p, ok, err)
	}
	if !p.May(account.Read) || !p.May(account.Delete) || p.May(account.Generate) {
		t.Errorf("the key may %v", p.Scopes)
	}
	keys, err := s.Keys(ctx, owner)
	if err != nil || len(keys) != 1 || keys[0].ID != made.ID || keys[0].Name != "Backup script" || keys[0].Hint != secret[:10] || !keys[0].Used.IsZero() {
		t.Errorf("the list is %+v, %v", keys, err)
	}
	if err := db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var stored string
		err := tx.QueryRow(ctx, `select (k.name, k.hint, k.scopes)::text from easel.account_key k`).Scan(&stored)
		if strings.Contains(stored, secret[10:]) || strings.Contains(stored, "Backup") {
			t.Errorf("the row holds what is to be secret: %s", stored)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestARevokedKeyOpensNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s, ctx := accounttest.New(t, db), t.Context()
	owner, other := accounttest.Open(t, db), accounttest.Open(t, db)
	secret, made, err := s.MakeKey(ctx, owner, "one", account.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeKey(ctx, other, made.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("somebody else revokes it: %v", err)
	}
	if _, ok, err := s.FindKey(ctx, secret); err != nil || !ok {
		t.Errorf("after that it works: %v, %v", ok, err)
	}
	for range 2 {
		if err := s.RevokeKey(ctx, owner, made.ID); err != nil {
			t.Error(err)
		}
	}
	if _, ok, err := s.FindKey(ctx, secret); err != nil || ok {
		t.Errorf("revoked it works: %v, %v", ok, err)
	}
	keys, err := s.Keys(ctx, owner)
	if err != nil || len(keys) != 1 || keys[0].Revoked.IsZero() {
		t.Errorf("the list says %+v, %v", keys, err)
	}
}

// Neither an account that is suspended nor one that has left is reached by a key.
func TestKeysEndWithTheirAccount(t *testing.T) {
	t.Parallel()
	app, super := pgtest.Addresses(t)
	db := connect(t, app)
	s, ctx := accounttest.New(t, db), t.Context()
	owner := accounttest.Open(t, db)
	secret, _, err := s.MakeKey(ctx, owner, "one", account.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, super)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, c := range []struct {
		sql  string
		want bool
	}{
		{`update easel.account_account set suspended_at = now()`, false},
		{`update easel.account_account set suspended_at = null`, true},
		{`delete from easel.account_account`, false},
	} {
		if _, err := conn.Exec(ctx, c.sql); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := s.FindKey(ctx, secret); err != nil || ok != c.want {
			t.Errorf("after %q the key works: %v, %v", c.sql, ok, err)
		}
	}
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := accounttest.New(t, db)
	secret, _, err := s.MakeKey(t.Context(), accounttest.Open(t, db), "one", account.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	swapped := []byte(secret)
	swapped[10], swapped[11] = swapped[11], swapped[10]
	if swapped[10] == swapped[11] {
		swapped[10] = '2' + '3' - swapped[10]
	}
	for _, text := range []string{"", "easel_", secret[:45], secret + "a", strings.ToUpper(secret), "easle_" + secret[6:], string(swapped), strings.Repeat("é", 23)} {
		if _, ok, err := s.FindKey(t.Context(), text); err != nil || ok {
			t.Errorf("%q opens something: %v, %v", text, ok, err)
		}
	}
}

func TestWhatAKeyMustBe(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s, ctx := accounttest.New(t, db), t.Context()
	owner := accounttest.Open(t, db)
	for what, make := range map[string]func() error{
		"no name":       func() error { _, _, err := s.MakeKey(ctx, owner, " \n", account.Scopes); return err },
		"a long name":   func() error { _, _, err := s.MakeKey(ctx, owner, strings.Repeat("ä", 61), account.Scopes); return err },
		"no scope":      func() error { _, _, err := s.MakeKey(ctx, owner, "a", nil); return err },
		"another scope": func() error { _, _, err := s.MakeKey(ctx, owner, "a", []account.Scope{"read", "admin"}); return err },
	} {
		if err := make(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range 21 {
		_, _, err := s.MakeKey(ctx, owner, "a", account.Scopes)
		if want := i == 20; fault.Is(err, fault.Conflict) != want || err != nil && !want {
			t.Fatalf("key number %d: %v", i+1, err)
		}
	}
}

func TestUseIsCountedByKeyAndDay(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	v := accounttest.Vault(t, db)
	s, again := accounttest.Service(t, db, v, &accounttest.Post{}), accounttest.Service(t, db, v, &accounttest.Post{}) // two processes
	ctx, owner := t.Context(), accounttest.Open(t, db)
	_, one, err := s.MakeKey(ctx, owner, "one", account.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.MakeKey(ctx, owner, "two", account.Scopes); err != nil {
		t.Fatal(err)
	}
	p := account.Program{Owner: owner, Key: one.ID}
	for _, process := range []*account.Service{s, again, s} {
		process.Used(p, 2)
		process.Used(p, 0)
	}
	s.Used(account.Program{Owner: owner, Key: uuid.New()}, 1) // revoked and forgotten meanwhile
	if err := again.WriteUse(ctx); err != nil {
		t.Fatal(err)
	}
	uses, err := s.Usage(ctx, owner, 30)
	if err != nil || len(uses) != 2 {
		t.Fatalf("%d keys were used, %v", len(uses), err)
	}
	for _, u := range uses {
		want := account.DayUse{Day: time.Now().UTC().Truncate(24 * time.Hour)}
		if u.Key.ID == one.ID {
			want.Requests, want.Portraits = 6, 6
		}
		if len(u.Days) != 30 || u.Days[29] != want || u.Days[28].Requests != 0 {
			t.Errorf("%s was used %+v, want %+v today", u.Key.Name, u.Days[28:], want)
		}
	}
	if i := slices.IndexFunc(uses, func(u account.KeyUse) bool { return u.Key.ID == one.ID }); time.Since(uses[i].Key.Used) > time.Minute {
		t.Errorf("the last use was %v", uses[i].Key.Used)
	}
	if uses, err := s.Usage(ctx, accounttest.Open(t, db), 30); err != nil || len(uses) != 0 {
		t.Errorf("somebody else sees %v, %v", uses, err)
	}
}

// What could not be written is not lost, and the last of it is written when the server stops.
func TestUseIsWrittenInTheEnd(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	v := accounttest.Vault(t, db)
	s, owner := accounttest.Service(t, db, v, &accounttest.Post{}), accounttest.Open(t, db)
	_, key, err := s.MakeKey(t.Context(), owner, "one", account.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	s.Used(account.Program{Owner: owner, Key: key.ID}, 1)
	over, stop := context.WithCancel(t.Context())
	stop()
	if err := s.WriteUse(over); !errors.Is(err, context.Canceled) {
		t.Errorf("writing in a context that is over: %v", err)
	}
	if err := s.CountUse(over, 90, pgtest.Log(t)); err != nil {
		t.Error(err)
	}
	uses, err := accounttest.Service(t, db, v, &accounttest.Post{}).Usage(t.Context(), owner, 1)
	if err != nil || len(uses) != 1 || uses[0].Days[0].Requests != 1 {
		t.Errorf("another process reads %+v, %v", uses, err)
	}
}

func connect(t *testing.T, app string) *postgres.DB {
	t.Helper()
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestOldUseIsForgotten(t *testing.T) {
	t.Parallel()
	app, super := pgtest.Addresses(t)
	db := connect(t, app)
	s, ctx, owner := accounttest.New(t, db), t.Context(), accounttest.Open(t, db)
	_, key, err := s.MakeKey(ctx, owner, "one", account.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.MakeKey(ctx, owner, "two", account.Scopes); err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeKey(ctx, owner, key.ID); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, super)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, sql := range []string{
		`insert into easel.account_key_use select id, account, current_date - d, 1, 0 from easel.account_key, unnest(array[0, 90, 91, 200]) d where revoked_at is null`,
		`update easel.account_key set revoked_at = now() - interval '100 days' where revoked_at is not null`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.ForgetUse(ctx, 90); err != nil || n != 3 {
		t.Errorf("%d rows were forgotten, %v; want two days and a key", n, err)
	}
	keys, err := s.Keys(ctx, owner)
	if err != nil || len(keys) != 1 || keys[0].Name != "two" {
		t.Errorf("left are %+v, %v", keys, err)
	}
}
