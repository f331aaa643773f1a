package receipt

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// walkAtOnce is how many receipts are read at a time.
const walkAtOnce = 200

// Walk tells the receipts of everything of the owner's that was deleted, the oldest first, however many there are. Each can be
// checked by itself. What waits to be signed, for some seconds after a sweep, is told with its statement only.
func (l *Log) Walk(ctx context.Context, owner uuid.UUID, tell func(Receipt) error) error {
	return postgres.Walk(ctx, l.db, owner, walkAtOnce, func(tx pgx.Tx, after int64, most int) ([]Receipt, int64, error) {
		some, last, err := walkSome(ctx, tx, owner, after, most)
		if err != nil {
			return nil, after, fmt.Errorf("list receipts: %w", err)
		}
		return some, last, nil
	}, tell)
}

func walkSome(ctx context.Context, tx pgx.Tx, owner uuid.UUID, after int64, most int) (all []Receipt, last int64, err error) {
	rows, err := tx.Query(ctx, `select s.number, s.key, s.signature, `+columns+`
		from easel.receipt_own o join easel.receipt_statement s on s.number = o.statement
		where o.owner = $1 and o.statement > $2 order by o.statement limit $3`, owner, after, most)
	if err != nil {
		return nil, after, err
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
			return nil, after, err
		}
		last = number
		all[i].Proof, err = prove(ctx, tx, number)
	}
	return all, last, err
}
