package bucket_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gocloud.dev/gcerrors"

	"easel/internal/bucket"
	"easel/internal/bucket/buckettest"
)

// places are all kinds of bucket. Each has to do the same.
var places = []struct {
	name string
	at   func(t *testing.T) bucket.Config
}{
	{"memory", func(*testing.T) bucket.Config { return bucket.Config{Address: "mem://"} }},
	{"a folder", func(t *testing.T) bucket.Config {
		return bucket.Config{Address: bucket.Folder(filepath.Join(t.TempDir(), "objects"))}
	}},
	{"S3", func(t *testing.T) bucket.Config { return buckettest.New(t) }},
	{"S3 that keeps versions", func(t *testing.T) bucket.Config { return buckettest.Versioned(t) }},
}

func open(t *testing.T, c bucket.Config) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func put(t *testing.T, b *bucket.Bucket, key string, data []byte) {
	t.Helper()
	if err := b.Put(t.Context(), key, writes(data)); err != nil {
		t.Fatal(err)
	}
}

func writes(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}

func keys(t *testing.T, b *bucket.Bucket) []string { return under(t, b, "") }

// under is every key that begins with a prefix.
func under(t *testing.T, b *bucket.Bucket, prefix string) (all []string) {
	t.Helper()
	err := b.Pages(t.Context(), prefix, func(page []bucket.Entry) error {
		for _, o := range page {
			all = append(all, o.Key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestConformance does the same in every kind of bucket.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, p.at(t))
			if ok, err := b.IsAccessible(t.Context()); !ok || err != nil {
				t.Fatalf("it does not answer: %v", err)
			}
			for name, check := range map[string]func(*testing.T, *bucket.Bucket){
				"what is put is read whole and in parts": wholeAndParts, "nothing is there of what failed": nothingOfFailures,
				"what is replaced or deleted is gone": replacedAndDeleted, "everything is listed": listed,
			} {
				t.Run(name, func(t *testing.T) { check(t, b) })
			}
		})
	}
}

func wholeAndParts(t *testing.T, b *bucket.Bucket) {
	big := make([]byte, 9<<20) // more than one part
	rand.Read(big)
	for _, data := range [][]byte{nil, {7}, big[:100_000], big} {
		key := "ab/whole"
		put(t, b, key, data)
		got, err := b.ReadAll(t.Context(), key)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes come back as %d, %v", len(data), len(got), err)
		}
		for _, at := range []struct{ from, length int64 }{{0, 1}, {1, -1}, {int64(len(data)) / 2, 17}, {int64(len(data)) - 1, -1}} {
			if at.from < 0 || at.from >= int64(len(data)) {
				continue
			}
			r, err := b.NewRangeReader(t.Context(), key, at.from, at.length, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := data[at.from:]
			if at.length >= 0 {
				want = want[:min(at.length, int64(len(want)))]
			}
			got, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, want) || r.Size() != int64(len(data)) {
				t.Errorf("from %d, %d bytes: got %d of %d, %v", at.from, at.length, len(got), r.Size(), err)
			}
		}
	}
	if _, err := b.NewReader(t.Context(), "ab/nothing", nil); gcerrors.Code(err) != gcerrors.NotFound {
		t.Errorf("what is not there: %v", err)
	}
	if err := b.Delete(t.Context(), "ab/whole"); err != nil {
		t.Fatal(err)
	}
}

