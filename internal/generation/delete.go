package generation

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/vault"
)

// Delete removes one run and its pictures at once, its full size with it; what is being drawn is stopped.
func (s *Service) Delete(ctx context.Context, owner, run uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		r, err := s.findRun(ctx, tx, run)
		if err != nil {
			return err
		}
		if err := s.destroyRuns(ctx, tx, owner, `id = $1 or of = $1`, run); err != nil {
			return err
		}
		return notify(ctx, tx, r.UploadID)
	})
}

// DeleteUpload removes a photo, its runs and all pictures at once.
func (s *Service) DeleteUpload(ctx context.Context, owner, upload uuid.UUID) error {
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		u, err := s.findUpload(ctx, tx, upload)
		if err != nil {
			return err
		}
		if err := s.destroyRuns(ctx, tx, owner, `upload = $1`, upload); err != nil {
			return err
		}
		if err := s.destroy(ctx, tx, owner, &u.photo, &u.view); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from easel.generation_upload where id = $1`, upload); err != nil {
			return err
		}
		return notifyDeleted(ctx, tx, upload)
	})
	if err == nil {
		s.forget(upload)
	}
	return err
}

// destroyRuns deletes the rows that the condition picks and destroys the pictures that they name as they go: one that is
// finished in that very moment takes its picture with it as well.
func (s *Service) destroyRuns(ctx context.Context, tx pgx.Tx, owner uuid.UUID, condition string, id uuid.UUID) error {
	rows, err := tx.Query(ctx, `delete from easel.generation_run where `+condition+` returning result, before`, id)
	if err != nil {
		return err
	}
	objects, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (pair [2]*uuid.UUID, err error) {
		err = row.Scan(&pair[0], &pair[1])
		return pair, err
	})
	if err != nil {
		return err
	}
	for _, pair := range objects {
		if err := s.destroy(ctx, tx, owner, pair[:]...); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) destroy(ctx context.Context, tx pgx.Tx, owner uuid.UUID, objects ...*uuid.UUID) error {
	for _, id := range objects {
		if id == nil {
			continue
		}
		if err := s.vault.Delete(ctx, tx, owner, vault.ID(*id)); err != nil && !fault.Is(err, fault.Missing) {
			return err
		}
	}
	return nil
}
