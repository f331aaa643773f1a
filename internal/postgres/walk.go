package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Walk tells everything of the owner's that read finds, however much there is: no more than a piece of it is in memory, and no
// transaction is open while one is told. Read returns the next rows after a place, most of them or fewer, with the place of the
// last; fewer mean that there are no more. The first place is the zero value. What comes and goes meanwhile may be told or not.
// Walk ends with the first error, as it is.
func Walk[T, Place any](ctx context.Context, db *DB, owner uuid.UUID, most int, read func(tx pgx.Tx, after Place, most int) ([]T, Place, error), tell func(T) error) error {
	var after Place
	for {
		var some []T
		err := db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
			rows, last, err := read(tx, after, most)
			if err == nil {
				some, after = rows, last
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, one := range some {
			if err := tell(one); err != nil {
				return err
			}
		}
		if len(some) < most {
			return nil
		}
	}
}

// Place is where something stands among what is ordered by the time of its making and its id.
type Place struct {
	Made time.Time
	ID   uuid.UUID
}
