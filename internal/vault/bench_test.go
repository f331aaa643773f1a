package vault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bucket"
	"easel/internal/bucket/buckettest"
	"easel/internal/postgres/pgtest"
)

// BenchmarkVault stores and reads a photo of 4 MB: the cipher alone, the disk alone, and both with the database, in a folder and
// on an S3 server of this machine.
func BenchmarkVault(b *testing.B) {
	data := noise(4_000_000)
	benchmarkCipher(b, data)
	benchmarkDisk(b, data)
	for name, place := range map[string]bucket.Config{"folder": {Address: bucket.Folder(b.TempDir())}, "S3": buckettest.New(b)} {
		benchmarkPlace(b, name, place, data)
	}
}

func benchmarkCipher(b *testing.B, data []byte) {
	k, o, id := newKey(), object{kind: "upload"}, ID(uuid.New())
	var sealed bytes.Buffer
	b.Run("cipher/seal", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			sealed.Reset()
			if _, err := sealTo(&sealed, k, o.bound(id), bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	})
	all, buffer := sealed.Bytes(), make([]byte, segment)
	b.Run("cipher/open", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			opener, err := newOpener(all[:bothHeaders], k, o.bound(id), int64(len(data)))
			if err != nil {
				b.Fatal(err)
			}
			for i := range opener.last() + 1 {
				begin, length := opener.sealedAt(i)
				if _, err := opener.open(buffer[:copy(buffer, all[begin:begin+length])], i); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// benchmarkDisk writes as the folder does, and reads what the system has in memory already.
func benchmarkDisk(b *testing.B, data []byte) {
	dir := b.TempDir()
	path := filepath.Join(dir, "x")
	write := func() error {
		f, err := os.Create(path + ".part")
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return errors.Join(err, f.Sync(), f.Close(), os.Rename(path+".part", path), syncFolder(dir))
	}
	b.Run("disk/write and fsync", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if err := write(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("disk/read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		buffer := make([]byte, segment)
		for b.Loop() {
			f, err := os.Open(path)
			if err == nil {
				_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, buffer)
			}
			if err := errors.Join(err, f.Close()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchmarkPlace(b *testing.B, name string, place bucket.Config, data []byte) {
	ctx, owner := context.Background(), uuid.New()
	db := pgtest.New(b)
	v, err := New(ctx, Config{DataDir: b.TempDir(), Bucket: place.Address, ID: place.ID, Secret: place.Secret, Client: place.Client}, db, pgtest.Log(b))
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	store := func() (id ID) {
		err := db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
			id, err = v.Reserve(ctx, tx, owner, v.policy, "upload", time.Now().Add(time.Hour))
			return err
		})
		if err == nil {
			err = v.Write(ctx, owner, id, bytes.NewReader(data))
		}
		if err == nil {
			err = db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return v.Publish(ctx, tx, owner, id) })
		}
		if err != nil {
			b.Fatal(err)
		}
		return id
	}
	id := store()
	b.Run(name+"/store", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			store()
		}
	})
	b.Run(name+"/read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			r, err := v.Open(ctx, owner, id)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			if err != nil {
				b.Fatal(err)
			}
			r.Close()
		}
	})
}
