package receipt

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// walkAtOnce is how many receipts are read at a time.
const walkAtOnce = 200

// Walk tells the receipts of everything of the owner's that was deleted, the oldest first, however many there are. Each can be
// checked by itself. What waits to be signed, for some seconds after a sweep, is told with its statement only.
func (l *Log) Walk(ctx context.Context, owner uuid.UUID, tell func(Receipt) error) error {
	for last := int64(0); ; {
		some, next, err := l.walkSome(ctx, owner, last)
		if err != nil {
			return fmt.Errorf("list receipts: %w", err)
		}
		for _, r := range some {
			if err := tell(r); err != nil {
				return err
			}
		}
		if len(some) < walkAtOnce {
			return nil
		}
		last = next
	}
}

func (l *Log) walkSome(ctx context.Context, owner uuid.UUID, after int64) (all []Receipt, last int64, err error) {
	err = l.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select s.number, s.key, s.signature, `+columns+`
			from easel.receipt_own o join easel.receipt_statement s on s.number = o.statement
			where o.owner = $1 and o.statement > $2 order by o.statement limit $3`, owner, after, walkAtOnce)
		if err != nil {
			return err
		}
		var numbers []int64
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Receipt, err error) {
			var number int64
			var key *string
			err = row.Scan(append([]any{&number, &key, &r.Signature}, r.Statement.fields()...)...)
			if r.Statement.Deleted = r.Statement.Deleted.UTC(); key != nil {
				r.Key = *key
			}
			numbers = append(numbers, number)
			return r, err
		})
		for i, number := range numbers {
			if err != nil {
				return err
			}
			last = number
			all[i].Proof, err = prove(ctx, tx, number)
		}
		return err
	})
	return all, last, err
}
