package vault

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// TestCrashes ends a program after each step of an object's life and expects the sweep to leave nothing of it.
func TestCrashes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, life := range map[string]func(s *studio, owner uuid.UUID) (keys int){
		"reserved": func(s *studio, owner uuid.UUID) int { s.reserve(owner, 24*time.Hour); return 1 },
		"bytes written, not noted": func(s *studio, owner uuid.UUID) int {
			id := s.reserve(owner, 24*time.Hour)
			o, err := s.find(ctx, owner, id)
			if err == nil {
				_, _, err = s.put(ctx, o, id, bytes.NewReader(noise(1000)))
			}
			if err != nil {
				t.Error(err)
			}
			return 1
		},
		"written": func(s *studio, owner uuid.UUID) int {
			id := s.reserve(owner, 24*time.Hour)
			if err := s.Write(ctx, owner, id, bytes.NewReader(noise(1000))); err != nil {
				t.Error(err)
			}
			return 1
		},
		"published": func(s *studio, owner uuid.UUID) int { s.keep(owner, noise(1000)); return 1 },
		"deleted": func(s *studio, owner uuid.UUID) int {
			id := s.keep(owner, noise(1000))
			s.as(owner, func(tx pgx.Tx) error { return s.Delete(ctx, tx, owner, id) })
			if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
				t.Errorf("a deleted object: %v", err)
			}
			return 0
		},
		"owner gone": func(s *studio, owner uuid.UUID) int {
			s.keep(owner, noise(1000))
			s.reserve(owner, 24*time.Hour)
			s.as(owner, func(tx pgx.Tx) error {
				n, err := s.DestroyOwner(ctx, tx, owner)
				if n != 2 {
					t.Errorf("destroying an owner of 2 objects destroyed %d", n)
				}
				return err
			})
			return 0
		},
		"keys destroyed, bytes not": func(s *studio, owner uuid.UUID) int {
			s.keep(owner, noise(1000))
			if err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `select easel.vault_expire()`)
				return err
			}); err != nil {
				t.Error(err)
			}
			return 0
		},
		"bytes removed, row not": func(s *studio, owner uuid.UUID) int {
			id := s.keep(owner, noise(1000))
			if err := s.remove(ctx, id); err != nil {
				t.Error(err)
			}
			return 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, owner := newStudio(t), uuid.New()
			keys := life(s, owner)
			s.clock.add(ago) // all of it is over by now
			if n := s.sweep(); n != keys {
				t.Errorf("the sweep destroyed %d keys, want %d", n, keys)
			}
			if objects, keys, files := s.left(owner); objects+keys+files != 0 {
				t.Errorf("left: %d rows, %d keys, %d files", objects, keys, files)
			}
		})
	}
}

func TestSweepLeavesTheLiving(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	s.keep(owner, noise(10))
	s.clock.add(ago) // now it is as late as it is
	id, pending := s.keep(owner, []byte("alive")), s.reserve(owner, time.Hour)
	if n := s.sweep(); n != 1 {
		t.Errorf("the sweep destroyed %d keys, want the one of the overdue object", n)
	}
	if got, err := s.read(owner, id); err != nil || string(got) != "alive" {
		t.Errorf("the living object: %q, %v", got, err)
	}
	if err := s.Write(context.Background(), owner, pending, strings.NewReader("x")); err != nil {
		t.Errorf("the object that is being made: %v", err)
	}
	if n, err := s.Scrub(context.Background()); n != 0 || err != nil {
		t.Errorf("scrubbed %d, %v", n, err)
	}
	if objects, keys, files := s.left(owner); objects != 2 || keys != 2 || files != 2 {
		t.Errorf("left: %d rows, %d keys, %d files, want 2 of each", objects, keys, files)
	}
}

// TestSweepSurvivesStorageErrors makes one of many objects impossible to remove.
func TestSweepSurvivesStorageErrors(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	var stuck string
	for i := range 5 {
		id := s.keep(owner, noise(10))
		if i == 2 {
			stuck = filepath.Join(s.dir, "objects", filepath.FromSlash(place(id)))
		}
	}
	if err := os.Remove(stuck); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(stuck, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.clock.add(ago)
	n, err := s.Sweep(context.Background())
	if n != 5 || err == nil || !strings.Contains(err.Error(), "1 objects without a key keep their bytes") {
		t.Errorf("the sweep says %d, %v", n, err)
	}
	if objects, keys, files := s.left(owner); objects != 1 || keys != 0 || files != 1 {
		t.Errorf("left: %d rows, %d keys, %d files, want 1, 0, 1", objects, keys, files)
	}
	if err := os.RemoveAll(stuck); err != nil {
		t.Fatal(err)
	}
	if n := s.sweep(); n != 0 {
		t.Errorf("the second sweep destroyed %d keys", n)
	}
	if objects, _, _ := s.left(owner); objects != 0 {
		t.Errorf("left: %d rows", objects)
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	s.clock.add(ago)
	id := s.keep(owner, noise(10))
	write := func(name string, age time.Duration) string {
		path := filepath.Join(s.dir, "objects", filepath.FromSlash(name))
		at := time.Now().Add(-age)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, noise(10), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	orphan := write(place(ID(uuid.New())), 0)
	interrupted := write(place(id)+".18f.tmp", 2*time.Hour)
	beingWritten := write(place(id)+".190.tmp", time.Minute)
	notOurs := write("README", 100*time.Hour)
	if n, err := s.Scrub(context.Background()); n != 2 || err != nil {
		t.Errorf("scrubbed %d, %v; want 2", n, err)
	}
	for path, want := range map[string]bool{orphan: false, interrupted: false, beingWritten: true, notOurs: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", path, err == nil, want)
		}
	}
	if _, err := s.read(owner, id); err != nil {
		t.Error(err)
	}
}

func TestReaper(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	s.keep(owner, noise(10))
	s.clock.add(ago)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- (&Reaper{Vault: s.Vault, Every: time.Millisecond, Log: s.log}).Run(ctx) }()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if objects, keys, files := s.left(owner); objects+keys+files == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Error("the reaper removed nothing")
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
