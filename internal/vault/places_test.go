package vault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bucket"
	"easel/internal/bucket/buckettest"
	"easel/internal/fault"
	"easel/internal/postgres/pgtest"
)

// TestEveryPlace stores, reads in whole and in ranges, deletes and sweeps, on every kind of bucket. Where versions are kept, none
// is left.
func TestEveryPlace(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func() bucket.Config{
		"memory":                 func() bucket.Config { return bucket.Config{Address: "mem://"} },
		"a folder":               func() bucket.Config { return bucket.Config{Address: bucket.Folder(filepath.Join(t.TempDir(), "x"))} },
		"S3":                     func() bucket.Config { return buckettest.New(t) },
		"S3 that keeps versions": func() bucket.Config { return buckettest.Versioned(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := at()
			s := &studio{t: t, dir: t.TempDir(), clock: &clock{}, db: pgtest.New(t)}
			s.clock.at.Store(time.Now().Add(-ago).UnixNano())
			config := Config{DataDir: s.dir, Now: s.clock.now, Bucket: place.Address, ID: place.ID, Secret: place.Secret, Client: place.Client}
			var err error
			if s.Vault, err = New(t.Context(), config, s.db, pgtest.Log(t)); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := s.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			livesThere(t, s)
			if place.Client != nil {
				if n := buckettest.Versions(t, place); n != 0 {
					t.Errorf("the server still keeps %d versions", n)
				}
			}
		})
	}
}

func livesThere(t *testing.T, s *studio) {
	ctx, owner := t.Context(), uuid.New()
	var ids []ID
	for _, size := range []int{0, 1, firstPlain + otherPlain, 300_000} {
		data := noise(size)
		id := s.keep(owner, data)
		ids = append(ids, id)
		r, err := s.Open(ctx, owner, id)
		if err != nil {
			t.Fatal(err)
		}
		if size > 0 { // every read would be a request
			err = iotest.TestReader(r, data)
		}
		if err := errors.Join(err, r.Close()); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if size < 1000 {
			continue
		}
		if r, err = s.Open(ctx, owner, id); err != nil {
			t.Fatal(err)
		}
		for ask, want := range map[string][]byte{"bytes=0-0": data[:1], "bytes=65470-65490": data[65470:65491], "bytes=-100": data[size-100:], "bytes=70000-": data[70000:]} {
			req, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
			req.Header.Set("Range", ask)
			http.ServeContent(w, req, "a.bin", time.Time{}, r)
			if w.Code != http.StatusPartialContent || !bytes.Equal(w.Body.Bytes(), want) {
				t.Errorf("range %q of %d bytes: %d, %d bytes", ask, size, w.Code, w.Body.Len())
			}
		}
		r.Close()
	}
	broken := s.reserve(owner, 24*time.Hour)
	if err := s.Write(ctx, owner, broken, io.MultiReader(bytes.NewReader(noise(100_000)), iotest.ErrReader(errEnded))); !errors.Is(err, errEnded) {
		t.Errorf("a broken source: %v", err)
	}
	// Bytes of a program that was killed before it could note them: found by no row.
	if err := s.bucket.Put(ctx, place(ID(uuid.New())), func(w io.Writer) error { _, err := w.Write(noise(100)); return err }); err != nil {
		t.Fatal(err)
	}
	s.as(owner, func(tx pgx.Tx) error { return s.Delete(context.WithoutCancel(ctx), tx, owner, ids[0]) })
	if _, err := s.read(owner, ids[0]); !fault.Is(err, fault.Missing) {
		t.Errorf("a deleted object: %v", err)
	}
	s.as(owner, func(tx pgx.Tx) error { _, err := s.DestroyOwner(context.WithoutCancel(ctx), tx, owner); return err })
	s.sweep()
	if n, err := s.Scrub(ctx); n != 1 || err != nil {
		t.Errorf("scrubbed %d, %v", n, err)
	}
	if page, _, err := s.bucket.ListPage(ctx, []byte("first page"), 10, nil); len(page) != 0 && err == nil {
		t.Errorf("the bucket still holds %d objects", len(page))
	}
}
