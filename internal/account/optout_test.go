package account_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// Who wants no record of sign-ins, or of what keys are used for, has none from then on, and what there was is deleted; the
// sign-ins and the keys go on working, and nobody else's record is touched.
func TestRecordsThatNobodyWants(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), pgtest.New(t)
	s := accounttest.New(t, db)
	_, ana := accounttest.SignIn(t, s)
	_, ben := accounttest.SignIn(t, s)
	secret, _, err := s.MakeKey(ctx, ana, "Frame", account.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	uses := func() {
		t.Helper()
		p, ok, err := s.FindKey(ctx, secret)
		if err != nil || !ok {
			t.Fatalf("the key: %v, %v", ok, err)
		}
		s.Used(p, 1)
		if err := s.WriteUse(ctx); err != nil {
			t.Fatal(err)
		}
	}
	counted := func() (n int) {
		t.Helper()
		all, err := s.Usage(ctx, ana, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all[0].Days {
			n += d.Requests
		}
		return n
	}
	uses()
	if visits, _ := s.Visits(ctx, ana); len(visits) != 1 || counted() != 1 {
		t.Fatalf("before there are %d sign-ins and %d requests", len(visits), counted())
	}
	for _, r := range account.Records {
		if err := s.Optional(ctx, ana, r, false); err != nil {
			t.Fatal(err)
		}
	}
	if off, err := s.OptOuts(ctx, ana); err != nil || !slices.Equal(off, []account.Record{account.RecordKeys, account.RecordSignIns}) {
		t.Errorf("off are %v, %v", off, err)
	}
	link, err := s.SignInLink(ctx, ana)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenLink(ctx, link, account.Client{Agent: "Firefox on Linux"}); err != nil {
		t.Errorf("signing in without a record: %v", err)
	}
	uses()
	if visits, _ := s.Visits(ctx, ana); len(visits) != 0 || counted() != 0 {
		t.Errorf("there are still %d sign-ins and %d requests", len(visits), counted())
	}
	if visits, _ := s.Visits(ctx, ben); len(visits) != 1 {
		t.Errorf("somebody else has %d sign-ins", len(visits))
	}
	if err := s.Optional(ctx, ana, "diary", false); !fault.Is(err, fault.Invalid) {
		t.Errorf("a record that there is not: %v", err)
	}
	if err := s.Optional(ctx, ana, account.RecordKeys, true); err != nil {
		t.Fatal(err)
	}
	uses()
	if counted() != 1 {
		t.Errorf("switched on again it counts %d", counted())
	}
}

// The record is read whole, however long it is.
func TestWalkingTheRecordOfSignIns(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), pgtest.New(t)
	s := accounttest.New(t, db)
	owner, err := s.Invite(ctx, "ana@example.com", "Ana")
	if err != nil {
		t.Fatal(err)
	}
	if n := walked(t, s, owner); n != 0 {
		t.Errorf("nobody signed in, and there are %d", n)
	}
	for range 3 {
		link, err := s.SignInLink(ctx, owner)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.OpenLink(ctx, link, account.Client{Agent: "Firefox on Linux"}); err != nil {
			t.Fatal(err)
		}
	}
	multiply(t, db, owner, 1200)
	if n := walked(t, s, owner); n != 1203 {
		t.Errorf("%d are told, want 1203", n)
	}
}

func walked(t *testing.T, s *account.Service, owner uuid.UUID) (n int) {
	t.Helper()
	if err := s.WalkVisits(t.Context(), owner, func(v account.Visit) error {
		n++
		if v.Agent != "Firefox on Linux" {
			t.Fatalf("told %+v", v)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// multiply adds lines to somebody's record that say what their first one says.
func multiply(t *testing.T, db *postgres.DB, owner uuid.UUID, n int) {
	t.Helper()
	if err := db.AsOwner(t.Context(), owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into easel.account_visit (account, seen, deadline)
			select $1, (select seen from easel.account_visit limit 1), now() + interval '1 day' from generate_series(1, $2)`, owner, n)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