func nothingOfFailures(t *testing.T, b *bucket.Bucket) {
	broken := errors.New("the source broke")
	half := func(w io.Writer) error {
		w.Write(make([]byte, 9<<20))
		return broken
	}
	if err := b.Put(t.Context(), "cd/half", half); !errors.Is(err, broken) {
		t.Errorf("a broken source: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := b.Put(ctx, "cd/half", func(w io.Writer) error { cancel(); w.Write([]byte("x")); return nil }); err == nil {
		t.Error("put after the end of its context")
	}
	put(t, b, "cd/kept", []byte("before"))
	if err := b.Put(t.Context(), "cd/kept", half); !errors.Is(err, broken) {
		t.Errorf("a broken source: %v", err)
	}
	if got, err := b.ReadAll(t.Context(), "cd/kept"); err != nil || string(got) != "before" {
		t.Errorf("what was there before is %q, %v", got, err)
	}
	if left := keys(t, b); !slices.Equal(left, []string{"cd/kept"}) {
		t.Errorf("there is %v", left)
	}
	if err := b.Delete(t.Context(), "cd/kept"); err != nil {
		t.Fatal(err)
	}
}

func replacedAndDeleted(t *testing.T, b *bucket.Bucket) {
	for _, text := range []string{"one", "two", "three"} {
		put(t, b, "ef/same", []byte(text))
		if got, err := b.ReadAll(t.Context(), "ef/same"); err != nil || string(got) != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
	for range 2 {
		if err := b.Delete(t.Context(), "ef/same"); err != nil {
			t.Errorf("what is deleted twice: %v", err)
		}
	}
	if there, err := b.Exists(t.Context(), "ef/same"); there || err != nil {
		t.Errorf("what was deleted is there: %v", err)
	}
}

func listed(t *testing.T, b *bucket.Bucket) {
	want := []string{"01/a", "01/b", "02/a", "03/a", "ff/z"}
	for _, key := range want {
		put(t, b, key, []byte(key))
	}
	for prefix, want := range map[string][]string{"": want, "0": want[:4], "01/": want[:2], "01/b": want[1:2], "04/": nil, "zz": nil} {
		got := under(t, b, prefix)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("below %q listed %v", prefix, got)
		}
	}
	for _, key := range want {
		if err := b.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
}

// Where the server keeps versions, nothing is left of what was replaced and deleted: neither hidden versions nor marks.
func TestEveryVersionIsDeleted(t *testing.T) {
	t.Parallel()
	c := buckettest.Versioned(t)
	b := open(t, c)
	for _, text := range []string{"one", "two", "three"} {
		put(t, b, "aa/x", []byte(text))
	}
	if n := buckettest.Versions(t, c); n != 1 {
		t.Errorf("after two replacements there are %d versions, want the newest", n)
	}
	put(t, b, "aa/x-is-longer", []byte("another object whose name begins alike"))
	if err := b.Bucket.Delete(t.Context(), "aa/x"); err != nil { // as somebody else would
		t.Fatal(err)
	}
	if n := buckettest.Versions(t, c); n != 3 {
		t.Fatalf("an ordinary deletion hides: %d versions and marks, want 3", n)
	}
	if err := b.Delete(t.Context(), "aa/x"); err != nil {
		t.Fatal(err)
	}
	if n := buckettest.Versions(t, c); n != 1 {
		t.Errorf("after the deletion there are %d versions and marks, want the other object's", n)
	}
	if got, err := b.ReadAll(t.Context(), "aa/x-is-longer"); err != nil || !strings.HasPrefix(string(got), "another") {
		t.Errorf("the other object is %q, %v", got, err)
	}
}

// A name that a backup holds, and that somebody has changed there, leads nowhere outside the folder.
func TestNothingIsPutOutsideTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, bucket.Config{Address: bucket.Folder(filepath.Join(dir, "objects"))})
	for _, key := range []string{"../outside", "ab/../../outside", "/outside", ""} {
		err := b.Put(t.Context(), key, func(w io.Writer) error { _, err := w.Write([]byte("x")); return err })
		if err == nil {
			t.Errorf("%q was stored", key)
		}
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("beside the folder there is %v, %v", all, err)
	}
}

// A file that is there is whole; what a killed program leaves carries another name.
func TestAFolderHoldsWholeFilesOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "objects")
	b := open(t, bucket.Config{Address: bucket.Folder(dir)})
	err := b.Put(t.Context(), "ab/x", func(w io.Writer) error {
		w.Write([]byte("half"))
		for _, key := range keys(t, b) {
			if key == "ab/x" || !strings.HasPrefix(key, "ab/x.") {
				t.Errorf("while it is written there is %s", key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		info, e := os.Stat(path)
		if err = errors.Join(err, e); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Parts of an upload that a killed program began are found, although no list shows them.
func TestUnfinishedUploads(t *testing.T) {
	t.Parallel()
	b := open(t, buckettest.New(t))
	buckettest.Begin(t, b, "aa/begun")
	if n, err := b.Unfinished(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("of uploads at work %d were removed, %v", n, err)
	}
	if n, err := b.Unfinished(t.Context(), time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("%d were removed, %v", n, err)
	}
	if n, err := b.Unfinished(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("again %d were removed, %v", n, err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, port := range map[string]string{
		"mem://": "", "file:///var/lib": "", "s3://b?endpoint=https://s3.example.org": "s3.example.org:443", "s3://b?endpoint=http://10.0.0.7&region=eu": "10.0.0.7:80",
		"s3://b?endpoint=http://127.0.0.1:9000": "127.0.0.1:9000",
	} {
		c := bucket.Config{Address: address}
		if err := c.Check(); err != nil || c.Port() != port {
			t.Errorf("%s: %q, %v", address, c.Port(), err)
		}
	}
	for _, address := range []string{
		"", ":", "file://relative", "ftp://x", "s3://b", "s3://?endpoint=https://x", "s3://b?endpoint=x", "s3://b?endpoint=https://x&regoin=y", "s3://b/sub?endpoint=https://x",
		"s3://id:secret@b?endpoint=https://x", "s3://b?endpoint=https://id:secret@x", "s3://b?endpoint=ftp://x", "s3://b?endpoint=https://x/path",
	} {
		if err := (bucket.Config{Address: address}).Check(); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
	whole := bucket.Config{Address: "s3://b?endpoint=https://127.0.0.1:1", ID: "id", Secret: "secret", Client: http.DefaultClient}
	for what, spoil := range map[string]func(c *bucket.Config){
		"without a way out": func(c *bucket.Config) { c.Client = nil }, "without an id": func(c *bucket.Config) { c.ID = "" }, "without a secret": func(c *bucket.Config) { c.Secret = "" },
	} {
		c := whole
		spoil(&c)
		if _, err := bucket.Open(t.Context(), c); err == nil {
			t.Errorf("opened %s", what)
		}
	}
}

// A wrong key is told at the start, and the error says nothing of the right one.
func TestAWrongAccessKey(t *testing.T) {
	t.Parallel()
	c := buckettest.New(t)
	c.Secret = "not the one"
	_, err := bucket.Open(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "check that it is there and what the access key may do") || strings.Contains(err.Error(), c.Secret) {
		t.Errorf("got %v", err)
	}
}
