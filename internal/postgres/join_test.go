package postgres_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func TestJoiningADatabaseThatRunsOrNot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	join := func() *postgres.DB {
		db, err := postgres.Join(context.Background(), postgres.Config{DataDir: dir}, pgtest.Log(t))
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	owner := uuid.New()
	alone := join()
	if err := put(t, alone, owner, owner); err != nil {
		t.Fatal(err)
	}
	closeDB(t, alone)
	first := openDir(t, dir)
	beside := join()
	if n := kept(t, beside, owner); n != 1 {
		t.Errorf("beside the server there are %d rows, want 1", n)
	}
	closeDB(t, beside)
	if n := kept(t, first, owner); n != 1 {
		t.Errorf("the server finds %d rows after the errand, want 1", n)
	}
}
