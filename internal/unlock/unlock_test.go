package unlock

import (
	"context"
	"crypto/sha256"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres/pgtest"
)

func service(t *testing.T) *Service {
	t.Helper()
	return New(pgtest.New(t), func(purpose, text string) []byte {
		sum := sha256.Sum256([]byte(purpose + "/" + text))
		return sum[:]
	})
}

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for range 200 {
		code := fresh()
		want := strings.ReplaceAll(code, "-", "")
		for _, typed := range []string{code, want, strings.ToLower(code), " " + strings.ReplaceAll(code, "-", " ") + "\t", strings.ReplaceAll(code, "-", "–")} {
			if got, err := parse(typed); err != nil || got != want {
				t.Fatalf("%q reads as %q, %v", typed, got, err)
			}
		}
	}
	if one, another := fresh(), fresh(); one == another {
		t.Error("two codes are the same")
	}
}

// Every single wrong sign and every swap of two signs is found without asking the database.
func TestTypingMistakesAreFound(t *testing.T) {
	t.Parallel()
	code := strings.ReplaceAll(fresh(), "-", "")
	for i := range code {
		for _, r := range alphabet {
			if byte(r) == code[i] {
				continue
			}
			if _, err := parse(code[:i] + string(r) + code[i+1:]); !fault.Is(err, fault.Invalid) {
				t.Errorf("with %q in place %d it is a code as well", r, i)
			}
		}
		for j := i + 1; j < len(code); j++ {
			if code[i] == code[j] {
				continue
			}
			swapped := []byte(code)
			swapped[i], swapped[j] = code[j], code[i]
			if _, err := parse(string(swapped)); !fault.Is(err, fault.Invalid) {
				t.Errorf("with signs %d and %d swapped it is a code as well", i, j)
			}
		}
	}
	for _, typed := range []string{"", "K7M2P", code + "2", strings.Repeat("2", 100), "ключ-ключ-ключ", "\xff\xfe", code[:14] + "\x00"} {
		if _, err := parse(typed); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, want invalid", typed, err)
		}
	}
}

func TestACodeIsSpentByADeliveryOnly(t *testing.T) {
	t.Parallel()
	s := service(t)
	_, codes, err := s.Mint(t.Context(), By{}, 3, 1, time.Hour)
	if err != nil || len(codes) != 3 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	use, err := s.Begin(t.Context(), codes[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), codes[0]); !fault.Is(err, fault.Busy) {
		t.Errorf("during the delivery a second one gets %v, want busy", err)
	}
	if err := s.End(t.Context(), use, false); err != nil {
		t.Fatal(err)
	}
	if use, err = s.Begin(t.Context(), codes[0]); err != nil {
		t.Fatalf("after a delivery that failed the code gives %v", err)
	}
	for range 2 { // the second time nothing is left to finish
		if err := s.End(t.Context(), use, true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Begin(t.Context(), codes[0]); !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "used up") {
		t.Errorf("after the delivery it gives %v, want that it is used up", err)
	}
	if err := s.End(t.Context(), use, false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), codes[0]); !fault.Is(err, fault.Refused) {
		t.Errorf("a use that was over has come back: %v", err)
	}
	if _, err := s.Begin(t.Context(), codes[1]); err != nil {
		t.Errorf("another code gives %v", err)
	}
	if _, err := s.Begin(t.Context(), fresh()); !fault.Is(err, fault.Refused) {
		t.Errorf("a code that nobody minted gives %v", err)
	}
}

// The server died in the middle of a delivery: the use comes back when its time is over.
func TestAUseComesBackByItself(t *testing.T) {
	t.Parallel()
	s := service(t)
	_, codes, err := s.Mint(t.Context(), By{}, 1, 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	code, err := parse(codes[0])
	if err != nil {
		t.Fatal(err)
	}
	s.sql(t, `select easel.unlock_begin($1, $2, interval '1 millisecond')`, uuid.New(), s.of(code))
	s.sql(t, `select pg_sleep(0.005)`)
	if _, err := s.Begin(t.Context(), codes[0]); err != nil {
		t.Errorf("the use did not come back: %v", err)
	}
}

func (s *Service) sql(t *testing.T, text string, args ...any) {
	t.Helper()
	if err := s.db.AsNobody(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), text, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestManyAtOnceSpendWhatThereIs(t *testing.T) {
	t.Parallel()
	s := service(t)
	const uses = 7
	_, codes, err := s.Mint(t.Context(), By{}, 1, uses, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var opened atomic.Int64
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			use, err := s.Begin(context.Background(), codes[0])
			if err != nil {
				if !fault.Is(err, fault.Busy) && !fault.Is(err, fault.Refused) {
					t.Error(err)
				}
				return
			}
			delivered := n%3 != 0
			if delivered {
				opened.Add(1)
			}
			if err := s.End(context.Background(), use, delivered); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	batches, err := s.Batches(t.Context(), By{})
	if err != nil || len(batches) != 1 {
		t.Fatalf("%d batches, %v", len(batches), err)
	}
	if left := batches[0].Unused; int(opened.Load())+left != uses {
		t.Errorf("%d were delivered and %d are left of %d", opened.Load(), left, uses)
	}
}

func TestBatchesEndAndAreWithdrawn(t *testing.T) {
	t.Parallel()
	s := service(t)
	batch, codes, err := s.Mint(t.Context(), By{}, 2, 3, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Void(t.Context(), By{}, batch, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), codes[1]); !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "withdrawn") {
		t.Errorf("a code that was withdrawn gives %v", err)
	}
	if err := s.Void(t.Context(), By{}, uuid.New(), ""); !fault.Is(err, fault.Missing) {
		t.Errorf("a batch that is not there: %v", err)
	}
	batches, err := s.Batches(t.Context(), By{})
	if err != nil || len(batches) != 1 || batches[0].Voided.IsZero() || batches[0].Unused != 6 || batches[0].Codes != 2 {
		t.Errorf("the list is %+v, %v", batches, err)
	}
	for name, c := range map[string]struct {
		codes, uses int
		lasts       time.Duration
	}{"none": {0, 1, time.Hour}, "too many": {10_001, 1, time.Hour}, "no use": {1, 0, time.Hour}, "no time": {1, 1, 0}, "for ever": {1, 1, 100 * 365 * 24 * time.Hour}} {
		if _, _, err := s.Mint(t.Context(), By{}, c.codes, c.uses, c.lasts); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
}

// Nothing in the tables is a code, or says when one was used.
func TestTheTablesKnowNoCode(t *testing.T) {
	t.Parallel()
	s := service(t)
	_, codes, err := s.Mint(t.Context(), By{}, 5, 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	use, err := s.Begin(t.Context(), codes[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := s.End(t.Context(), use, true); err != nil {
		t.Fatal(err)
	}
	if err := s.db.AsNobody(t.Context(), func(tx pgx.Tx) error {
		var n int
		return tx.QueryRow(t.Context(), `select count(*) from easel.unlock_code`).Scan(&n)
	}); err == nil {
		t.Error("the application can read the codes' table")
	}
}
