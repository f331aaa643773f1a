package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// clock is set by tests. It runs behind the database's, so that what is over for the one is over for the other.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time      { return time.Unix(0, c.at.Load()) }
func (c *clock) add(d time.Duration) { c.at.Add(int64(d)) }

// studio is a vault in a folder, with a clock of its own.
type studio struct {
	*Vault
	t     *testing.T
	dir   string
	clock *clock
	db    *postgres.DB
}

// ago is how far the clock of a new studio runs behind.
const ago = 48 * time.Hour

func newStudio(t *testing.T) *studio {
	t.Helper()
	s := &studio{t: t, dir: t.TempDir(), clock: &clock{}, db: pgtest.New(t)}
	s.clock.at.Store(time.Now().Add(-ago).UnixNano())
	s.Vault = s.open()
	t.Cleanup(func() { s.Close() })
	return s
}

func (s *studio) open() *Vault {
	s.t.Helper()
	v, err := New(context.Background(), Config{DataDir: s.dir, Now: s.clock.now}, s.db, pgtest.Log(s.t))
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *studio) as(owner uuid.UUID, fn func(tx pgx.Tx) error) {
	s.t.Helper()
	if err := s.db.AsOwner(context.Background(), owner, fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *studio) reserve(owner uuid.UUID, keep time.Duration) (id ID) {
	s.t.Helper()
	s.as(owner, func(tx pgx.Tx) (err error) {
		id, err = s.Reserve(context.Background(), tx, owner, s.policy, "upload", s.clock.now().Add(keep))
		return err
	})
	return id
}

// keep stores bytes for a day.
func (s *studio) keep(owner uuid.UUID, data []byte) ID {
	s.t.Helper()
	id := s.reserve(owner, 24*time.Hour)
	if err := s.Write(context.Background(), owner, id, bytes.NewReader(data)); err != nil {
		s.t.Fatal(err)
	}
	s.as(owner, func(tx pgx.Tx) error { return s.Publish(context.Background(), tx, owner, id) })
	return id
}

func (s *studio) read(owner uuid.UUID, id ID) ([]byte, error) {
	r, err := s.Open(context.Background(), owner, id)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

func (s *studio) sweep() int {
	s.t.Helper()
	n, err := s.Sweep(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// left counts what there still is: rows of the owner, keys, and files of bytes.
func (s *studio) left(owner uuid.UUID) (objects, keys, files int) {
	s.t.Helper()
	s.as(owner, func(tx pgx.Tx) error {
		return tx.QueryRow(context.Background(), `select (select count(*) from easel.vault_object), (select count(*) from keys.vault_object)`).
			Scan(&objects, &keys)
	})
	return objects, keys, len(s.files())
}

func (s *studio) files() []string {
	found, err := filepath.Glob(filepath.Join(s.dir, "objects", "*", "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

func noise(n int) []byte {
	data := make([]byte, n)
	rand.Read(data)
	return data
}

// sizes are those at which segments begin, end and fit exactly.
var sizes = []int{0, 1, 100, firstPlain - 1, firstPlain, firstPlain + 1, firstPlain + otherPlain - 1, firstPlain + otherPlain,
	firstPlain + otherPlain + 1, firstPlain + 3*otherPlain, 300_000}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	for _, size := range sizes {
		data := noise(size)
		id := s.keep(owner, data)
		got, err := s.read(owner, id)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes come back as %d, %v", size, len(got), err)
		}
		r, err := s.Open(context.Background(), owner, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, data); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		r.Close()
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	data := noise(200_000)
	id := s.keep(owner, data)
	r, err := s.Open(context.Background(), owner, id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, c := range []struct{ ask, want string }{
		{"", string(data)}, {"bytes=0-0", string(data[:1])}, {"bytes=65470-65490", string(data[65470:65491])}, {"bytes=-100", string(data[len(data)-100:])},
	} {
		req, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		if c.ask != "" {
			req.Header.Set("Range", c.ask)
		}
		http.ServeContent(w, req, "a.bin", time.Time{}, r)
		if w.Body.String() != c.want {
			t.Errorf("range %q gives %d bytes, want %d", c.ask, w.Body.Len(), len(c.want))
		}
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("a position before the beginning was taken")
	}
}

func TestNobodyElse(t *testing.T) {
	t.Parallel()
	s, owner, other := newStudio(t), uuid.New(), uuid.New()
	ctx := context.Background()
	id := s.keep(owner, []byte("a photo"))
	s.keep(other, []byte("another"))
	if _, err := s.read(other, id); !fault.Is(err, fault.Missing) {
		t.Errorf("another owner reads: %v", err)
	}
	if err := s.Write(ctx, other, id, strings.NewReader("x")); !fault.Is(err, fault.Missing) {
		t.Errorf("another owner writes: %v", err)
	}
	for name, do := range map[string]func(tx pgx.Tx) error{
		"deletes":                     func(tx pgx.Tx) error { return s.Delete(ctx, tx, other, id) },
		"publishes":                   func(tx pgx.Tx) error { return s.Publish(ctx, tx, other, id) },
		"deletes in the owner's name": func(tx pgx.Tx) error { return s.Delete(ctx, tx, owner, id) },
	} {
		if err := s.db.AsOwner(ctx, other, do); !fault.Is(err, fault.Missing) {
			t.Errorf("another owner %s: %v", name, err)
		}
	}
	if err := s.db.AsOwner(ctx, other, func(tx pgx.Tx) error {
		_, err := s.Reserve(ctx, tx, owner, s.policy, "upload", s.clock.now().Add(time.Hour))
		return err
	}); err == nil {
		t.Error("another owner reserved in the owner's name")
	}
	if got, err := s.read(owner, id); err != nil || string(got) != "a photo" {
		t.Errorf("after all that the owner reads %q, %v", got, err)
	}
}

func TestOrderOfStoring(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	ctx := context.Background()
	id := s.reserve(owner, time.Hour)
	publish := func() error {
		return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return s.Publish(ctx, tx, owner, id) })
	}
	if err := publish(); !fault.Is(err, fault.Missing) {
		t.Errorf("published before it was written: %v", err)
	}
	broken := errors.New("the connection broke")
	if err := s.Write(ctx, owner, id, io.MultiReader(bytes.NewReader(noise(100_000)), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("a broken source: %v", err)
	}
	if files := s.files(); len(files) != 0 {
		t.Errorf("a broken source left %v", files)
	}
	if err := s.Write(ctx, owner, id, strings.NewReader("once")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
		t.Errorf("read before it was published: %v", err)
	}
	if err := s.Write(ctx, owner, id, strings.NewReader("twice")); !fault.Is(err, fault.Conflict) {
		t.Errorf("written twice: %v", err)
	}
	if err := publish(); err != nil {
		t.Fatal(err)
	}
	if err := publish(); !fault.Is(err, fault.Missing) {
		t.Errorf("published twice: %v", err)
	}
	if err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		_, err := s.Reserve(ctx, tx, owner, s.policy, "upload", s.clock.now())
		return err
	}); !fault.Is(err, fault.Missing) {
		t.Errorf("reserved when its time is over already: %v", err)
	}
}

// A full disk is not our mistake: whoever brings a photo is told to come again, and nothing is kept.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	id := s.reserve(owner, time.Hour)
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	err := s.Write(context.Background(), owner, id, io.MultiReader(bytes.NewReader(noise(100_000)), iotest.ErrReader(full)))
	if f := fault.Of(err); f.Kind != fault.Busy || !errors.Is(err, syscall.ENOSPC) || strings.Contains(f.Say, "write") {
		t.Errorf("got %v", err)
	}
	if files := s.files(); len(files) != 0 {
		t.Errorf("a full disk left %v", files)
	}
}

// What was never published can be taken back at once; what was stays.
func TestAbandon(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	ctx := context.Background()
	kept, begun, strange := s.reserve(owner, ago+time.Hour), s.reserve(owner, ago+time.Hour), s.reserve(uuid.New(), time.Hour)
	for _, id := range []ID{kept, begun} {
		if err := s.Write(ctx, owner, id, strings.NewReader("bytes")); err != nil {
			t.Fatal(err)
		}
	}
	s.as(owner, func(tx pgx.Tx) error { return s.Publish(ctx, tx, owner, kept) })
	s.as(owner, func(tx pgx.Tx) error { return s.Abandon(ctx, tx, owner, kept, begun, strange) })
	if _, err := s.read(owner, kept); err != nil {
		t.Errorf("a published object was taken back: %v", err)
	}
	var left int
	s.as(owner, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from keys.vault_object`).Scan(&left)
	})
	if left != 1 {
		t.Errorf("%d keys are left, want the published object's", left)
	}
	if _, err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if files := s.files(); len(files) != 1 {
		t.Errorf("the bucket holds %v", files)
	}
}

// TestDamage changes and cuts what is in the bucket.
func TestDamage(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	id := s.keep(owner, noise(firstPlain+otherPlain+10))
	other := s.keep(owner, noise(firstPlain+otherPlain+10))
	file := filepath.Join(s.dir, "objects", filepath.FromSlash(place(id)))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	swapped, err := os.ReadFile(filepath.Join(s.dir, "objects", filepath.FromSlash(place(other))))
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	for name, data := range map[string][]byte{
		"form": flip(0), "key number": flip(1), "header": flip(2), "salt": flip(5), "prefix": flip(front + header - 1),
		"first byte": flip(bothHeaders), "first tag": flip(front + segment - 1), "second segment": flip(front + segment), "last byte": flip(len(whole) - 1),
		"cut by one": whole[:len(whole)-1], "cut at a segment": whole[:front+segment], "cut in the header": whole[:20], "empty": nil,
		"longer": append(bytes.Clone(whole), 0), "segments swapped": append(append(bytes.Clone(whole[:front+segment]), whole[front+segment:front+2*segment]...), whole[front+segment:]...),
		"of another object": swapped,
	} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := s.read(owner, id); !errors.Is(err, errDamaged) {
			t.Errorf("%s: %d bytes and %v, want a refusal", name, len(got), err)
		}
	}
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.read(owner, id); err != nil {
		t.Errorf("the whole one: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := s.read(owner, id); !fault.Is(err, fault.Missing) {
		t.Errorf("no bytes at all: %v", err)
	}
}

func TestDeadlineAtReading(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	ctx := context.Background()
	id := s.keep(owner, noise(200_000))
	r, err := s.Open(ctx, owner, id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	s.clock.add(24*time.Hour - time.Millisecond) // the database keeps microseconds
	if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
		t.Errorf("just before the deadline: %v", err)
	}
	s.clock.add(time.Millisecond)
	if n, err := r.Read(make([]byte, 10)); n != 0 || !fault.Is(err, fault.Missing) {
		t.Errorf("at the deadline an open reader gives %d bytes, %v", n, err)
	}
	if _, err := s.Open(ctx, owner, id); !fault.Is(err, fault.Missing) {
		t.Errorf("at the deadline: %v", err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	s, owner, other := newStudio(t), uuid.New(), uuid.New()
	ctx := context.Background()
	var sealed []byte
	s.as(owner, func(tx pgx.Tx) (err error) {
		sealed, err = s.SealText(ctx, tx, owner, "Grandmother, 1962")
		return err
	})
	if bytes.Contains(sealed, []byte("mother")) {
		t.Error("the name can be read")
	}
	open := func(who uuid.UUID) (text string, err error) {
		err = s.db.AsOwner(ctx, who, func(tx pgx.Tx) error {
			text, err = s.OpenText(ctx, tx, who, sealed)
			return err
		})
		return text, err
	}
	if text, err := open(owner); err != nil || text != "Grandmother, 1962" {
		t.Errorf("the name comes back as %q, %v", text, err)
	}
	s.keep(other, nil)
	if _, err := open(other); !errors.Is(err, errDamaged) {
		t.Errorf("another owner opens the name: %v", err)
	}
	s.as(owner, func(tx pgx.Tx) error { _, err := s.DestroyOwner(ctx, tx, owner); return err })
	if _, err := open(owner); !fault.Is(err, fault.Missing) {
		t.Errorf("the owner's key is destroyed: %v", err)
	}
}

// TestNothingInClear looks for the plain bytes in everything below the data folder, also when the photo is big.
func TestNothingInClear(t *testing.T) {
	t.Parallel()
	s, owner := newStudio(t), uuid.New()
	mark := []byte("this sentence is in the photo")
	s.keep(owner, bytes.Repeat(mark, 10_000))
	seen := 0
	err := filepath.Walk(s.dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		seen += len(data)
		if bytes.Contains(data, mark[:12]) {
			t.Errorf("%s holds plain bytes", path)
		}
		return err
	})
	if err != nil || seen < 10_000*len(mark) {
		t.Errorf("looked at %d bytes, %v", seen, err)
	}
	info, err := os.Stat(filepath.Join(s.dir, "vault.key"))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Errorf("the server's key: %v, %v", info, err)
	}
}

func TestMemoryBucket(t *testing.T) {
	t.Parallel()
	v, err := New(context.Background(), Config{DataDir: t.TempDir(), Bucket: "mem://"}, pgtest.New(t), pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.Ping(context.Background()), v.Close()); err != nil {
		t.Error(err)
	}
	if _, err := v.bucket.Exists(context.Background(), "x"); err == nil {
		t.Error("the bucket is still open")
	}
}
