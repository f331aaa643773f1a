package account_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account/accounttest"
	"easel/internal/audit"
	"easel/internal/fault"
	"easel/internal/postgres/pgtest"
)

func TestThePersonBehindALine(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s, ctx := accounttest.New(t, db), t.Context()
	_, ada := accounttest.SignIn(t, s)
	admin := accounttest.Open(t, db)
	if err := db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.account_raise($1, false)`, admin)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	lines, err := s.Lines(ctx, admin, time.Now().Add(time.Minute), 10)
	if err != nil || len(lines) != 2 || !lines[0].Admin && !lines[1].Admin {
		t.Errorf("the list is %+v, %v", lines, err)
	}
	if lines, err := s.Lines(ctx, ada, time.Now().Add(time.Minute), 10); err != nil || len(lines) != 0 {
		t.Errorf("a person reads the list %+v, %v", lines, err)
	}
	if _, err := s.Behind(ctx, admin, uuid.New()); !fault.Is(err, fault.Missing) {
		t.Errorf("without a session: %v", err)
	}
	session, err := audit.New(db).Open(ctx, admin, ada, "asked for help with signing in")
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Behind(ctx, admin, session.ID)
	if err != nil || b.ID != ada || b.Name != "Ada" || len(b.Mail) < 10 || b.Admin {
		t.Errorf("behind the line is %+v, %v", b, err)
	}
	if _, err := s.Behind(ctx, ada, session.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("a person uses the session: %v", err)
	}
}
