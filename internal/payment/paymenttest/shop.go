package paymenttest

import (
	"context"
	"crypto/sha256"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"easel/internal/egress"
	"easel/internal/ledger"
	"easel/internal/payment"
	"easel/internal/payment/stripefake"
	"easel/internal/policy"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/unlock"
)

func lock() { runtime.LockOSThread() }

// Shop is a studio that sells tokens. Jobs wait until Work.
type Shop struct {
	*payment.Service
	Stripe *stripefake.Fake
	Ledger *ledger.Ledger
	DB     *postgres.DB
	Codes  *unlock.Service

	t    testing.TB
	mu   sync.Mutex
	jobs []river.JobArgs
}

// Config is what New uses.
func Config(t testing.TB) payment.Config {
	t.Helper()
	prices, err := payment.ParsePrices("5=4.90 15=12.90 45=34.90 EUR")
	if err != nil {
		t.Fatal(err)
	}
	codes, err := payment.ParsePrices("1=1.90 5=6.90 EUR")
	if err != nil {
		t.Fatal(err)
	}
	return payment.Config{CodePrices: codes, Key: stripefake.Key, Secrets: []string{stripefake.Secret}, Prices: prices, Tax: "including VAT",
		Public: &url.URL{Scheme: "https", Host: "easel.test"}, Keep: 7 * 366 * 24 * time.Hour}
}

// New opens a shop on the database.
func New(t testing.TB, db *postgres.DB, config payment.Config) *Shop {
	t.Helper()
	mock := Mock(t)
	gate, err := egress.New(egress.Config{Own: map[policy.Role][]string{policy.Payment: {strings.TrimPrefix(mock, "http://")}}, Log: pgtest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	fake, err := stripefake.New(stripefake.Config{Pay: "https://pay.test/", Mock: mock, Judge: gate.Client(policy.Payment, egress.Limits{})})
	if err != nil {
		t.Fatal(err)
	}
	s := &Shop{Stripe: fake, DB: db, t: t, Codes: unlock.New(db, digest)}
	config.Codes = s.Codes
	if s.Ledger, err = ledger.New(ledger.Config{}, db, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	s.Service, err = payment.New(config, db, s.Ledger, fake.Client(), s.enqueue, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, refusal := range fake.Refusals() {
			t.Errorf("Stripe's own mock refuses a request: %s", refusal)
		}
	})
	return s
}

// digest stands in for the server's keyed one.
func digest(purpose, text string) []byte {
	sum := sha256.Sum256([]byte("a server's key " + purpose + "/" + text))
	return sum[:]
}

// enqueue keeps a job, whether or not the transaction commits: one too many must not hurt.
func (s *Shop) enqueue(_ context.Context, _ pgx.Tx, args river.JobArgs) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = append(s.jobs, args)
	return nil
}

// Jobs takes the jobs that wait.
func (s *Shop) Jobs() []river.JobArgs {
	s.mu.Lock()
	defer s.mu.Unlock()
	jobs := s.jobs
	s.jobs = nil
	return jobs
}

// Do works one job.
func (s *Shop) Do(ctx context.Context, job river.JobArgs) error {
	switch args := job.(type) {
	case payment.EventArgs:
		return s.Work(ctx, args)
	case payment.RefundArgs:
		return s.Give(ctx, args)
	}
	s.t.Fatalf("a job of kind %s is queued that payments do not have", job.Kind())
	return nil
}

// Purse is the owner's balance.
func (s *Shop) Purse(owner uuid.UUID) (b ledger.Balance) {
	s.t.Helper()
	err := s.DB.AsOwner(s.t.Context(), owner, func(tx pgx.Tx) (err error) {
		b, err = s.Ledger.Balance(s.t.Context(), tx, owner)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// Spend draws so many portraits: tokens are held, and taken.
func (s *Shop) Spend(owner uuid.UUID, tokens int64) {
	s.t.Helper()
	run := uuid.New()
	for _, step := range []func(pgx.Tx) error{
		func(tx pgx.Tx) error { return s.Ledger.Hold(s.t.Context(), tx, owner, run, tokens) },
		func(tx pgx.Tx) error { return s.Ledger.Capture(s.t.Context(), tx, run) },
	} {
		if err := s.DB.AsOwner(s.t.Context(), owner, step); err != nil {
			s.t.Fatal(err)
		}
	}
}
