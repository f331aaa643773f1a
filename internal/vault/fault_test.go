package vault

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/receipt"
)

var errKilled = errors.New("killed")

// stating is a studio whose deletions are stated, and that can be ended at a step.
func stating(t *testing.T) *studio {
	t.Helper()
	s := newStudio(t)
	log, err := receipt.Open(t.Context(), s.db, filepath.Join(s.dir, "receipt.key"))
	if err != nil {
		t.Fatal(err)
	}
	s.receipts, s.policy = log, receipt.Policy{Studio: "portrait", Version: 1}
	return s
}

// restart is the next start of the program after it was killed.
func (s *studio) restart() {
	s.t.Helper()
	old := s.Vault
	s.Vault = s.open()
	s.receipts, s.policy = old.receipts, old.policy
	s.t.Cleanup(func() { old.Close() })
}

// killAt ends the program the nth time that it comes to a step.
func (s *studio) killAt(step string, nth int32) (came *atomic.Int32) {
	came = new(atomic.Int32)
	s.step = func(at string) error {
		if at == step && came.Add(1) >= nth {
			return errKilled
		}
		return nil
	}
	return came
}

// statements counts what is stated about an object, and checks the whole log.
func (s *studio) statements(ids ...ID) (n int) {
	s.t.Helper()
	ctx := s.t.Context()
	keys, err := s.receipts.Published(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, id := range ids {
		r, err := s.receipts.Find(ctx, uuid.UUID(id))
		if fault.Is(err, fault.Missing) {
			continue
		}
		if err == nil {
			_, err = r.Check(keys)
		}
		if err != nil {
			s.t.Error(err)
		}
		n++
	}
	found, err := receipt.VerifyLog(ctx, s.db, "", nil)
	if err != nil || len(found.Wrong) > 0 || found.Waiting > 0 || found.Statements != n {
		s.t.Errorf("the log: %+v, %v, want %d statements", found, err, n)
	}
	return n
}

// TestKilledWhileSweeping ends the program at every step of a sweep.
func TestKilledWhileSweeping(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for step, nth := range map[string]int32{"keys destroyed": 1, "stated": 1, "committed": 1, "one to remove": 2, "bytes removed": 1, "forgotten": 1} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s, owner := stating(t), uuid.New()
			var over []ID
			for range 3 {
				over = append(over, s.keep(owner, noise(1000)))
			}
			deleted := s.keep(owner, noise(1000))
			s.as(owner, func(tx pgx.Tx) error { return s.Delete(ctx, tx, owner, deleted) })
			s.clock.add(25 * time.Hour)
			living := s.keep(owner, []byte("alive"))
			came := s.killAt(step, nth)
			if _, err := s.Sweep(ctx); !errors.Is(err, errKilled) || came.Load() < nth {
				t.Fatalf("the sweep was not ended there: %v", err)
			}
			s.restart()
			for _, id := range append(over, deleted) {
				if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
					t.Errorf("after the restart an object that is over is read: %v", err)
				}
			}
			s.sweep()
			if objects, keys, files := s.left(owner); objects != 1 || keys != 1 || files != 1 {
				t.Errorf("left: %d rows, %d keys, %d files, want one of each", objects, keys, files)
			}
			if got, err := s.read(owner, living); err != nil || string(got) != "alive" {
				t.Errorf("the living object: %q, %v", got, err)
			}
			if n := s.statements(append(over, deleted, living)...); n != 4 {
				t.Errorf("%d statements, want 4", n)
			}
		})
	}
}

// TestKilledWhileLeaving ends the program at every step of the deletion of an account: it has happened or it has not.
func TestKilledWhileLeaving(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, step := range []string{"objects destroyed", "owner destroyed", "before the commit"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s, owner, other := stating(t), uuid.New(), uuid.New()
			ids := []ID{s.keep(owner, []byte("mine")), s.keep(owner, []byte("mine"))}
			theirs := s.keep(other, []byte("theirs"))
			s.killAt(step, 1)
			err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
				if _, err := s.DestroyOwner(ctx, tx, owner); err != nil {
					return err
				}
				return errKilled
			})
			if !errors.Is(err, errKilled) {
				t.Fatalf("it was not ended there: %v", err)
			}
			s.restart()
			s.sweep()
			for _, id := range ids {
				if got, err := s.read(owner, id); err != nil || string(got) != "mine" {
					t.Errorf("what was not deleted: %q, %v", got, err)
				}
			}
			if n := s.statements(append(ids, ID(owner))...); n != 0 {
				t.Errorf("%d statements about what is still there", n)
			}
			s.as(owner, func(tx pgx.Tx) error { _, err := s.DestroyOwner(ctx, tx, owner); return err })
			s.killAt("one to remove", 1) // right after the commit
			if _, err := s.Sweep(ctx); !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			s.restart()
			for _, id := range ids {
				if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
					t.Errorf("of a deleted account: %v", err)
				}
			}
			s.sweep()
			if objects, keys, files := s.left(owner); objects != 0 || keys != 0 || files != 1 {
				t.Errorf("left: %d rows, %d keys, %d files", objects, keys, files)
			}
			if got, err := s.read(other, theirs); err != nil || !bytes.Equal(got, []byte("theirs")) {
				t.Errorf("somebody else's: %q, %v", got, err)
			}
			if n := s.statements(append(ids, ID(owner))...); n != 3 {
				t.Errorf("%d statements, want two objects' and the account's", n)
			}
		})
	}
}
