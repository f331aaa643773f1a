package payment_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"easel/internal/audit"
	"easel/internal/fault"
	"easel/internal/ledger"
	"easel/internal/payment"
	"easel/internal/payment/paymenttest"
	"easel/internal/payment/stripefake"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// shop is a studio that sells, with one customer.
type shop struct {
	*paymenttest.Shop
	t  *testing.T
	me uuid.UUID
}

func newShop(t *testing.T) *shop {
	t.Helper()
	return newShopOn(t, pgtest.New(t))
}

func newShopOn(t *testing.T, db *postgres.DB) *shop {
	t.Helper()
	return &shop{paymenttest.New(t, db, paymenttest.Config(t)), t, person(t, db)}
}

// person makes an account.
func person(t *testing.T, db *postgres.DB) uuid.UUID {
	t.Helper()
	owner := uuid.New()
	must(t, db.AsOwner(t.Context(), owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into easel.account_account (id) values ($1)`, owner)
		return err
	}))
	return owner
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// choose opens the payment page for a pack and returns the order with its session.
func (s *shop) choose(tokens int64) payment.Order {
	s.t.Helper()
	address, err := s.Buy(s.t.Context(), s.me, uuid.New(), tokens)
	must(s.t, err)
	orders, err := s.Orders(s.t.Context(), s.me)
	must(s.t, err)
	for _, o := range orders {
		if o.Session != "" && strings.HasSuffix(address, o.Session) {
			return o
		}
	}
	s.t.Fatalf("no order has the page %s", address)
	return payment.Order{}
}

// pay does what a person does on the payment page.
func (s *shop) pay(o payment.Order, number string) {
	s.t.Helper()
	if _, say, err := s.Stripe.Pay(o.Session, number); err != nil || say != "" {
		s.t.Fatalf("the payment page says %q, %v", say, err)
	}
}

// hear delivers messages and works what follows from them.
func (s *shop) hear(events ...stripefake.Event) {
	s.t.Helper()
	for _, e := range events {
		must(s.t, s.Receive(s.t.Context(), e.Body, e.Header(stripefake.Secret, time.Now())))
	}
	for _, job := range s.Jobs() {
		err := s.Do(s.t.Context(), job)
		for range 3 { // what is busy comes again
			if fault.Is(err, fault.Busy) {
				err = s.Do(s.t.Context(), job)
			}
		}
		must(s.t, err)
	}
}

// hearAll delivers everything that Stripe has to say.
func (s *shop) hearAll() { s.t.Helper(); s.hear(s.Stripe.Take()...) }

func (s *shop) bought(tokens int64) payment.Order {
	s.t.Helper()
	o := s.choose(tokens)
	s.pay(o, stripefake.CardPaid)
	s.hearAll()
	return s.order(o.ID)
}

func (s *shop) order(id uuid.UUID) payment.Order {
	s.t.Helper()
	o, err := s.Order(s.t.Context(), s.me, id)
	must(s.t, err)
	return o
}

func (s *shop) tokens(id uuid.UUID) (o ledger.Order) {
	s.t.Helper()
	must(s.t, s.DB.AsOwner(s.t.Context(), s.me, func(tx pgx.Tx) (err error) {
		o, err = s.Ledger.Order(s.t.Context(), tx, id)
		return err
	}))
	return o
}

// has checks how many tokens the customer can spend.
func (s *shop) has(what string, want int64) {
	s.t.Helper()
	if got := s.Purse(s.me).Free(); got != want {
		s.t.Errorf("%s: %d tokens can be spent, want %d", what, got, want)
	}
}

func (s *shop) stands(what string, id uuid.UUID, want payment.State) {
	s.t.Helper()
	if got := s.order(id).State; got != want {
		s.t.Errorf("%s: the order is %s, want %s", what, got, want)
	}
}

func TestAPackIsBoughtAndItsTokensCome(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	s.stands("before paying", o.ID, payment.Awaited)
	s.has("before paying", 0)
	s.pay(o, stripefake.CardPaid)
	s.has("before anybody heard of it", 0)
	s.hearAll()
	s.has("after the messages", 5)
	got := s.order(o.ID)
	if got.State != payment.Paid || got.Total != (payment.Money{Amount: 490, Currency: "eur"}) || got.PaidAt.IsZero() || got.Tax != "including VAT" || got.Intent == "" || got.Charge == "" {
		t.Errorf("the order is %+v", got)
	}
}

// TestComingBackBeforeTheMessageShowsTheTokens is W10: the page asks Stripe itself.
func TestComingBackBeforeTheMessageShowsTheTokens(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(15)
	s.pay(o, stripefake.CardAsks)
	got, late, err := s.Look(t.Context(), s.me, o.ID)
	if err != nil || late || got.State != payment.Paid {
		t.Fatalf("the page shows %s, late %v, %v", got.State, late, err)
	}
	s.has("on the return page", 15)
	s.hearAll() // the messages come after all, and bring nothing twice
	s.has("after the messages", 15)
}

func TestWithoutAnyMessageThePatrolFindsThePayment(t *testing.T) {
	t.Parallel()
	app, root := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 6}, pgtest.Log(t))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	s := newShopOn(t, db)
	o := s.choose(5)
	s.pay(o, stripefake.CardPaid)
	must(t, s.Round(t.Context()))
	s.has("a moment later", 0)
	conn, err := pgx.Connect(t.Context(), root)
	must(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `update easel.payment_order set checked_at = now() - interval '2 minutes'`)
	must(t, err)
	must(t, s.Round(t.Context()))
	s.has("after the patrol", 5)
}

func TestTheSameFormTwiceIsOneOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	key := uuid.New()
	one, err := s.Buy(t.Context(), s.me, key, 5)
	must(t, err)
	two, err := s.Buy(t.Context(), s.me, key, 5)
	must(t, err)
	other, err := s.Buy(t.Context(), s.me, key, 45)
	must(t, err)
	if one != two || one == other {
		t.Errorf("the pages are %s, %s and %s; the first two are one, the third is another", one, two, other)
	}
	// Stripe's answer is lost: the order is there, its page is not known, and asking again opens no second one.
	s.Stripe.Drop(3) // the client tries three times
	if _, err := s.Buy(t.Context(), s.me, key, 15); !fault.Is(err, fault.Busy) {
		t.Errorf("with a broken connection: %v", err)
	}
	three, err := s.Buy(t.Context(), s.me, key, 15)
	must(t, err)
	four, err := s.Buy(t.Context(), s.me, key, 15)
	must(t, err)
	if three != four {
		t.Errorf("after a broken connection the pages are %s and %s", three, four)
	}
}

func TestADeclinedCardBringsNothingAndAnotherDoes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	if _, say, err := s.Stripe.Pay(o.Session, stripefake.CardDeclined); err != nil || say == "" {
		t.Fatalf("the page says %q, %v", say, err)
	}
	s.hearAll()
	s.stands("declined", o.ID, payment.Awaited)
	s.has("declined", 0)
	s.pay(o, stripefake.CardPaid)
	s.hearAll()
	s.has("with another card", 5)
}

func TestADelayedPaymentBringsTokensWhenItArrives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		number string
		good   bool
		state  payment.State
		tokens int64
	}{
		"it arrives": {stripefake.DebitLate, true, payment.Paid, 15},
		"it fails":   {stripefake.DebitFails, false, payment.Failed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			o := s.choose(15)
			s.pay(o, c.number)
			s.hearAll()
			s.stands("under way", o.ID, payment.Waiting)
			s.has("under way", 0)
			must(t, s.Stripe.Settle(o.Session, c.good))
			s.hearAll()
			s.stands("in the end", o.ID, c.state)
			s.has("in the end", c.tokens)
		})
	}
}

func TestAnExpiredPageClosesTheOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	must(t, s.Stripe.Expire(o.Session))
	s.hearAll()
	s.stands("expired", o.ID, payment.Expired)
	s.has("expired", 0)
}

func TestCancellingClosesThePageUnlessItWasPaid(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	if got, err := s.Cancel(t.Context(), s.me, o.ID); err != nil || got.State != payment.Expired {
		t.Errorf("cancelled: %s, %v", got.State, err)
	}
	if _, say, _ := s.Stripe.Pay(o.Session, stripefake.CardPaid); say == "" {
		t.Error("a cancelled page takes payments")
	}
	o = s.choose(5)
	s.pay(o, stripefake.CardPaid)
	if got, err := s.Cancel(t.Context(), s.me, o.ID); err != nil || got.State != payment.Paid {
		t.Errorf("cancelled after paying: %s, %v", got.State, err)
	}
	s.has("in the end", 5)
}

func TestRefundsTakeBackByWhatTheyComeToInTotal(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.bought(15) // 12.90
	s.Spend(s.me, 4)
	must(t, s.Stripe.Refund(o.Session, 430)) // a third: five tokens
	first := s.Stripe.Take()
	must(t, s.Stripe.Refund(o.Session, 430))
	second := s.Stripe.Take()
	s.hear(second...) // the later message first, which says 860 in total
	s.has("two thirds refunded", 1)
	s.hear(first...)
	s.hear(second...)
	s.has("told again", 1)
	must(t, s.Stripe.Refund(o.Session, 430))
	s.hearAll()
	s.has("all refunded", 0)
	if got := s.tokens(o.ID); got.Taken != 11 || got.Short != 4 || got.Spent != 4 {
		t.Errorf("the order's tokens: %+v; 4 were spent, 11 go back, 4 are missing", got)
	}
	if got := s.order(o.ID); got.State != payment.Paid || got.Refunded.Amount != 1290 {
		t.Errorf("the order is %s with %v refunded", got.State, got.Refunded)
	}
}

func TestADisputeFreezesThenTakesOrGivesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		inquiry, won bool
		during, then int64
	}{
		"an inquiry that ends well":   {inquiry: true, won: true, during: 0, then: 3},
		"a dispute that is won":       {won: true, during: 0, then: 3},
		"a dispute that is lost":      {during: 0, then: 0},
		"an inquiry that ends in one": {inquiry: true, during: 0, then: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			o := s.bought(5)
			s.Spend(s.me, 2)
			must(t, s.Stripe.Dispute(o.Session, 490, c.inquiry))
			s.hearAll()
			s.has("while it is open", c.during)
			if got := s.order(o.ID); got.Dispute != payment.DisputeOpen {
				t.Errorf("the order's dispute is %q", got.Dispute)
			}
			if _, err := s.Refund(t.Context(), uuid.New(), o.ID, payment.Whole, "requested"); !fault.Is(err, fault.Conflict) {
				t.Errorf("a refund in a dispute: %v", err)
			}
			must(t, s.Stripe.Decide(o.Session, c.won))
			all := s.Stripe.Take()
			s.hear(all...)
			s.hear(all...)
			s.has("in the end", c.then)
		})
	}
}

func TestStaffRefundsWholeOrUnspent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		extent               payment.Extent
		money, taken, missed int64
	}{
		"whole":   {payment.Whole, 490, 3, 2},
		"unspent": {payment.Unspent, 294, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			o := s.bought(5)
			s.Spend(s.me, 2)
			got, err := s.Refund(t.Context(), uuid.New(), o.ID, c.extent, "requested")
			must(t, err)
			tokens := s.tokens(o.ID)
			if got.Refunded.Amount != c.money || tokens.Taken != c.taken || tokens.Short != c.missed || got.Promise != uuid.Nil {
				t.Errorf("refunded %v, order's tokens %+v", got.Refunded, tokens)
			}
			s.hearAll() // the job and the messages find it done
			s.has("afterwards", 0)
			if got := s.order(o.ID); got.Refunded.Amount != c.money {
				t.Errorf("after the messages %v is refunded", got.Refunded)
			}
			if _, err := s.Refund(t.Context(), uuid.New(), o.ID, payment.Unspent, "requested"); !fault.Is(err, fault.Conflict) {
				t.Errorf("another refund of what is left: %v", err)
			}
		})
	}
}

func TestARefundWhoseAnswerIsLostIsMadeOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.bought(5)
	s.Jobs()
	s.Stripe.Take()
	// Looking at the order first takes one request; then the refund is made, and no answer to it arrives.
	real := s.Service
	got, err := real.Refund(t.Context(), uuid.New(), o.ID, payment.Unspent, "goodwill")
	must(t, err)
	if got.Refunded.Amount != 490 {
		t.Fatalf("%v is refunded", got.Refunded)
	}
	o = s.bought(5)
	s.Jobs()
	s.Stripe.DropAfter(1, 3)
	got, err = s.Refund(t.Context(), uuid.New(), o.ID, payment.Unspent, "goodwill")
	must(t, err)
	if got.Promise == uuid.Nil {
		t.Fatalf("the refund is not under way: %+v", got)
	}
	s.has("while it is under way", 0)
	if _, err := s.Refund(t.Context(), uuid.New(), o.ID, payment.Whole, "goodwill"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second refund beside it: %v", err)
	}
	for range 2 {
		s.hearAll()
	}
	if got := s.order(o.ID); got.Promise != uuid.Nil || got.Refunded.Amount != 490 {
		t.Errorf("in the end the order is %+v", got)
	}
	s.has("in the end", 0)
}

func TestARefundThatStripeRefusesFreesTheTokens(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.bought(5)
	must(t, s.Stripe.Bar(o.Session, "charge_disputed"))
	got, err := s.Refund(t.Context(), uuid.New(), o.ID, payment.Whole, "fault")
	must(t, err)
	if got.Promise != uuid.Nil || got.Refunded.Amount != 0 || got.Asked != 0 {
		t.Errorf("the order is %+v", got)
	}
	s.hearAll()
	s.has("afterwards", 5)
}

func TestAPaymentThatDoesNotFitIsLeftToAPerson(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	s.Stripe.Reprice(o.Session, 100, "eur")
	s.pay(o, stripefake.CardPaid)
	s.hearAll()
	s.stands("too little", o.ID, payment.Review)
	s.has("too little", 0)
	if got, err := s.Refund(t.Context(), uuid.New(), o.ID, payment.Whole, "fault"); err != nil || got.Refunded.Amount != 100 {
		t.Errorf("refunded %v, %v", got.Refunded, err)
	}
}

func TestAPaymentForAnAccountThatIsGoneIsRefunded(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	kept := s.bought(15)
	must(t, s.DB.AsOwner(t.Context(), s.me, func(tx pgx.Tx) error {
		if err := s.Ledger.Leave(t.Context(), tx, s.me); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `delete from easel.account_account`)
		return err
	}))
	s.pay(o, stripefake.CardPaid)
	s.hearAll()
	s.hearAll()
	if got := s.Stripe.Given(o.Session); got != 490 {
		t.Errorf("%d cents of the late payment were given back, want all 490", got)
	}
	if got := s.Stripe.Given(kept.Session); got != 0 {
		t.Errorf("%d cents of the earlier payment were given back", got)
	}
	must(t, s.Stripe.Refund(kept.Session, 1290)) // and a refund of it is still written down
	s.hearAll()
	must(t, s.Stripe.Dispute(o.Session, 100, false))
	s.hearAll()
}

func TestOrdersHoldNothingAboutThePerson(t *testing.T) {
	t.Parallel()
	app, root := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 6}, pgtest.Log(t))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	s := newShopOn(t, db)
	o := s.bought(5)
	must(t, s.Stripe.Refund(o.Session, 100))
	s.hearAll()
	conn, err := pgx.Connect(t.Context(), root)
	must(t, err)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `select o::text from easel.payment_order o union all select e::text from easel.payment_event e union all select r::text from easel.payment_refund r`)
	must(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if text := strings.Join(all, "\n"); strings.Contains(text, "@") || strings.Contains(text, "Buyer") {
		t.Errorf("a name or an address is kept:\n%s", text)
	}
}

func TestARefundThatTheBankReturnsBringsNoTokens(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.bought(5)
	must(t, s.Stripe.Refund(o.Session, 490))
	s.hearAll()
	must(t, s.Stripe.FailRefunds(o.Session))
	s.hearAll()
	s.has("the buyer is still owed the money", 0)
	if got := s.order(o.ID); got.Refunded.Amount != 0 {
		t.Errorf("%v is said to be refunded", got.Refunded)
	}
}

func TestWhenStripeDoesNotAnswerThePageShowsWhatWasKnown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	s.pay(o, stripefake.CardPaid)
	s.Stripe.Break(3)
	if got, late, err := s.Look(t.Context(), s.me, o.ID); err != nil || !late || got.State != payment.Awaited {
		t.Errorf("the page shows %s, late %v, %v", got.State, late, err)
	}
	if got, late, err := s.Look(t.Context(), s.me, o.ID); err != nil || late || got.State != payment.Paid {
		t.Errorf("a moment later it shows %s, late %v, %v", got.State, late, err)
	}
}

func TestOldOrdersAndMessagesGo(t *testing.T) {
	t.Parallel()
	app, root := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 6}, pgtest.Log(t))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	s := newShopOn(t, db)
	s.bought(5)
	open := s.choose(15)
	must(t, s.Stripe.Expire(open.Session))
	s.hearAll()
	conn, err := pgx.Connect(t.Context(), root)
	must(t, err)
	defer conn.Close(t.Context())
	count := func() (n [3]int) {
		t.Helper()
		must(t, s.Round(t.Context()))
		must(t, conn.QueryRow(t.Context(), `select (select count(*) from easel.payment_order), (select count(*) from easel.payment_event),
			(select count(*) from easel.ledger_order)`).Scan(&n[0], &n[1], &n[2]))
		return n
	}
	age := func(by string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), `update easel.payment_order set created_at = now() - $1::interval`, by)
		must(t, err)
		_, err = conn.Exec(t.Context(), `update easel.payment_event set received_at = now() - $1::interval`, by)
		must(t, err)
	}
	if n := count(); n[0] != 2 || n[1] == 0 || n[2] != 1 {
		t.Fatalf("at first there are %v orders, messages and orders of the ledger", n)
	}
	age("91 days")
	if n := count(); n != [3]int{1, 0, 1} {
		t.Errorf("after 91 days there are %v", n)
	}
	must(t, s.DB.AsOwner(t.Context(), s.me, func(tx pgx.Tx) error {
		if err := s.Ledger.Leave(t.Context(), tx, s.me); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `delete from easel.account_account`)
		return err
	}))
	age("6 years")
	if n := count(); n != [3]int{1, 0, 1} {
		t.Errorf("after six years there are %v", n)
	}
	age("2600 days")
	if n := count(); n != [3]int{0, 0, 0} {
		t.Errorf("after more than seven years there are %v", n)
	}
}

func TestStaffFindOrdersAndGiveTokens(t *testing.T) {
	t.Parallel()
	app, root := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 6}, pgtest.Log(t))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	s := newShopOn(t, db)
	o := s.bought(5)
	s.choose(15)
	boss := person(t, db)
	conn, err := pgx.Connect(t.Context(), root)
	must(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `update easel.account_account set admin_at = now() where id = $1`, boss)
	must(t, err)
	for _, what := range []string{"", o.Number, strings.ToLower(o.Number), o.Session, o.Intent, o.Charge, o.ID.String(), " " + o.Number + "\x00"} {
		if found, err := s.Find(t.Context(), boss, what); err != nil || len(found) != 1 || found[0].ID != o.ID {
			t.Errorf("%q finds %d orders, %v", what, len(found), err)
		}
		if found, err := s.Find(t.Context(), s.me, what); err != nil || len(found) != 0 {
			t.Errorf("to somebody else %q shows %d orders, %v", what, len(found), err)
		}
	}
	log := audit.New(db)
	key := uuid.New()
	for range 2 {
		must(t, s.Grant(t.Context(), log.Add, boss, s.me, key, 3, "For your patience."))
	}
	s.has("given three, by a form that was sent twice", 8)
	if err := s.Grant(t.Context(), log.Add, s.me, s.me, uuid.New(), 3, "For myself."); !fault.Is(err, fault.Denied) {
		t.Errorf("somebody gives themselves tokens: %v", err)
	}
	if err := s.Grant(t.Context(), log.Add, boss, uuid.New(), uuid.New(), 3, "For nobody."); !fault.Is(err, fault.Missing) {
		t.Errorf("tokens for nobody: %v", err)
	}
	if _, err := s.Return(t.Context(), log.Add, s.me, o.ID, payment.Whole, "fault", "for myself"); !fault.Is(err, fault.Denied) {
		t.Errorf("somebody refunds themselves: %v", err)
	}
	if got, err := s.Return(t.Context(), log.Add, boss, o.ID, payment.Unspent, "goodwill", "asked by letter"); err != nil || got.Refunded.Amount != 490 {
		t.Errorf("refunded %v, %v", got.Refunded, err)
	}
	_, fate, given, err := s.Inspect(t.Context(), boss, o.ID)
	if err != nil || fate.Taken != 5 || len(given) != 1 || given[0].State != "done" || given[0].Amount.Amount != 490 {
		t.Errorf("the order shows %+v and refunds %+v, %v", fate, given, err)
	}
	entries, err := log.List(t.Context(), boss, 0, 10)
	must(t, err)
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	if got := strings.Join(actions, " "); got != "payment.refund ledger.grant ledger.grant ledger.grant" {
		t.Errorf("the audit log has %q", got)
	}
	if _, _, err := s.Ledger.Behind(t.Context(), boss, uuid.New()); err != nil {
		t.Error(err)
	}
	session, err := log.Open(t.Context(), boss, s.me, "asked by letter")
	must(t, err)
	lots, events, err := s.Ledger.Behind(t.Context(), boss, session.ID)
	if err != nil || len(lots) != 2 || len(events) == 0 {
		t.Errorf("behind the session are %d lots and %d events, %v", len(lots), len(events), err)
	}
	if lots, events, err := s.Ledger.Behind(t.Context(), s.me, session.ID); err != nil || len(lots)+len(events) != 0 {
		t.Errorf("to somebody else the session shows %d lots and %d events, %v", len(lots), len(events), err)
	}
}

// randomised: every message of several orders, doubled and shuffled, with refunds, disputes and spending between.
func TestMessagesInAnyOrderAndNumberComeToTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			s := newShop(t)
			var waiting []stripefake.Event
			collect := func() {
				for _, e := range s.Stripe.Take() {
					for range 1 + random.IntN(3) {
						waiting = append(waiting, e)
					}
				}
				random.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
			}
			want := int64(0)
			for range 5 {
				tokens := []int64{5, 15, 45}[random.IntN(3)]
				o := s.choose(tokens)
				s.pay(o, stripefake.CardPaid)
				switch random.IntN(5) {
				case 0:
					must(t, s.Stripe.Refund(o.Session, o.Price.Amount))
				case 1:
					must(t, s.Stripe.Dispute(o.Session, o.Price.Amount, random.IntN(2) == 0))
					won := random.IntN(2) == 0
					must(t, s.Stripe.Decide(o.Session, won))
					if won {
						want += tokens
					}
				case 2:
					must(t, s.Stripe.Refund(o.Session, o.Price.Amount/2))
					must(t, s.Stripe.Refund(o.Session, o.Price.Amount-o.Price.Amount/2))
				default:
					want += tokens
				}
				collect()
				n := random.IntN(len(waiting) + 1)
				if random.IntN(3) == 0 {
					s.Stripe.Break(random.IntN(4)) // some connections break while the messages are worked
				}
				s.hear(waiting[:n]...)
				s.Stripe.Break(0)
				if random.IntN(2) == 0 { // heard for good; else they come again
					waiting = waiting[n:]
				}
				if random.IntN(3) == 0 {
					_, _, err := s.Look(t.Context(), s.me, o.ID)
					must(t, err)
				}
			}
			collect()
			s.hear(waiting...)
			s.has("when everything was heard", want)
		})
	}
}

// TestManyAtOnceFulfilOneOrderOnce is two tabs, the webhook and the patrol at the same moment.
func TestManyAtOnceFulfilOneOrderOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.choose(5)
	s.pay(o, stripefake.CardPaid)
	failed := make(chan error)
	for range 12 {
		go func() {
			_, err := s.Fulfil(t.Context(), o.Session)
			if fault.Is(err, fault.Busy) {
				err = nil // too many at once: asked to come again
			}
			failed <- err
		}()
	}
	for range 12 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	s.has("after twelve at once", 5)
}

// The four holes of the best-known starter for such shops, each closed here.

// TestHoleOneNobodyWritesMoneyFromARequest: its rows of credits could be changed, and added, by their own owner.
func TestHoleOneNobodyWritesMoneyFromARequest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o := s.bought(5)
	for _, sql := range []string{
		`update easel.payment_order set state = 'paid', tokens = 1000`,
		`insert into easel.payment_order (id, number, owner, tokens, amount, currency, tax) values (gen_random_uuid(), 'AAAA-AAAA', easel.caller(), 9, 1, 'eur', '')`,
		`delete from easel.payment_order`,
		`select * from easel.payment_event`,
		`insert into easel.payment_refund (id, order_id, amount, reason) select gen_random_uuid(), id, 1, 'fault' from easel.payment_order`,
		`insert into easel.ledger_lot (owner, kind, tokens, created_at, expires_at) values (easel.caller(), 'bought', 9, now(), now() + interval '1 day')`,
		`update easel.ledger_entry set tokens = 1000`,
		`delete from easel.ledger_entry`,
	} {
		err := s.DB.AsOwner(t.Context(), s.me, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), sql)
			return err
		})
		var said *pgconn.PgError
		if !errors.As(err, &said) || said.Code != "42501" {
			t.Errorf("%s: %v, want permission denied", sql, err)
		}
	}
	if _, err := s.Order(t.Context(), person(t, s.DB), o.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("another person reads the order: %v", err)
	}
	s.has("after all that", 5)
}

// TestHoleTwoAPaymentIsWorthItsTokensOnceAndOnlyWhenPaid: it added credits at every message, and never looked whether
// anything was paid.
func TestHoleTwoAPaymentIsWorthItsTokensOnceAndOnlyWhenPaid(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	unpaid := s.choose(45)
	s.pay(unpaid, stripefake.DebitLate)
	completed := s.Stripe.Take()
	s.hear(completed...)
	s.has("completed and not paid", 0)
	o := s.choose(5)
	s.pay(o, stripefake.CardPaid)
	all := s.Stripe.Take()
	for range 5 {
		s.hear(all...)
	}
	// The same happening under other numbers, as after a resend by hand from a second endpoint.
	for _, e := range all {
		twin := e
		twin.Body = []byte(strings.Replace(string(e.Body), e.ID, "evt_twin_"+e.ID, 1))
		s.hear(twin)
	}
	s.has("after many messages", 5)
}

// TestHoleThreeUnknownMessagesAreAnswered: it answered 400, so that they were sent for days.
func TestHoleThreeUnknownMessagesAreAnswered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, kind := range []string{"customer.created", "invoice.paid", "some.thing.of.next.year"} {
		e, err := stripefake.NewEvent(kind, "2031-01-01.zinnia", time.Now(), map[string]any{"id": "x_1", "object": "whatever", "payment_intent": 7})
		must(t, err)
		if err := s.Receive(t.Context(), e.Body, e.Header(stripefake.Secret, time.Now())); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if jobs := s.Jobs(); len(jobs) > 0 {
		t.Errorf("%d jobs follow from messages that do not concern us", len(jobs))
	}
}

// TestHoleFourParallelRequestsCannotSpendTheSameToken: it looked at the credits, called the provider, and wrote what it
// had read minus one.
func TestHoleFourParallelRequestsCannotSpendTheSameToken(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.bought(5)
	results := make(chan error)
	for range 40 {
		go func() {
			results <- s.DB.AsOwner(t.Context(), s.me, func(tx pgx.Tx) error { return s.Ledger.Hold(t.Context(), tx, s.me, uuid.New(), 1) })
		}()
	}
	held, unpaid := 0, 0
	for range 40 {
		switch err := <-results; {
		case err == nil:
			held++
		case fault.Is(err, fault.Unpaid):
			unpaid++
		default:
			t.Error(err)
		}
	}
	if held != 5 || unpaid != 35 {
		t.Errorf("%d requests got a token and %d were told that there is none; want 5 and 35", held, unpaid)
	}
}
