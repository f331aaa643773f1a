package ledger

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func TestLeavingRemovesEverythingThatSaysWhose(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, _ := eventful(b)
	order := uuid.New()
	b.buy(me, order, 5)
	spent := uuid.New()
	b.must(nil, b.hold(me, spent, 1))
	b.must(nil, b.capture(me, spent))
	b.must(nil, b.hold(me, uuid.New(), 2))
	b.must(nil, b.as(me, func(ctx context.Context, tx pgx.Tx) error {
		if err := b.Leave(ctx, tx, me); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from easel.account_account`)
		return err
	}))
	for _, table := range []string{"lot", "entry", "gift", "warning"} {
		var rows int
		b.must(nil, b.root.QueryRow(t.Context(), `select count(*) from easel.ledger_`+table).Scan(&rows))
		if rows != 0 {
			t.Errorf("%d rows are left in ledger_%s", rows, table)
		}
	}
	b.must(nil, b.db.AsNobody(t.Context(), func(tx pgx.Tx) error {
		o, err := b.Order(t.Context(), tx, order)
		if o.Free+o.Held+o.Frozen != 0 || o.Spent+o.Expired+o.Taken != 5 {
			t.Errorf("the order stands at %+v, %v", o, err)
		}
		return err
	}))
	stranger := b.person()
	if err := b.as(stranger, func(ctx context.Context, tx pgx.Tx) error { return b.Leave(ctx, tx, uuid.New()) }); err == nil {
		t.Error("somebody emptied another's purse")
	}
}

func TestForgettingAnOrder(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, order := b.person(), uuid.New()
	b.buy(me, order, 5)
	b.refund(me, order, 1)
	forget := func() error {
		return b.db.AsNobody(t.Context(), func(tx pgx.Tx) error { return b.Forget(t.Context(), tx, order) })
	}
	if err := forget(); code(err) != impossible {
		t.Errorf("an order with a lot was forgotten: %v", err)
	}
	b.at(start.AddDate(0, 7, 0))
	b.must(nil, b.Sweep(t.Context()))
	b.must(nil, forget())
	for _, table := range []string{"order", "claim", "sum"} {
		var rows int
		b.must(nil, b.root.QueryRow(t.Context(), `select count(*) from easel.ledger_`+table).Scan(&rows))
		if rows != 0 {
			t.Errorf("%d rows are left in ledger_%s", rows, table)
		}
	}
}
