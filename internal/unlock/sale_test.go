package unlock

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/audit"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// seller sells, on a database into which the test can look as one who may do everything.
type seller struct {
	*Service

	conn *pgx.Conn
}

func newSeller(t *testing.T) *seller {
	t.Helper()
	app, owner := pgtest.Addresses(t)
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 8}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &seller{New(db, func(purpose, text string) []byte {
		sum := sha256.Sum256([]byte(purpose + "/" + text))
		return sum[:]
	}), conn}
}

// sell does what settling an order does.
func (s *seller) sell(ctx context.Context, checkout string, uses int) error {
	if err := s.Stock(ctx, uses); err != nil {
		return err
	}
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error { return s.Sell(ctx, tx, checkout, uses) })
}

func TestACodeIsSoldOnceAndShownForADay(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	if err := s.sell(t.Context(), "cs_1", 5); err != nil {
		t.Fatal(err)
	}
	code, until, ok, err := s.Sold(t.Context(), "cs_1")
	if err != nil || !ok || time.Until(until) > SoldShown || time.Until(until) < SoldShown-time.Minute {
		t.Fatalf("%v until %v, %v", ok, until, err)
	}
	if again, _, _, err := s.Sold(t.Context(), "cs_1"); err != nil || again != code {
		t.Errorf("looked at again it is %v, %v", again == code, err)
	}
	if err := s.sell(t.Context(), "cs_1", 5); err == nil {
		t.Error("one checkout got two codes")
	}
	for range 5 {
		use, err := s.Begin(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.End(t.Context(), use, true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Begin(t.Context(), code); !fault.Is(err, fault.Refused) {
		t.Errorf("a sixth picture: %v", err)
	}
	for _, other := range []string{"cs_2", "", strings.Repeat("x", 300)} {
		if _, _, ok, err := s.Sold(t.Context(), other); ok || err != nil {
			t.Errorf("the checkout %.10q shows a code: %v", other, err)
		}
	}
}

// Under two keys: the server's, and what the checkout is called.
func TestASoldCodeNeedsTheCheckoutAndTheServer(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	if err := s.sell(t.Context(), "cs_1", 1); err != nil {
		t.Fatal(err)
	}
	code, _, _, err := s.Sold(t.Context(), "cs_1")
	if err != nil {
		t.Fatal(err)
	}
	stolen := New(s.db, func(purpose, text string) []byte {
		sum := sha256.Sum256([]byte("another server " + purpose + "/" + text))
		return sum[:]
	})
	if _, _, ok, _ := stolen.Sold(t.Context(), "cs_1"); ok {
		t.Error("another server's key shows it")
	}
	for table, rows := range tables(t, s) {
		if strings.Contains(rows, code) || strings.Contains(rows, strings.ReplaceAll(code, "-", "")) || strings.Contains(rows, "cs_1") {
			t.Errorf("%s holds the code or the checkout", table)
		}
	}
}

// tables is what the tables of this package hold, as text, with what PostgreSQL itself keeps of each row.
func tables(t *testing.T, s *seller) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range []string{"unlock_batch", "unlock_code", "unlock_use", "unlock_stock", "unlock_sale"} {
		var text *string
		s.root(t, `select string_agg(xmin::text || ' ' || x::text, E'\n') from easel.`+table+` x`, &text)
		if text != nil {
			all[table] = *text
		}
	}
	return all
}

// root reads what no role of ours may.
func (s *seller) root(t *testing.T, sql string, into any) {
	t.Helper()
	if err := s.conn.QueryRow(t.Context(), sql).Scan(into); err != nil {
		t.Fatal(err)
	}
}

func TestManyBuyersGetCodesOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	const buyers = 2*StockBatch + 5
	if err := s.Stock(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	var codes []string
	for n := range buyers {
		all.Go(func() {
			checkout := uuid.NewSHA1(uuid.Nil, []byte{byte(n)}).String()
			err := s.sell(context.Background(), checkout, 1)
			for range 50 { // sold out for a moment: the order is looked at again
				if fault.Is(err, fault.Busy) {
					err = s.sell(context.Background(), checkout, 1)
				}
			}
			code, _, _, wrong := s.Sold(context.Background(), checkout)
			if err != nil || wrong != nil {
				t.Error(err, wrong)
			}
			mu.Lock()
			codes = append(codes, code)
			mu.Unlock()
		})
	}
	all.Wait()
	slices.Sort(codes)
	if n := len(slices.Compact(codes)); n != buyers {
		t.Errorf("%d buyers have %d codes", buyers, n)
	}
}

func TestWhatIsGivenBackIsWithdrawn(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	withdraw := func(checkout string) {
		t.Helper()
		if err := s.db.AsNobody(t.Context(), func(tx pgx.Tx) error { return s.Withdraw(t.Context(), tx, checkout) }); err != nil {
			t.Fatal(err)
		}
	}
	var codes []string
	for _, checkout := range []string{"cs_fresh", "cs_begun", "cs_spent", "cs_late"} {
		uses := map[bool]int{true: 1, false: 3}[checkout == "cs_spent"]
		if err := s.sell(t.Context(), checkout, uses); err != nil {
			t.Fatal(err)
		}
		code, _, _, err := s.Sold(t.Context(), checkout)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
		if checkout == "cs_begun" || checkout == "cs_spent" {
			use, err := s.Begin(t.Context(), code)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.End(t.Context(), use, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.exec(t, `update easel.unlock_sale set until = now() - interval '1 second' where until = (select max(until) from easel.unlock_sale)`) // cs_late
	for _, checkout := range []string{"cs_fresh", "cs_begun", "cs_begun", "cs_spent", "cs_late", "cs_never"} {
		withdraw(checkout)
	}
	for i, want := range []string{"not known", "not known", "used up", ""} {
		_, err := s.Begin(t.Context(), codes[i])
		if want == "" && err != nil || want != "" && (!fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), want)) {
			t.Errorf("code %d gives %v, want %q", i, err, want)
		}
	}
	for _, checkout := range []string{"cs_fresh", "cs_begun", "cs_spent", "cs_late"} {
		if _, _, ok, err := s.Sold(t.Context(), checkout); ok || err != nil {
			t.Errorf("%s is still shown, %v", checkout, err)
		}
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if s.root(t, `select count(*) from easel.unlock_sale`, &left); left != 0 {
		t.Errorf("%d sales are left after the sweep", left)
	}
}

func (s *seller) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := s.conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// Neither content, nor time, nor the transaction that wrote a row pairs a sale with a code's own row.
func TestASaleLeavesTheCodesRowAlone(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	if err := s.Stock(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	before := tables(t, s)
	if err := s.sell(t.Context(), "cs_1", 1); err != nil {
		t.Fatal(err)
	}
	after := tables(t, s)
	for _, table := range []string{"unlock_batch", "unlock_code"} {
		if before[table] != after[table] {
			t.Errorf("a sale changes %s", table)
		}
	}
	s.exec(t, `update easel.unlock_sale set until = now() - interval '1 second'`)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := tables(t, s)["unlock_sale"]; left != "" {
		t.Errorf("after its day a sale leaves %q", left)
	}
}

// Those who run the place mint and withdraw, and it is written down; others are refused by the database itself.
func TestOnlyStaffMintAndWithdraw(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	log := audit.New(s.db)
	boss, guest := uuid.New(), uuid.New()
	for _, who := range []uuid.UUID{boss, guest} {
		if err := s.db.AsOwner(t.Context(), who, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into easel.account_account (id) values ($1)`, who)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.exec(t, `update easel.account_account set admin_at = now() where id = '`+boss.String()+`'`)
	by := By{Staff: boss, Audit: log.Add}
	batch, codes, err := s.Mint(t.Context(), by, 3, 2, 48*time.Hour)
	if err != nil || len(codes) != 3 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	if all, err := s.Batches(t.Context(), by); err != nil || len(all) != 1 || all[0].Unused != 6 || all[0].Stock != 0 {
		t.Errorf("the list is %+v, %v", all, err)
	}
	for _, stranger := range []By{{Staff: guest}, {Staff: guest, Audit: log.Add}} { // as if the program had forgotten to ask
		if _, _, err := s.Mint(t.Context(), stranger, 1, 1, time.Hour); !fault.Is(err, fault.Denied) {
			t.Errorf("a guest mints: %v", err)
		}
		if err := s.Void(t.Context(), stranger, batch, "because I can"); !fault.Is(err, fault.Denied) {
			t.Errorf("a guest withdraws: %v", err)
		}
		if all, err := s.Batches(t.Context(), stranger); err != nil || len(all) != 0 {
			t.Errorf("a guest sees %+v, %v", all, err)
		}
	}
	if err := s.Void(t.Context(), by, uuid.New(), "a mistake"); !fault.Is(err, fault.Missing) {
		t.Errorf("a batch that is not there: %v", err)
	}
	if err := s.Void(t.Context(), by, batch, "no"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if err := s.Void(t.Context(), by, batch, "the list was lost"); err != nil {
		t.Fatal(err)
	}
	entries, err := log.List(t.Context(), boss, 0, 10)
	if err != nil || len(entries) != 2 || entries[0].Action != "unlock.void" || entries[0].Subject != batch || entries[1].Action != "unlock.mint" {
		t.Errorf("written down are %+v, %v", entries, err)
	}
	for _, e := range entries {
		for _, code := range codes {
			if strings.Contains(e.Reason, code) {
				t.Error("the log names a code")
			}
		}
	}
}

// A batch for sale that is withdrawn is sold no more.
func TestWithdrawnStockIsNotSold(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	if err := s.Stock(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	all, err := s.Batches(t.Context(), By{})
	if err != nil || len(all) != 1 || all[0].Stock != StockBatch {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := s.Void(t.Context(), By{}, all[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	err = s.db.AsNobody(t.Context(), func(tx pgx.Tx) error { return s.Sell(t.Context(), tx, "cs_1", 1) })
	if !fault.Is(err, fault.Busy) {
		t.Errorf("with nothing in stock: %v", err)
	}
	if err := s.sell(t.Context(), "cs_1", 1); err != nil {
		t.Error(err)
	}
}
