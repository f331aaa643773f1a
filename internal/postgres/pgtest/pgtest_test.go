package pgtest_test

import (
	"context"
	"testing"

	"easel/internal/postgres/pgtest"
)

func TestEachTestHasItsOwn(t *testing.T) {
	t.Parallel()
	for range 3 {
		db := pgtest.New(t)
		if err := db.Ping(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}
