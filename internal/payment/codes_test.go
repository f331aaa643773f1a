package payment_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/payment"
	"easel/internal/payment/paymenttest"
	"easel/internal/payment/stripefake"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/unlock"
)

// code opens the payment page for a code and returns its order.
func (s *shop) code(pictures int64) payment.Order {
	s.t.Helper()
	address, err := s.BuyCode(s.t.Context(), uuid.New(), pictures)
	must(s.t, err)
	o, late, err := s.LookCode(s.t.Context(), s.codeOrder(address))
	must(s.t, err)
	if late || !o.Code || o.Owner != uuid.Nil || o.State != payment.Awaited || !strings.HasSuffix(address, o.Session) {
		s.t.Fatalf("the order is %+v", o)
	}
	return o
}

// codeOrder is the order of a payment page, which only its way back tells.
func (s *shop) codeOrder(address string) (id uuid.UUID) {
	s.t.Helper()
	back := s.Stripe.Back(address[strings.LastIndex(address, "/")+1:])
	_, rest, found := strings.Cut(back, "/cutout/codes/")
	text, _, _ := strings.Cut(rest, "?")
	id, err := uuid.Parse(text)
	if !found || err != nil {
		s.t.Fatalf("the payment page leads back to %s", back)
	}
	return id
}

func TestACodeIsBoughtWithoutAnAccount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.code(5)
	if _, _, err := s.ShowCode(t.Context(), o.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("before it is paid: %v", err)
	}
	s.pay(o, stripefake.CardPaid)
	code, until, err := s.ShowCode(t.Context(), o.ID) // before any message has come
	must(t, err)
	if until.Before(o.Created.Add(unlock.SoldShown)) {
		t.Errorf("it can be looked at until %v", until)
	}
	s.hearAll()
	if again, _, err := s.ShowCode(t.Context(), o.ID); err != nil || again != code {
		t.Errorf("after the messages another code is shown: %v", err)
	}
	use, err := s.Codes.Begin(t.Context(), code)
	must(t, err)
	must(t, s.Codes.End(t.Context(), use, true))
	s.has("an account's purse", 0)
	if _, err := s.Order(t.Context(), s.me, o.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("an account sees the order: %v", err)
	}
	bought := s.bought(5)
	if _, _, err := s.LookCode(t.Context(), bought.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("an account's order is seen without the account: %v", err)
	}
}

// Whatever comes how often, in which order and at the same time: one payment, one code.
func TestOnePaymentIsOneCode(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.code(1)
	s.pay(o, stripefake.CardPaid)
	var all sync.WaitGroup
	var mu sync.Mutex
	shown := map[string]bool{}
	for n := range 12 {
		all.Go(func() {
			if n%2 == 0 {
				if _, err := s.Fulfil(context.Background(), o.Session); err != nil && !fault.Is(err, fault.Busy) {
					t.Error(err)
				}
				return
			}
			code, _, err := s.ShowCode(context.Background(), o.ID)
			if err != nil {
				if !fault.Is(err, fault.Busy) && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
				return
			}
			mu.Lock()
			defer mu.Unlock()
			shown[code] = true
		})
	}
	all.Wait()
	events := s.Stripe.Take()
	slices.Reverse(events)
	s.hear(append(events, events...)...)
	must(t, s.Round(t.Context()))
	code, _, err := s.ShowCode(t.Context(), o.ID)
	must(t, err)
	shown[code] = true
	if len(shown) != 1 {
		t.Errorf("one payment showed %d codes", len(shown))
	}
	batches, err := s.Codes.Batches(t.Context(), unlock.By{})
	must(t, err)
	sold := 0
	for _, b := range batches {
		sold += b.Codes - b.Stock
	}
	if sold != 1 {
		t.Errorf("%d codes have left the stock", sold)
	}
}

func TestAFormSentTwiceBuysOneCode(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	key := uuid.New()
	one, err := s.BuyCode(t.Context(), key, 1)
	must(t, err)
	two, err := s.BuyCode(t.Context(), key, 1)
	must(t, err)
	if five, err := s.BuyCode(t.Context(), key, 5); err != nil || one != two || five == one {
		t.Errorf("the pages are %s, %s and %s, %v", one, two, five, err)
	}
	if _, err := s.BuyCode(t.Context(), key, 3); !fault.Is(err, fault.Invalid) {
		t.Errorf("a pack that there is not: %v", err)
	}
}

// Its code can be looked at for a day only, so it has to be paid at once.
func TestCodesAreNotSoldForDebits(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.code(1)
	if _, say, err := s.Stripe.Pay(o.Session, stripefake.DebitLate); err != nil || !strings.Contains(say, "cards") {
		t.Errorf("a debit is answered with %q, %v", say, err)
	}
}

