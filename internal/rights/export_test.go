package rights_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/receipt"
	"easel/internal/rights"
)

func none[T any](context.Context, uuid.UUID, func(T) error) error { return nil }

func one[T any](v T) rights.Each[T] {
	return func(_ context.Context, _ uuid.UUID, tell func(T) error) error { return tell(v) }
}

// nothing is what there is about somebody who has done nothing.
func nothing() rights.Sources {
	return rights.Sources{
		Profile: func(_ context.Context, owner uuid.UUID) (rights.Profile, error) {
			return rights.Profile{ID: owner, Mail: "ana@example.com", Created: time.Now().UTC()}, nil
		},
		Works: none[rights.Work], Statements: none[rights.Statement], Sessions: none[rights.Session], SignIns: none[rights.SignIn], Ways: none[rights.Way],
		Keys: none[rights.Key], KeyDays: none[rights.KeyDay], Lots: none[rights.Lot], Entries: none[rights.Entry], Orders: none[rights.Order],
		Requests: none[rights.Demanded], Permissions: none[rights.Question], Done: none[rights.StaffAct], Receipts: none[receipt.Receipt], Pictures: none[rights.Picture],
	}
}

func small(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(data []byte) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

// unpacked is an archive's files.
func unpacked(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	return files
}

func TestExportHoldsWhatTheSchemaSays(t *testing.T) {
	t.Parallel()
	s, now, id := nothing(), time.Now(), uuid.New()
	var empty bytes.Buffer
	if err := rights.Export(t.Context(), s, id, now, &empty); err != nil {
		t.Fatal(err)
	}
	valid(t, unpacked(t, empty.Bytes()))
	s.Works = func(_ context.Context, _ uuid.UUID, tell func(rights.Work) error) error {
		for range 3 {
			if err := tell(rights.Work{ID: id, Name: "Grünes \"Haus\"\n", Results: []rights.Portrait{{ID: id, Style: "artistic", State: "done", Created: now.UTC(), Deadline: now.UTC()}}}); err != nil {
				return err
			}
		}
		return nil
	}
	s.Statements, s.Sessions = one(rights.Statement{What: "age", Minimum: 14, At: now.UTC()}), one(rights.Session{ID: id, How: "password"})
	s.SignIns, s.Ways, s.Keys = one(rights.SignIn{Address: "192.0.2.1"}), one(rights.Way{What: "passkey", Used: rights.When(now)}), one(rights.Key{ID: id, Scopes: []string{"read"}})
	s.KeyDays, s.Lots, s.Entries = one(rights.KeyDay{Key: id, Day: "2026-11-22"}), one(rights.Lot{ID: id, Kind: "welcome"}), one(rights.Entry{What: "spent", Run: &id})
	s.Orders, s.Requests = one(rights.Order{ID: id, Provider: []string{"cs_1"}}), one(rights.Demanded{ID: id, Steps: []rights.DemandedStep{{What: "received"}}})
	s.Permissions = one(rights.Question{ID: id, Answer: "yes", Answers: []rights.Given{{Answer: rights.Yes, At: now.UTC()}}})
	s.Done = one(rights.StaffAct{At: now.UTC(), What: "support.open", Why: "a letter of yours"})
	entry := receipt.Entry{Number: 1, At: now.UTC(), What: receipt.Sweep, Root: make(receipt.Digest, 32), Before: make(receipt.Digest, 32)}
	s.Receipts = one(receipt.Receipt{Statement: receipt.Statement{Object: id, Kind: "upload", Digest: make(receipt.Digest, 32), Policy: receipt.Policy{Studio: "portrait", Version: 1}, Deleted: now.UTC()},
		Key: "k", Signature: []byte("s"), Proof: &receipt.Proof{Path: []receipt.Digest{make(receipt.Digest, 32)}, Entry: entry}})
	picture := small(t)
	s.Pictures = func(_ context.Context, _ uuid.UUID, tell func(rights.Picture) error) error {
		gone := func(context.Context) (io.ReadCloser, error) { return nil, fault.New(fault.Missing, "It is gone.") }
		return errors.Join(tell(rights.Picture{Name: "pictures/a/photo", Open: opened(picture)}), tell(rights.Picture{Name: "pictures/b/photo", Open: gone}),
			tell(rights.Picture{Name: "pictures/c/photo", Open: opened([]byte("\xff\xd8\xff\xe0 a JPEG"))}))
	}
	var b bytes.Buffer
	if err := rights.Export(t.Context(), s, id, now, &b); err != nil {
		t.Fatal(err)
	}
	files := unpacked(t, b.Bytes())
	valid(t, files)
	if !bytes.Equal(files["pictures/a/photo.png"], picture) || files["pictures/c/photo.jpg"] == nil || !bytes.Equal(files["schema.json"], rights.Schema) {
		t.Errorf("there is %v", keys(files))
	}
	for name := range files {
		if strings.HasPrefix(name, "pictures/b") {
			t.Errorf("%s was gone", name)
		}
		if !strings.HasPrefix(name, "pictures/") && name != "README.txt" && !strings.Contains(string(files["README.txt"]), name) {
			t.Errorf("README.txt does not tell of %s", name)
		}
	}
	if n := strings.Count(string(files["works.json"]), "\n"); n != 5 {
		t.Errorf("three works are on %d lines, want each on its own", n)
	}
}

func keys(files map[string][]byte) (names []string) {
	for name := range files {
		names = append(names, name)
	}
	return names
}

// measured counts what is written and looks at the memory in use now and then.
type measured struct {
	wrote, looked int64
	most          uint64
}

func (m *measured) Write(p []byte) (int, error) {
	m.wrote += int64(len(p))
	if m.wrote-m.looked > 8<<20 {
		m.looked = m.wrote
		m.look()
	}
	return len(p), nil
}

func (m *measured) look() {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	m.most = max(m.most, s.HeapAlloc)
}

// However much there is, little of it is in memory.
func TestExportOfThousandsOfWorks(t *testing.T) { // not in parallel: it looks at the memory of all
	const works, size = 5000, 24 << 10
	s, picture := nothing(), append(small(t), make([]byte, size)...)
	s.Works = func(_ context.Context, _ uuid.UUID, tell func(rights.Work) error) error {
		for i := range works {
			if err := tell(rights.Work{ID: uuid.New(), Name: fmt.Sprint("photo ", i), Results: make([]rights.Portrait, 4)}); err != nil {
				return err
			}
		}
		return nil
	}
	s.Pictures = func(_ context.Context, _ uuid.UUID, tell func(rights.Picture) error) error {
		for i := range works {
			if err := tell(rights.Picture{Name: fmt.Sprint("pictures/", i), Open: opened(picture)}); err != nil {
				return err
			}
		}
		return nil
	}
	m := &measured{}
	m.look()
	before := m.most
	if err := rights.Export(t.Context(), s, uuid.New(), time.Now(), m); err != nil {
		t.Fatal(err)
	}
	grown := int64(m.most) - int64(before)
	t.Logf("%d MB were written with %d kB more memory", m.wrote>>20, grown>>10)
	if m.wrote < works*size || grown > 16<<20 {
		t.Errorf("%d bytes were written, with %d more bytes of memory", m.wrote, grown)
	}
}

// An export that ends before its end is no archive: whether it was called off, broke, or could not be read on.
func TestExportThatEndsEarly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := nothing()
	told := 0
	s.Works = func(ctx context.Context, _ uuid.UUID, tell func(rights.Work) error) error {
		for {
			if told++; told == 10 {
				cancel()
			}
			if err := tell(rights.Work{}); err != nil {
				return err
			}
		}
	}
	var b bytes.Buffer
	if err := rights.Export(ctx, s, uuid.New(), time.Now(), &b); !errors.Is(err, context.Canceled) || told != 10 {
		t.Errorf("called off after %d: %v", told, err)
	}
	if _, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
		t.Error("what was called off is an archive")
	}
	s = nothing()
	s.Pictures = one(rights.Picture{Name: "pictures/a", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, 40<<10)), iotest.ErrReader(errors.New("the disk")))), nil
	}})
	if err := rights.Export(t.Context(), s, uuid.New(), time.Now(), io.Discard); err == nil {
		t.Error("half a picture is in the archive")
	}
}
