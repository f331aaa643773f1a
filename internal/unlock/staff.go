package unlock

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
)

// Audit writes down what one of those who run the place does, in the transaction in which it is done; it refuses everybody else.
type Audit func(ctx context.Context, tx pgx.Tx, action string, subject uuid.UUID, reason string) error

// By is on whose behalf codes are minted, listed or withdrawn. Without Staff it is whoever sits at the machine, or the program
// by itself; Staff has to be one of those who run the place, which the database checks as well.
type By struct {
	Staff uuid.UUID
	Audit Audit // nil: nothing is written down
}

func (b By) write(ctx context.Context, tx pgx.Tx, action string, subject uuid.UUID, reason string) error {
	if b.Audit == nil {
		return nil
	}
	return b.Audit(ctx, tx, action, subject, reason)
}

// as runs fn on somebody's behalf.
func (s *Service) as(ctx context.Context, by By, fn func(pgx.Tx) error) error {
	run := s.db.AsNobody
	if by.Staff != uuid.Nil {
		run = func(ctx context.Context, fn func(pgx.Tx) error) error { return s.db.AsOwner(ctx, by.Staff, fn) }
	}
	return postgres.StaffOnly(run(ctx, fn))
}

// Batches lists all batches, the newest first; to somebody who does not run the place, none.
func (s *Service) Batches(ctx context.Context, by By) (all []Batch, err error) {
	err = s.as(ctx, by, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, minted_at, codes, uses, expires_at, coalesce(voided_at, '0001-01-01Z'), unused, coalesce(left_over, 0)
			from easel.unlock_list() left join easel.unlock_stocked() s on s.batch = id`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Batch, err error) {
			err = row.Scan(&b.ID, &b.Minted, &b.Codes, &b.Uses, &b.Expires, &b.Voided, &b.Unused, &b.Stock)
			return b, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list codes: %w", err)
	}
	return all, nil
}

// Void makes the codes of a batch worthless.
func (s *Service) Void(ctx context.Context, by By, batch uuid.UUID, reason string) error {
	var there bool
	err := s.as(ctx, by, func(tx pgx.Tx) error {
		if err := by.write(ctx, tx, "unlock.void", batch, reason); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `select easel.unlock_void($1)`, batch).Scan(&there)
		if err == nil && !there {
			err = fault.New(fault.Missing, "There is no such batch of codes.") // and nothing is written down
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("void codes: %w", err)
	}
	return nil
}
