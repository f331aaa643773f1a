package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gocloud.dev/secrets/localsecrets"

	"easel/internal/fault"
	"easel/internal/postgres/pgtest"
)

var errEnded = errors.New("the program ends here")

// endAt makes the vault end at its nth step.
func endAt(v *Vault, n int) *int {
	done := 0
	v.step = func(string) error {
		if done++; done == n {
			return errEnded
		}
		return nil
	}
	return &done
}

// holding is what some owners have stored.
type holding map[uuid.UUID]struct {
	id   ID
	data []byte
	name []byte // sealed
}

func (s *studio) people(n int) holding {
	h := holding{}
	for range n {
		owner, data := uuid.New(), noise(1000)
		one := h[owner]
		one.id, one.data = s.keep(owner, data), data
		s.as(owner, func(tx pgx.Tx) (err error) {
			one.name, err = s.SealText(context.Background(), tx, owner, "a name")
			return err
		})
		h[owner] = one
	}
	return h
}

// whole reads everything through a vault.
func (h holding) whole(t *testing.T, v *Vault, when string) {
	t.Helper()
	s := &studio{Vault: v, t: t, db: v.db}
	for owner, one := range h {
		if got, err := s.read(owner, one.id); err != nil || !bytes.Equal(got, one.data) {
			t.Errorf("%s: an object comes back as %d bytes, %v", when, len(got), err)
		}
		s.as(owner, func(tx pgx.Tx) error {
			if text, err := v.OpenText(context.Background(), tx, owner, one.name); err != nil || text != "a name" {
				t.Errorf("%s: a name comes back as %q, %v", when, text, err)
			}
			return nil
		})
	}
}

// TestEndedWhileChangingTheKey ends the program between any two steps of a change of the server's key. Whatever was sealed can
// be read then, by a program that starts anew and by one that runs all the time; and the next call finishes the change.
func TestEndedWhileChangingTheKey(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStudio(t)
	running := s.open() // another process, which is told nothing
	defer running.Close()
	h := s.people(3)
	digest := s.Digest("mail", "ada@example.com")
	path := filepath.Join(s.dir, "vault.key")
	for n := 1; ; n++ {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v := s.open()
		steps := endAt(v, n)
		_, err = v.Rotate(ctx, func(int) {})
		v.Close()
		if *steps < n {
			if err != nil || n < 7 {
				t.Fatalf("a change of %d steps: %v", *steps, err)
			}
			break
		}
		if !errors.Is(err, errEnded) {
			t.Fatalf("step %d: %v", n, err)
		}
		again := s.open()
		h.whole(t, again, "begun again")
		h.whole(t, running, "running")
		for owner, one := range s.people(1) { // somebody new comes meanwhile
			h[owner] = one
		}
		if _, err := again.Rotate(ctx, func(int) {}); err != nil {
			t.Fatalf("finished after step %d: %v", n, err)
		}
		again.Close()
		if after, err := os.ReadFile(path); err != nil || bytes.Equal(before, after) {
			t.Fatalf("the key is the old one, %v", err)
		}
		if err := os.Remove(path + oldKey); err != nil { // nothing needs it
			t.Error(err)
		}
		last := s.open()
		h.whole(t, last, "without the old key")
		if !bytes.Equal(digest, last.Digest("mail", "ada@example.com")) {
			t.Error("texts are not found any more")
		}
		if all, err := last.records(ctx); err != nil || len(all) != 1 {
			t.Errorf("the database knows %d keys, %v", len(all), err)
		}
		last.Close()
	}
	if left, _ := filepath.Glob(path + "*"); len(left) != 2 {
		t.Errorf("there are %v, want the key and the old one", left)
	}
}

// While the key is being changed, others read and store as before, also those who come new.
func TestReadingWhileTheKeyChanges(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	h := s.people(rewrapped + 20)
	running := s.open()
	defer running.Close()
	stop := make(chan struct{})
	var others sync.WaitGroup
	rounds := 0
	others.Go(func() {
		come := &studio{Vault: running, t: t, clock: s.clock, db: s.db}
		for ; ; rounds++ {
			select {
			case <-stop:
				return
			default:
			}
			for owner, one := range h {
				if got, err := come.read(owner, one.id); err != nil || !bytes.Equal(got, one.data) {
					t.Errorf("an object comes back as %d bytes, %v", len(got), err)
				}
				break // any one
			}
			come.people(1).whole(t, running, "come meanwhile")
		}
	})
	for range 3 {
		r, err := s.Rotate(t.Context(), func(int) {})
		if err != nil || r.Owners < len(h) || r.To != r.From+1 || r.Old == "" {
			t.Errorf("%+v, %v", r, err)
		}
	}
	close(stop)
	others.Wait()
	if rounds == 0 {
		t.Error("nobody read meanwhile")
	}
	last := s.open()
	defer last.Close()
	h.whole(t, last, "afterwards")
}

