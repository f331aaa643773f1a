package generation

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/portrait"
	"easel/engine/raster"
	"easel/internal/vault"
)

// store seals the portrait and publishes it: ids, keys and deadlines first, then bytes, then the row, so that a crash
// leaves nothing unreaped, no run that claims a picture it does not have, and none that was not paid for. A portrait comes with the part of the photo
// that it shows, for comparing; a full size has no use for that.
func (s *Service) store(ctx context.Context, args DrawArgs, r runRow, img, photo *image.NRGBA) (err error) {
	var before []byte
	kinds := []string{"result"}
	if r.Of == uuid.Nil {
		if before, err = encodeBefore(ctx, photo, img.Rect.Size()); err != nil {
			return err
		}
		kinds = append(kinds, "before")
	}
	objects, err := s.reserveAll(ctx, args.Owner, r.Deadline, kinds)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.abandon(ctx, args.Owner, objects...)
		}
	}()
	if err := s.writePortrait(ctx, args.Owner, objects[0], img, r); err != nil {
		return err
	}
	var beforeID *uuid.UUID
	if before != nil {
		beforeID = &objects[1]
		if err := s.writeAll(ctx, args.Owner, map[uuid.UUID][]byte{objects[1]: before}); err != nil {
			return err
		}
	}
	return s.db.AsOwner(ctx, args.Owner, func(tx pgx.Tx) error {
		if err := s.publish(ctx, tx, args.Owner, objects...); err != nil {
			return err
		}
		m := r.mark()
		var tokens int64
		err := tx.QueryRow(ctx, `update easel.generation_run
			set state = 'done', stage = '', done = 1, lease_until = null, finished_at = now(),
			    result = $3, before = $4, width = $5, height = $6, engine = $7, version = $8, note = $9
			where id = $1 and attempt = $2 and state = 'drawing' and deadline > now() returning tokens`,
			args.Run, args.Attempt, objects[0], beforeID, img.Rect.Dx(), img.Rect.Dy(), m.Engine, m.Version, r.Note).Scan(&tokens)
		if err != nil {
			return missing(err, errLost) // rolls the publishing back
		}
		if err := s.capture(ctx, tx, args.Run, tokens); err != nil {
			return err
		}
		return notify(ctx, tx, r.UploadID)
	})
}

func (s *Service) reserveAll(ctx context.Context, owner uuid.UUID, deadline time.Time, kinds []string) (objects []uuid.UUID, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		objects = nil
		for _, kind := range kinds {
			id, err := s.reserve(ctx, tx, owner, kind, deadline)
			if err != nil {
				return err
			}
			objects = append(objects, id)
		}
		return nil
	})
	return objects, err
}

// writePortrait seals the picture while it is being encoded: a full size as a file is never whole in memory.
func (s *Service) writePortrait(ctx context.Context, owner, object uuid.UUID, img *image.NRGBA, r runRow) error {
	reader, writer := io.Pipe()
	defer writer.CloseWithError(io.ErrUnexpectedEOF) // when the encoder panics
	stored := make(chan error, 1)
	go func() {
		err := s.vault.Write(ctx, owner, vault.ID(object), reader)
		reader.CloseWithError(err) // the encoder need not go on
		stored <- err
	}()
	err := portrait.WritePNG(writer, img, r.mark())
	writer.CloseWithError(err)
	if kept := <-stored; kept != nil {
		return kept // which is also why the encoder stopped, or holds why
	}
	return err
}

// encodeBefore is the part of the photo that was drawn, at the portrait's size, as JPEG.
func encodeBefore(ctx context.Context, photo *image.NRGBA, size image.Point) ([]byte, error) {
	same := raster.ResizeNRGBA(ctx, photo, size.X, size.Y)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := portrait.EncodePhoto(&b, same); err != nil {
		return nil, fmt.Errorf("encode the photo: %w", err)
	}
	return b.Bytes(), nil
}
