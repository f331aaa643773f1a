package vault

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres/pgtest"
)

// BenchmarkVault stores and reads a photo of 4 MB.
func BenchmarkVault(b *testing.B) {
	ctx, owner, data := context.Background(), uuid.New(), noise(4_000_000)
	db := pgtest.New(b)
	v, err := New(ctx, Config{DataDir: b.TempDir()}, db, pgtest.Log(b))
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	store := func() (id ID) {
		err := db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
			id, err = v.Reserve(ctx, tx, owner, "upload", time.Now().Add(time.Hour))
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
	b.Run("store", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			store()
		}
	})
	b.Run("read", func(b *testing.B) {
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
