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

func TestAccountsThatNobodyCanReachGo(t *testing.T) {
	t.Parallel()
	app, all := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	const many = 450 // after a long absence there may be any number; none may stay because of it
	query(t, all, `insert into easel.account_account (created_at) select now() - interval '2 hours' from generate_series(1, $1::int) returning ''`, many)
	withMail := h.join("ada@example.com", good).Owner
	byFirst := func() uuid.UUID {
		link, err := h.FirstLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		session, err := h.OpenFirst(t.Context(), link, account.Client{})
		if err != nil {
			t.Fatal(err)
		}
		return session.Owner
	}
	first := byFirst()
	invited := accounttest.Open(t, h.db)
	if _, err := h.SignInLink(t.Context(), invited); err != nil {
		t.Fatal(err)
	}
	query(t, all, `update easel.account_account set created_at = now() - interval '2 hours' returning ''`)
	var held string // the first that would be tried, and every time
	for _, held = range query(t, all, `insert into easel.account_account (created_at) values (now() - interval '1 year') returning id::text`) {
		query(t, all, `insert into easel.vault_hold (account, reason, ends_at) values ($1, 'letter of a court', now() + interval '1 day') returning ''`, held)
	}
	failing := errors.New("the vault does not answer")
	if _, err := h.LeaveUnreachable(t.Context(), func(context.Context, pgx.Tx, uuid.UUID) error { return failing }); !errors.Is(err, failing) {
		t.Errorf("leaving went on although what the account owns could not be destroyed: %v", err)
	}
	destroy := func(context.Context, pgx.Tx, uuid.UUID) error { return nil }
	if n, err := h.LeaveUnreachable(t.Context(), destroy); n != many || err != nil {
		t.Errorf("%d of %d accounts went, %v", n, many, err)
	}
	for name, owner := range map[string]uuid.UUID{"an address": withMail, "a session": first, "a link": invited} {
		if _, err := h.Person(t.Context(), owner); err != nil {
			t.Errorf("somebody with %s has gone: %v", name, err)
		}
	}
	// Once the cookie of the first is over, there is a first link again.
	query(t, all, `update easel.account_session set expires_at = now() - interval '1 second' returning ''`)
	if n, err := h.LeaveUnreachable(t.Context(), destroy); n != 1 || err != nil {
		t.Errorf("%d accounts went, %v; want the first's", n, err)
	}
	byFirst()
	query(t, all, `update easel.vault_hold set lifted = now() where account = $1 returning ''`, held)
	if n, err := h.LeaveUnreachable(t.Context(), destroy); n != 1 || err != nil {
		t.Errorf("after its hold %d accounts went, %v; want the one that was held", n, err)
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*account.Config){
		"no time": func(c *account.Config) { c.Idle = 0 }, "negative time": func(c *account.Config) { c.Idle = -time.Second },
		"no usage records": func(c *account.Config) { c.Visits = 0 }, "negative end": func(c *account.Config) { c.Absolute = -1 }, "no policy": func(c *account.Config) { c.Policy = 0 },
		"no address": func(c *account.Config) { c.PublicURL = nil }, "no memory": func(c *account.Config) { c.Hashing.KiB = 0 },
	} {
		c := accounttest.Config()
		spoil(&c)
		if c.Check() == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
