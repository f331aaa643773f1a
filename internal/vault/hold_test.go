package vault

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// hold sets one as whoever sits at the machine does, written into the audit log.
func (s *studio) hold(account, object uuid.UUID) (id uuid.UUID) {
	s.t.Helper()
	ctx := context.Background()
	if err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.vault_hold_set($1, $2, 'letter of a court', now() + interval '1 day')`, some(account), some(object)).Scan(&id)
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *studio) lift(id uuid.UUID) {
	s.t.Helper()
	ctx := context.Background()
	if err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.vault_hold_lift($1, 'it is over')`, id)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
}

// A hold keeps key and bytes, in whatever way they should have gone, and makes nothing readable.
func TestAHoldIsTheOnlyException(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, owner, other := newStudio(t), uuid.New(), uuid.New()
	overdue, deleted, free := s.keep(owner, []byte("a")), s.keep(owner, []byte("b")), s.keep(owner, []byte("c"))
	theirs := s.keep(other, []byte("d"))
	holds := []uuid.UUID{s.hold(uuid.Nil, uuid.UUID(overdue)), s.hold(uuid.Nil, uuid.UUID(deleted)), s.hold(other, uuid.Nil)}
	s.as(owner, func(tx pgx.Tx) error { return s.Delete(ctx, tx, owner, deleted) })
	if _, err := s.read(owner, deleted); !fault.Is(err, fault.Missing) {
		t.Errorf("deleted and held: %v", err)
	}
	if err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return s.Delete(ctx, tx, owner, deleted) }); !fault.Is(err, fault.Missing) {
		t.Errorf("deleted twice: %v", err)
	}
	s.clock.add(25 * time.Hour)
	if n := s.sweep(); n != 1 {
		t.Errorf("%d keys were destroyed, want the free one's", n)
	}
	for _, id := range []ID{overdue, deleted, free} {
		if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := s.read(other, theirs); !fault.Is(err, fault.Missing) {
		t.Errorf("an account's: %v", err)
	}
	err := s.db.AsOwner(ctx, other, func(tx pgx.Tx) error { _, err := s.DestroyOwner(ctx, tx, other); return err })
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Of(err).Say, "the law asks") {
		t.Errorf("an account that is held: %v", err)
	}
	s.as(owner, func(tx pgx.Tx) error { _, err := s.DestroyOwner(ctx, tx, owner); return err })
	if objects, keys, _ := s.left(owner); objects != 2 || keys != 2 {
		t.Errorf("of the owner %d rows and %d keys are left, want the two that are held", objects, keys)
	}
	if len(s.files()) != 3 {
		t.Errorf("%d files are left, want 3", len(s.files()))
	}
	state, err := s.State(ctx)
	if err != nil || state.Held != 2 {
		t.Errorf("%d are held, %v", state.Held, err)
	}
	for _, id := range holds {
		s.lift(id)
	}
	if n := s.sweep(); n != 3 {
		t.Errorf("after the holds %d keys were destroyed, want 3", n)
	}
	if objects, keys, files := s.left(owner); objects+keys+files != 0 {
		t.Errorf("left: %d rows, %d keys, %d files", objects, keys, files)
	}
}

func TestHoldsAreForThoseWhoRunThePlace(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStudio(t)
	s.holdMost = 90 * 24 * time.Hour
	somebody, admin := uuid.New(), uuid.New()
	good := Hold{Object: uuid.New(), Reason: "letter of a court", Ends: time.Now().Add(time.Hour)}
	if _, err := s.Hold(ctx, somebody, good); !fault.Is(err, fault.Denied) {
		t.Errorf("set by somebody: %v", err)
	}
	if err := s.Lift(ctx, somebody, s.hold(uuid.New(), uuid.Nil), "it is over"); !fault.Is(err, fault.Denied) {
		t.Errorf("lifted by somebody: %v", err)
	}
	if all, err := s.Holds(ctx, somebody); err != nil || len(all) != 0 {
		t.Errorf("listed to somebody: %v, %v", all, err)
	}
	s.as(admin, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into easel.account_account (id) values ($1)`, admin)
		return err
	})
	if err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.account_raise($1, false)`, admin)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Hold(ctx, admin, good); !fault.Is(err, fault.Missing) {
		t.Errorf("a hold on nothing: %v", err)
	}
	work, one, other := uuid.New(), s.keep(somebody, noise(10)), s.keep(somebody, noise(10))
	id, err := s.Hold(ctx, admin, Hold{Object: work, Reason: good.Reason, Ends: good.Ends}, uuid.UUID(one), uuid.UUID(other))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := s.Holds(ctx, admin); err != nil || len(all) != 2 || all[0].Object != work {
		t.Errorf("of a work with two objects and an account the list says %v, %v", all, err)
	}
	s.clock.add(25 * time.Hour)
	if n := s.sweep(); n != 0 {
		t.Errorf("%d keys of a held work were destroyed", n)
	}
	if err := s.Lift(ctx, admin, id, "it is over"); err != nil {
		t.Fatal(err)
	}
	if err := s.Lift(ctx, admin, id, "it is over"); !fault.Is(err, fault.Missing) {
		t.Errorf("lifted twice: %v", err)
	}
	if n := s.sweep(); n != 2 {
		t.Errorf("after its hold %d keys of the work were destroyed, want 2", n)
	}
	for name, change := range map[string]func(*Hold){
		"both":      func(h *Hold) { h.Account = uuid.New() },
		"neither":   func(h *Hold) { h.Object = uuid.Nil },
		"no reason": func(h *Hold) { h.Reason = " x " },
		"no end":    func(h *Hold) { h.Ends = time.Time{} },
		"too long":  func(h *Hold) { h.Ends = time.Now().AddDate(0, 0, 91) },
	} {
		h := good
		change(&h)
		if _, err := s.Hold(ctx, somebody, h); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
