package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// atOnce is how many owners are looked up at a time.
const atOnce = 200

// Sweep ends the lots whose time is over and removes them with all their entries, each owner in a transaction of its
// own. It is safe on any number of machines at once.
func (l *Ledger) Sweep(ctx context.Context) error {
	for {
		due, err := l.owners(ctx, `select easel.ledger_due($1)`, atOnce)
		if err != nil {
			return fmt.Errorf("find lots that are over: %w", err)
		}
		var wrong []error // one purse that cannot be swept must not keep the others
		for _, owner := range due {
			err := l.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return l.expire(ctx, tx, false) })
			if err != nil {
				wrong = append(wrong, fmt.Errorf("end lots that are over: %w", err))
			}
		}
		if len(due) < atOnce || len(wrong) > 0 {
			return errors.Join(wrong...)
		}
	}
}

func (l *Ledger) owners(ctx context.Context, sql string, args ...any) (found []uuid.UUID, err error) {
	err = l.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	return found, err
}

// expire needs two statements: the first adds the last entries, the second may only delete.
func (l *Ledger) expire(ctx context.Context, tx pgx.Tx, leaving bool) error {
	if _, err := tx.Exec(ctx, `select easel.ledger_expire($1)`, leaving); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `select easel.ledger_close()`)
	return err
}

// Leave ends and removes everything of an owner whose account is deleted in this transaction. What orders need for the
// books stays, without saying whose they were.
func (l *Ledger) Leave(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	var caller bool
	if err := tx.QueryRow(ctx, `select coalesce(easel.caller() = $1, false)`, owner).Scan(&caller); err != nil || !caller {
		return errors.Join(err, errNotCaller)
	}
	if err := l.expire(ctx, tx, true); err != nil {
		return fmt.Errorf("empty a purse: %w", err)
	}
	if _, err := tx.Exec(ctx, `select easel.ledger_leave()`); err != nil {
		return fmt.Errorf("empty a purse: %w", err)
	}
	return nil
}

// Open is a run for which tokens have been held for some time.
type Open struct{ Owner, Run uuid.UUID }

// Held lists runs for which tokens have been held for longer than the given time, for whoever knows what became of them.
func (l *Ledger) Held(ctx context.Context, longer time.Duration) (open []Open, err error) {
	err = l.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select owner, run from easel.ledger_held($1, $2)`, longer, atOnce)
		if err != nil {
			return err
		}
		open, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o Open, err error) {
			err = row.Scan(&o.Owner, &o.Run)
			return o, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find tokens that are held for long: %w", err)
	}
	return open, nil
}
