package queue_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres/pgtest"
	"easel/internal/queue"
)

// PostgreSQL remembers the condition of the queue's unique index as the first role that used the table on a connection
// saw it. Whatever that role was, jobs can be queued there afterwards.
func TestAnyConnectionCanQueue(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	q := opened(t, db, queue.Config{}, func(context.Context, knock) error { return nil })
	err := db.AsNobody(t.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `select from easel.generation_lost()`); err != nil {
			return err
		}
		_, err := q.Insert(t.Context(), tx, knock{1})
		return err
	})
	if err != nil {
		t.Errorf("after another role has read the queue's table: %v", err)
	}
}