// A key that is still needed is missed at the start, with a sentence; and a stranger's owner key stays what it is.
func TestTheOldKeyIsNeededUntilTheEnd(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStudio(t)
	h := s.people(2)
	endAt(s.Vault, 2) // the next key is noted, nothing is wrapped again
	if _, err := s.Rotate(ctx, func(int) {}); !errors.Is(err, errEnded) {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, "vault.key")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := New(ctx, Config{DataDir: s.dir, Now: s.clock.now}, s.db, pgtest.Log(t)); err == nil {
		t.Error("started without a key that is needed")
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	v := s.open()
	defer v.Close()
	h.whole(t, v, "put back")
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from easel.vault_server where id = 0`)
		return err
	})
	if err == nil {
		t.Error("the database gave up a key that is used")
	}
}

// The server's key may be sealed by a service instead of lying in a file; going over to one is a change of the key.
func TestAKeyManagementService(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	secret, err := localsecrets.NewRandomKey()
	if err != nil {
		t.Fatal(err)
	}
	keeper := localsecrets.NewKeeper(secret)
	defer keeper.Close()
	s := newStudio(t)
	h := s.people(2)
	with := func(k Keeper) (*Vault, error) {
		return New(ctx, Config{DataDir: s.dir, Now: s.clock.now, Keeper: k}, s.db, pgtest.Log(t))
	}
	v, err := with(keeper)
	if err != nil {
		t.Fatal(err)
	}
	h.whole(t, v, "with the service, and the key still in its file")
	for range 2 {
		if _, err := v.Rotate(ctx, func(int) {}); err != nil {
			t.Fatal(err)
		}
	}
	v.Close()
	for _, name := range []string{"", nextKey, oldKey} {
		os.Remove(filepath.Join(s.dir, "vault.key"+name))
	}
	if v, err = with(keeper); err != nil {
		t.Fatal(err)
	}
	h.whole(t, v, "with the service alone")
	v.Close()
	if _, err := with(nil); err == nil {
		t.Error("opened without the service")
	}
	if secret, err = localsecrets.NewRandomKey(); err != nil {
		t.Fatal(err)
	}
	other := localsecrets.NewKeeper(secret)
	defer other.Close()
	if _, err := with(other); err == nil {
		t.Error("opened with another service")
	}
}

// TestEndedWhileStoringAndReading ends the program at any step of storing. Afterwards there is the whole object or none that
// can be read, and the sweep leaves nothing of what was not finished.
func TestEndedWhileStoringAndReading(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStudio(t)
	for n := 1; ; n++ {
		owner, data := uuid.New(), noise(100_000)
		id := s.reserve(owner, ago+time.Hour)
		steps := endAt(s.Vault, n)
		err := s.Write(ctx, owner, id, bytes.NewReader(data))
		s.step = nil
		if *steps < n {
			if err != nil || n < 3 {
				t.Fatalf("storing has %d steps: %v", *steps, err)
			}
			break
		}
		if !errors.Is(err, errEnded) {
			t.Fatalf("step %d: %v", n, err)
		}
		if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
			t.Errorf("step %d: what was not published is read: %v", n, err)
		}
		s.as(owner, func(tx pgx.Tx) error { return s.Abandon(ctx, tx, owner, id) })
		s.sweep()
		if _, err := s.Scrub(ctx); err != nil {
			t.Fatal(err)
		}
		if _, keys, files := s.left(owner); keys != 0 || files != 0 {
			t.Errorf("step %d leaves %d keys and %d files", n, keys, files)
		}
	}
}

// Who has chosen a key to wrap another one under is waited for, before that key is retired.
func TestAKeyThatWasChosenIsNotRetired(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	ctx := context.Background()
	rotated := make(chan error, 1)
	s.as(owner, func(tx pgx.Tx) error {
		if _, _, err := s.server.newest(ctx, tx); err != nil {
			return err
		}
		go func() {
			_, err := s.Rotate(ctx, func(int) {})
			rotated <- err
		}()
		select {
		case err := <-rotated:
			t.Errorf("the key was retired meanwhile: %v", err)
			rotated <- err
		case <-time.After(200 * time.Millisecond): // enough for all of it
		}
		_, err := s.SealText(ctx, tx, owner, "a name") // keeps the owner's key
		return err
	})
	if err := <-rotated; err != nil {
		t.Fatal(err)
	}
}

// Between reading what a key has wrapped and looking for the key the key may have been retired: then it was wrapped again.
func TestAKeyThatIsRetiredMeanwhile(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	s.keep(owner, noise(10))
	ctx, tries := t.Context(), 0
	s.as(owner, func(tx pgx.Tx) error {
		var now []byte
		if err := tx.QueryRow(ctx, `select wrapped from keys.vault_owner where owner = $1`, owner).Scan(&now); err != nil {
			return err
		}
		before := bytes.Clone(now)
		before[1] = 99 // of a key that nobody knows
		read := func(all ...[]byte) func() ([]byte, error) {
			tries = 0
			return func() ([]byte, error) { tries++; return all[min(tries, len(all))-1], nil }
		}
		if _, err := s.server.reopen(ctx, tx, forOwner(owner), read(before, now)); err != nil || tries != 2 {
			t.Errorf("wrapped again meanwhile: %v after %d tries", err, tries)
		}
		if _, err := s.server.reopen(ctx, tx, forOwner(owner), read(before)); !errors.Is(err, errDamaged) || tries != 2 {
			t.Errorf("of a key that nobody knows: %v after %d tries", err, tries)
		}
		return nil
	})
}
