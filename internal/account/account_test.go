package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is a service with what it is built on.
type house struct {
	*account.Service
	t     *testing.T
	db    *postgres.DB
	vault *vault.Vault
	post  *accounttest.Post
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return houseOn(t, pgtest.New(t))
}

func houseOn(t *testing.T, db *postgres.DB) *house {
	t.Helper()
	h := &house{t: t, db: db, vault: accounttest.Vault(t, db), post: &accounttest.Post{}}
	h.Service = accounttest.Service(t, h.db, h.vault, h.post)
	return h
}

// exec runs SQL as the owner, or as nobody.
func (h *house) exec(owner uuid.UUID, sql string, args ...any) int64 {
	h.t.Helper()
	var n int64
	do := func(tx pgx.Tx) error {
		tag, err := tx.Exec(h.t.Context(), sql, args...)
		n = tag.RowsAffected()
		return err
	}
	var err error
	if owner == uuid.Nil {
		err = h.db.AsNobody(h.t.Context(), do)
	} else {
		err = h.db.AsOwner(h.t.Context(), owner, do)
	}
	if err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestASessionIsFoundByItsToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, owner := accounttest.SignIn(t, h.Service)
	other, stranger := accounttest.SignIn(t, h.Service)
	if token == other || owner == stranger {
		t.Fatal("two people got the same token or account")
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
		got, ok, err := h.Find(t.Context(), c.token)
		if err != nil || got.Owner != c.want || ok != (c.want != uuid.Nil) {
			t.Errorf("%s: found %v, %v, %v; want %v", c.name, got, ok, err, c.want)
		}
		if ok && (got.SessionID == uuid.Nil || got.Admin || !got.Fresh()) {
			t.Errorf("%s: the caller is %+v", c.name, got)
		}
	}
}

func TestTheStatementIsRecordedWithThePolicysVersion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, owner := accounttest.SignIn(t, h.Service)
	if err := h.State(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	if n := h.exec(owner, `select from easel.account_account where statement_at is not null and statement_of = 1`); n != 1 {
		t.Error("the statement was not recorded with its time and version")
	}
}

func TestVisitorsWhoCannotBeReachedGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const many = 450 // after a long absence there may be any number; none may stay because of it
	h.exec(uuid.Nil, `select easel.account_open(sha256(i::text::bytea), now() + interval '1 millisecond') from generate_series(1, $1) i`, many)
	h.exec(uuid.Nil, `select pg_sleep(0.005)`)
	stays, _, err := h.Open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	person := accounttest.Open(t, h.db) // who is signed in nowhere
	failing := errors.New("the vault does not answer")
	if _, err := h.LeaveVisitors(t.Context(), func(context.Context, pgx.Tx, uuid.UUID) error { return failing }); !errors.Is(err, failing) {
		t.Errorf("leaving went on although what the account owns could not be destroyed: %v", err)
	}
	n, err := h.LeaveVisitors(t.Context(), func(context.Context, pgx.Tx, uuid.UUID) error { return nil })
	if n != many || err != nil {
		t.Errorf("%d of %d accounts went, %v", n, many, err)
	}
	if _, ok, err := h.Find(t.Context(), stays); !ok || err != nil {
		t.Errorf("a visitor who is still reached has gone too (%v)", err)
	}
	if _, err := h.Person(t.Context(), person); err != nil {
		t.Errorf("a person who is signed in nowhere has gone too: %v", err)
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*account.Config){
		"no time": func(c *account.Config) { c.Idle = 0 }, "negative time": func(c *account.Config) { c.Idle = -time.Second },
		"negative end": func(c *account.Config) { c.Absolute = -1 }, "no policy": func(c *account.Config) { c.Policy = 0 },
		"no address": func(c *account.Config) { c.PublicURL = nil }, "no memory": func(c *account.Config) { c.Hashing.KiB = 0 },
	} {
		c := accounttest.Config()
		spoil(&c)
		if c.Check() == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
