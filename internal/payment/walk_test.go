package payment_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/payment"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// Every order is told once, in order: however many there are, and those as well that came to nothing.
func TestWalkTellsEveryOrder(t *testing.T) {
	t.Parallel()
	app, root := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 4}, pgtest.Log(t))
	must(t, err)
	defer db.Close()
	conn, err := pgx.Connect(t.Context(), root)
	must(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	s := newShopOn(t, db)
	const orders = 1203
	_, err = conn.Exec(t.Context(), `insert into easel.payment_order (id, number, owner, tokens, amount, currency, tax, state, created_at)
		select gen_random_uuid(), upper(substr(md5(i::text), 1, 4) || '-' || substr(md5(i::text), 5, 4)), $1, 5, 500, 'eur', 'included', 'expired', now() - (i / 3) * interval '1 day'
		  from generate_series(1, $2::integer) i`, s.me, orders)
	must(t, err)
	seen, last := map[uuid.UUID]bool{}, time.Time{}
	err = s.Walk(t.Context(), s.me, func(o payment.Order) error {
		if seen[o.ID] || o.Created.Before(last) || o.Tokens != 5 {
			t.Fatalf("told %+v after %v", o, last)
		}
		seen[o.ID], last = true, o.Created
		return nil
	})
	if err != nil || len(seen) != orders {
		t.Errorf("%d orders were told, %v; want %d", len(seen), err, orders)
	}
	if err := s.Walk(t.Context(), uuid.New(), func(o payment.Order) error { t.Errorf("somebody else is told of %s", o.Number); return nil }); err != nil {
		t.Error(err)
	}
}
