package generation

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// StaffObjects lists the vault's objects of a photo with everything drawn from it, or of one portrait, to somebody who runs the
// place: pages and people know these by numbers of their own. Of an unknown number, and to others, there are none.
func (s *Service) StaffObjects(ctx context.Context, staff, work uuid.UUID) (objects []uuid.UUID, err error) {
	err = s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select easel.generation_staff_objects($1)`, work)
		if err != nil {
			return err
		}
		objects, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find the objects of a work: %w", err)
	}
	return objects, nil
}
