package vault

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"easel/internal/postgres/pgtest"
)

func TestSealedForOnePurpose(t *testing.T) {
	t.Parallel()
	k, other := newKey(), newKey()
	sealed := k.seal([]byte("text"), "a")
	if got, err := k.open(sealed, "a"); err != nil || string(got) != "text" {
		t.Fatalf("got %q, %v", got, err)
	}
	if again := k.seal([]byte("text"), "a"); bytes.Equal(again, sealed) {
		t.Error("the same text looks the same when sealed again")
	}
	if _, err := k.open(sealed, "b"); err == nil {
		t.Error("opened for another purpose")
	}
	if _, err := other.open(sealed, "a"); err == nil {
		t.Error("opened with another key")
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 0x80
		if _, err := k.open(changed, "a"); err == nil {
			t.Errorf("byte %d was changed and nobody noticed", i)
		}
		if _, err := k.open(sealed[:i], "a"); err == nil {
			t.Errorf("cut to %d bytes and nobody noticed", i)
		}
	}
	if _, err := k.openKey(sealed, "a"); err == nil {
		t.Error("a text of 4 bytes was taken for a key")
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, dir := pgtest.New(t), t.TempDir()
	path := filepath.Join(dir, "vault.key")
	start := func() error {
		v, err := New(ctx, Config{DataDir: dir}, db, pgtest.Log(t))
		if err == nil {
			err = v.Close()
		}
		return err
	}
	var all errgroup.Group
	for range 4 {
		all.Go(start)
	}
	if err := all.Wait(); err != nil {
		t.Fatalf("four programs start together: %v", err)
	}
	if left, _ := filepath.Glob(path + ".new-*"); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(data []byte, mode os.FileMode) {
		os.Remove(path)
		if err := os.WriteFile(path, data, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"short", func() { write(good[:31], 0o600) }, "is not a file of 32 bytes"},
		{"long", func() { write(append(bytes.Clone(good), '\n'), 0o600) }, "is not a file of 32 bytes"},
		{"open to others", func() { write(good, 0o644) }, "chmod 600"},
		{"another", func() { write(bytes.Repeat([]byte{7}, 32), 0o600) }, "is not the one that this database was sealed with"},
		{"gone", func() { os.Remove(path) }, "Put it back"},
		{"a folder", func() { os.Mkdir(path, 0o700) }, "is not a file"},
	} {
		c.do()
		if err := start(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	write(good, 0o600)
	if err := start(); err != nil {
		t.Errorf("the right key again: %v", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config Config
		ok     bool
	}{
		{Config{}, false}, {Config{DataDir: "d"}, true}, {Config{Bucket: "mem://", KeyFile: "k"}, true}, {Config{Bucket: "mem://"}, false},
		{Config{DataDir: "d", Bucket: "s3://b"}, false}, {Config{DataDir: "d", Bucket: "file://relative"}, false}, {Config{DataDir: "d", Bucket: "file:///abs"}, true},
		{Config{DataDir: "d", Bucket: ":"}, false},
	} {
		if err := c.config.Check(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
}
