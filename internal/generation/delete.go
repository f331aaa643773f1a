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
		if err := alone(ctx, tx); err != nil { // a run that is started meanwhile would go with the photo, and its tokens stay behind
			return err
		}
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

// Leave removes the rows of all photos and runs of an owner whose account is deleted in this transaction; their pictures
// are the vault's to destroy. Call it before the purse is emptied: runs let go of their tokens.
func (s *Service) Leave(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	if err := s.destroyRuns(ctx, tx, owner, `owner = $1`, owner); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `delete from easel.generation_upload where owner = $1`, owner)
	return err
}

// destroyRuns deletes the rows that the condition picks and destroys the pictures that they name as they go: one that is
// finished in that very moment takes its picture with it as well. One that is not gives its tokens back.
func (s *Service) destroyRuns(ctx context.Context, tx pgx.Tx, owner uuid.UUID, condition string, id uuid.UUID) error {
	rows, err := tx.Query(ctx, `delete from easel.generation_run where `+condition+` returning id, state, tokens, result, before`, id)
	if err != nil {
		return err
	}
	gone, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r goneRun, err error) {
		err = row.Scan(&r.id, &r.state, &r.tokens, &r.result, &r.before)
		return r, err
	})
	if err != nil {
		return err
	}
	for _, r := range gone {
		if !r.state.Final() {
			if err := s.release(ctx, tx, r.id, r.tokens, "It was deleted before it was ready."); err != nil {
				return err
			}
		}
		if err := s.destroy(ctx, tx, owner, r.result, r.before); err != nil {
			return err
		}
	}
	return nil
}

// goneRun is what is needed of a row that was deleted.
type goneRun struct {
	id             uuid.UUID
	state          State
	tokens         int64
	result, before *uuid.UUID
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
