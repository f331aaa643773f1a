package audit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/audit"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is a database with one who runs the place and two others.
type house struct {
	*audit.Log

	db                 *postgres.DB
	super              *pgx.Conn
	admin, ada, stella uuid.UUID
}

func newHouse(t *testing.T) *house {
	t.Helper()
	app, super := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := pgx.Connect(t.Context(), super)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	h := &house{audit.New(db), db, conn, uuid.New(), uuid.New(), uuid.New()}
	h.exec(t, `insert into easel.account_account (id, admin_at) values ($1, now()), ($2, null), ($3, null)`, h.admin, h.ada, h.stella)
	for _, owner := range []uuid.UUID{h.ada, h.stella} {
		h.exec(t, `insert into easel.vault_server values (0, sha256('a key')) on conflict do nothing`)
		h.exec(t, `insert into keys.vault_owner (owner, wrapped) values ($1, 'wrapped')`, owner)
	}
	return h
}

func (h *house) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := h.super.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// subject is whom a transaction of the actor's in the session may look at.
func (h *house) subject(t *testing.T, actor, session uuid.UUID) (id *uuid.UUID, key []byte) {
	t.Helper()
	if err := h.db.AsSupport(t.Context(), actor, session, func(tx pgx.Tx) error {
		if err := tx.QueryRow(t.Context(), `select (select id from easel.account_staff_person())`).Scan(&id); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), `select easel.vault_staff_key()`).Scan(&key)
	}); err != nil {
		t.Fatal(err)
	}
	return id, key
}

func TestASessionShowsOnePersonAndIsWrittenDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if id, key := h.subject(t, h.admin, uuid.New()); id != nil || key != nil {
		t.Errorf("without a session %v is seen", id)
	}
	s, err := h.Open(t.Context(), h.admin, h.ada, "  Asked us why a run failed ")
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(s.Expires); left > 30*time.Minute || left < 29*time.Minute {
		t.Errorf("the session lasts %v", left)
	}
	if id, key := h.subject(t, h.admin, s.ID); id == nil || *id != h.ada || key == nil {
		t.Errorf("the session shows %v", id)
	}
	log, err := h.List(t.Context(), h.admin, 0, 10)
	if err != nil || len(log) != 1 || log[0].Actor != h.admin || log[0].Subject != h.ada || log[0].Action != "support.open" || log[0].Reason != "Asked us why a run failed" {
		t.Errorf("the log is %+v, %v", log, err)
	}
	if id, _ := h.subject(t, h.stella, s.ID); id != nil {
		t.Errorf("somebody else uses the session and sees %v", id)
	}
	if err := h.Close(t.Context(), h.stella, s.ID); err != nil {
		t.Error(err)
	}
	if id, _ := h.subject(t, h.admin, s.ID); id == nil {
		t.Error("somebody else has closed the session")
	}
	h.exec(t, `update easel.account_account set suspended_at = now() where id = $1`, h.admin)
	if id, _ := h.subject(t, h.admin, s.ID); id != nil {
		t.Error("one who runs the place no more still looks")
	}
	h.exec(t, `update easel.account_account set suspended_at = null where id = $1`, h.admin)
	if err := h.Close(t.Context(), h.admin, s.ID); err != nil {
		t.Error(err)
	}
	if id, _ := h.subject(t, h.admin, s.ID); id != nil {
		t.Error("the session was closed and still shows somebody")
	}
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s, err := h.Open(t.Context(), h.admin, h.ada, "a question")
	if err != nil {
		t.Fatal(err)
	}
	h.exec(t, `update easel.audit_session set opened_at = now() - interval '30 minutes', expires_at = now() - interval '1 second'`)
	if id, _ := h.subject(t, h.admin, s.ID); id != nil {
		t.Error("a session that is over still shows somebody")
	}
	if err := h.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := h.super.QueryRow(t.Context(), `select count(*) from easel.audit_session`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d sessions are left, %v", n, err)
	}
}

func TestOnlyThoseWhoRunThePlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.Open(t.Context(), h.ada, h.stella, "curious about her"); !fault.Is(err, fault.Denied) {
		t.Errorf("a person opens a session: %v", err)
	}
	err := h.db.AsOwner(t.Context(), h.ada, func(tx pgx.Tx) error { return h.Add(t.Context(), tx, "token.grant", h.ada, "a present") })
	if !fault.Is(err, fault.Denied) {
		t.Errorf("a person writes the log: %v", err)
	}
	if err := h.db.AsNobody(t.Context(), func(tx pgx.Tx) error {
		return h.Add(t.Context(), tx, "admin.add", h.ada, "at the machine itself")
	}); err != nil {
		t.Error(err)
	}
	if log, err := h.List(t.Context(), h.ada, 0, 10); err != nil || len(log) != 0 {
		t.Errorf("a person reads %v, %v", log, err)
	}
	if log, err := h.List(t.Context(), h.admin, 0, 10); err != nil || len(log) != 1 || log[0].Actor != uuid.Nil {
		t.Errorf("the log is %+v, %v", log, err)
	}
}

// An act and its entry are one: what is rolled back was never done.
func TestWhatIsNotDoneIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	undone := fault.New(fault.Conflict, "Not after all.")
	err := h.db.AsOwner(t.Context(), h.admin, func(tx pgx.Tx) error {
		if err := h.Add(t.Context(), tx, "token.grant", h.ada, "a present"); err != nil {
			return err
		}
		return undone
	})
	if !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
	if log, err := h.List(t.Context(), h.admin, 0, 10); err != nil || len(log) != 0 {
		t.Errorf("the log is %+v, %v", log, err)
	}
}

func TestReasonsSaySomething(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, reason := range []string{"", "   a   ", strings.Repeat("x", 501)} {
		if _, err := h.Open(t.Context(), h.admin, h.ada, reason); !fault.Is(err, fault.Invalid) {
			t.Errorf("the reason %.10q: %v", reason, err)
		}
	}
}

// Not even whoever owns the tables changes what was written.
func TestTheLogIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.Open(t.Context(), h.admin, h.ada, "a question"); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"", "set local role easel_owner; ", "set local role easel_support; "} {
		for _, sql := range []string{`update easel.audit_entry set reason = 'another'`, `delete from easel.audit_entry`, `truncate easel.audit_entry`} {
			tx, err := h.super.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = tx.Conn().PgConn().Exec(t.Context(), role+sql).ReadAll()
			if err == nil || !strings.Contains(err.Error(), "42501") {
				t.Errorf("%s%s: %v, want a refusal", role, sql, err)
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The people in a list have no faces: the function returns no column that says who they are.
func TestStaffListsHoldNothingPersonal(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	list := func(actor uuid.UUID) (columns []string, n int) {
		t.Helper()
		if err := h.db.AsOwner(t.Context(), actor, func(tx pgx.Tx) error {
			rows, err := tx.Query(t.Context(), `select * from easel.account_staff_list(now() + interval '1 second', 10)`) //nolint:unqueryvet // its columns are what is looked at
			if err != nil {
				return err
			}
			defer rows.Close()
			for _, f := range rows.FieldDescriptions() {
				columns = append(columns, f.Name)
			}
			for rows.Next() {
				n++
			}
			return rows.Err()
		}); err != nil {
			t.Fatal(err)
		}
		return columns, n
	}
	if columns, n := list(h.admin); n != 3 || strings.Join(columns, " ") != "id created_at admin_at suspended_at" {
		t.Errorf("%d lines with %v", n, columns)
	}
	if _, n := list(h.ada); n != 0 {
		t.Errorf("a person sees %d lines", n)
	}
}
