package postgres_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres/pgtest"
)

// BenchmarkAsOwner is a transaction as an owner with one query that reads one row by its key.
func BenchmarkAsOwner(b *testing.B) {
	ctx, db, owner, id := context.Background(), pgtest.New(b), uuid.New(), uuid.New()
	err := db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into easel.vault_object (id, owner, kind, deadline) values ($1, $2, 'test', now())`, id, owner)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
			var state string
			return tx.QueryRow(ctx, `select state from easel.vault_object where id = $1`, id).Scan(&state)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDatabase is what each test pays for a database of its own.
func BenchmarkDatabase(b *testing.B) {
	for b.Loop() {
		pgtest.Address(b)
	}
}