func TestARefundWithdrawsTheCode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		back func(s *shop, o payment.Order) error
		want bool // the code still opens
	}{
		"whole":       {func(s *shop, o payment.Order) error { return s.Stripe.Refund(o.Session, 190) }, false},
		"in part":     {func(s *shop, o payment.Order) error { return s.Stripe.Refund(o.Session, 50) }, true},
		"a bank asks": {func(s *shop, o payment.Order) error { return s.Stripe.Dispute(o.Session, 190, true) }, true},
		"a bank took": {func(s *shop, o payment.Order) error { return s.Stripe.Dispute(o.Session, 190, false) }, false},
		"by staff": {func(s *shop, o payment.Order) error {
			_, err := s.Refund(s.t.Context(), s.me, o.ID, payment.Whole, "requested")
			return err
		}, false},
		"by what is unspent": {func(s *shop, o payment.Order) error {
			if _, err := s.Refund(s.t.Context(), s.me, o.ID, payment.Unspent, "requested"); !fault.Is(err, fault.Invalid) {
				s.t.Errorf("part of a code is refunded: %v", err)
			}
			return nil
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			o := s.code(1)
			s.pay(o, stripefake.CardPaid)
			code, _, err := s.ShowCode(t.Context(), o.ID)
			must(t, err)
			s.hearAll()
			must(t, c.back(s, o))
			s.hearAll()
			_, err = s.Codes.Begin(t.Context(), code)
			if (err == nil) != c.want {
				t.Errorf("afterwards the code gives %v", err)
			}
			if _, _, err := s.ShowCode(t.Context(), o.ID); (err == nil) != c.want || err != nil && !strings.Contains(err.Error(), "withdrawn") {
				t.Errorf("its page says %v", err)
			}
		})
	}
}

// TestNothingPairsAPaymentWithACode reads the whole database: while the code can be looked at, and after that day.
func TestNothingPairsAPaymentWithACode(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 8}, pgtest.Log(t))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	conn, err := pgx.Connect(t.Context(), owner)
	must(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	s := &shop{paymenttest.New(t, db, paymenttest.Config(t)), t, person(t, db)}
	must(t, s.Codes.Stock(t.Context(), 1))
	before := dump(t, conn)
	o := s.code(1)
	s.pay(o, stripefake.CardPaid)
	code, _, err := s.ShowCode(t.Context(), o.ID)
	must(t, err)
	s.hearAll()
	bare := strings.ReplaceAll(code, "-", "")
	look := func(when string) map[string][]string {
		all := dump(t, conn)
		for table, rows := range all {
			for _, row := range rows {
				if strings.Contains(row, code) || strings.Contains(row, bare) {
					t.Errorf("%s the table %s names the code", when, table)
				}
			}
		}
		return all
	}
	look("while it is shown")
	use, err := s.Codes.Begin(t.Context(), code)
	must(t, err)
	must(t, s.Codes.End(t.Context(), use, true))
	_, err = conn.Exec(t.Context(), `update easel.unlock_sale set until = now()`)
	must(t, err)
	must(t, s.Codes.Sweep(t.Context()))
	after := look("a day later")
	if n := len(after["easel.unlock_sale"]); n != 0 {
		t.Errorf("%d rows of sales are left", n)
	}
	// What is left of the sale is the order; what is left of the code is that one of its batch was used. Besides the order's
	// own rows nothing may have been written by the transactions that wrote those.
	wrote := map[string]bool{}
	for _, table := range []string{"easel.payment_order", "easel.payment_event", "easel.payment_refund"} {
		for _, row := range after[table] {
			wrote[strings.Fields(row)[0]] = true
		}
	}
	for table, rows := range after {
		for _, row := range rows {
			if strings.HasPrefix(table, "easel.unlock_") && wrote[strings.Fields(row)[0]] && !slices.Contains(before[table], row) {
				t.Errorf("a row of %s was written together with an order", table)
			}
		}
	}
	var times int
	must(t, conn.QueryRow(t.Context(), `select count(*) from information_schema.columns where table_schema = 'easel' and table_name in ('unlock_code', 'unlock_stock')
		and (data_type like 'timestamp%' or data_type = 'date')`).Scan(&times))
	if times != 0 {
		t.Error("a code's row says when something happened")
	}
}

// dump is every row of every table as text, with the transaction that wrote it.
func dump(t *testing.T, conn *pgx.Conn) map[string][]string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('easel', 'keys', 'river') and c.relkind in ('r', 'p')`)
	must(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	all := map[string][]string{}
	for _, table := range tables {
		rows, err := conn.Query(t.Context(), `select x.xmin::text || ' ' || x::text from `+table+` x`)
		must(t, err)
		all[table], err = pgx.CollectRows(rows, pgx.RowTo[string])
		must(t, err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d tables were read", len(all))
	}
	return all
}
