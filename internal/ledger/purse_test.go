package ledger

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bank is a ledger on a database of its own, with a clock that the test sets and a connection that may do everything.
type bank struct {
	*Ledger
	t    testing.TB
	db   *postgres.DB
	root *pgx.Conn
	now  time.Time
}

// start is a day on which nothing special is.
var start = time.Date(2030, 3, 10, 12, 0, 0, 0, time.UTC)

func newBank(t testing.TB) *bank {
	t.Helper()
	app, owner := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 16}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	root, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close(context.Background()) })
	b := &bank{t: t, db: db, root: root}
	if b.Ledger, err = New(Config{Welcome: DefaultWelcome}, db, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	b.must(root.Exec(t.Context(), `create table easel.test_clock (at timestamptz not null);
		grant select on easel.test_clock to public;
		insert into easel.test_clock values (now());
		create or replace function easel.ledger_now() returns timestamptz language sql stable as 'select at from easel.test_clock'`))
	b.at(start)
	return b
}

func (b *bank) must(_ any, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// at sets the ledger's clock.
func (b *bank) at(now time.Time) {
	b.t.Helper()
	b.now = now
	b.must(b.root.Exec(b.t.Context(), `update easel.test_clock set at = $1`, now))
}

// person makes an account.
func (b *bank) person() (id uuid.UUID) {
	b.t.Helper()
	b.must(nil, b.root.QueryRow(b.t.Context(), `insert into easel.account_account default values returning id`).Scan(&id))
	return id
}

// as does something in a transaction of the owner's.
func (b *bank) as(owner uuid.UUID, do func(ctx context.Context, tx pgx.Tx) error) error {
	return b.db.AsOwner(b.t.Context(), owner, func(tx pgx.Tx) error { return do(b.t.Context(), tx) })
}

func (b *bank) buy(owner, order uuid.UUID, tokens int64) (fresh bool) {
	b.t.Helper()
	b.must(nil, b.as(owner, func(ctx context.Context, tx pgx.Tx) (err error) {
		fresh, err = b.Buy(ctx, tx, owner, order, tokens)
		return err
	}))
	return fresh
}

func (b *bank) hold(owner, run uuid.UUID, tokens int64) error {
	return b.as(owner, func(ctx context.Context, tx pgx.Tx) error { return b.Hold(ctx, tx, owner, run, tokens) })
}

func (b *bank) capture(owner, run uuid.UUID) error {
	return b.as(owner, func(ctx context.Context, tx pgx.Tx) error { return b.Capture(ctx, tx, run) })
}

func (b *bank) release(owner, run uuid.UUID) error {
	return b.as(owner, func(ctx context.Context, tx pgx.Tx) error { return b.Release(ctx, tx, run, "It was cancelled.") })
}

func (b *bank) refund(owner, order uuid.UUID, total int64) (c Claimed) {
	b.t.Helper()
	b.must(nil, b.as(owner, func(ctx context.Context, tx pgx.Tx) (err error) {
		c, err = b.Refund(ctx, tx, owner, order, total)
		return err
	}))
	return c
}

func (b *bank) dispute(owner, order uuid.UUID, dispute string, o Outcome, tokens int64) (c Claimed) {
	b.t.Helper()
	b.must(nil, b.as(owner, func(ctx context.Context, tx pgx.Tx) (err error) {
		c, err = b.Dispute(ctx, tx, owner, order, dispute, o, tokens)
		return err
	}))
	return c
}

func (b *bank) balance(owner uuid.UUID) (got Balance) {
	b.t.Helper()
	b.must(nil, b.as(owner, func(ctx context.Context, tx pgx.Tx) (err error) {
		got, err = b.Balance(ctx, tx, owner)
		return err
	}))
	return got
}

func (b *bank) order(owner, order uuid.UUID) (o Order) {
	b.t.Helper()
	b.must(nil, b.as(owner, func(ctx context.Context, tx pgx.Tx) (err error) {
		o, err = b.Order(ctx, tx, order)
		o.Expires = time.Time{}
		return err
	}))
	return o
}

// want checks a purse: what can be spent, what is in use, what is frozen.
func (b *bank) want(what string, owner uuid.UUID, free, held, frozen int64) {
	b.t.Helper()
	got := b.balance(owner)
	if got.Free() != free || got.Held != held || got.Frozen != frozen {
		b.t.Errorf("%s: %d free, %d in use, %d frozen; want %d, %d, %d", what, got.Free(), got.Held, got.Frozen, free, held, frozen)
	}
}
