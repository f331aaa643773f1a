package generation

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/internal/catalog"
	"easel/internal/fault"
	"easel/internal/vault"
)

// View opens the copy of the photo that pages show (JPEG).
func (s *Service) View(ctx context.Context, owner, upload uuid.UUID) (io.ReadSeekCloser, error) {
	var id uuid.UUID
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		u, err := s.findUpload(ctx, tx, upload)
		id = u.view
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, owner, id)
}

// Before opens the part of the photo that was drawn, at the portrait's size (JPEG).
func (s *Service) Before(ctx context.Context, owner, run uuid.UUID) (io.ReadSeekCloser, error) {
	return s.openOf(ctx, owner, run, func(r runRow) *uuid.UUID { return r.before })
}

// Picture opens the portrait (PNG).
func (s *Service) Picture(ctx context.Context, owner, run uuid.UUID) (io.ReadSeekCloser, error) {
	return s.openOf(ctx, owner, run, func(r runRow) *uuid.UUID { return r.result })
}

func (s *Service) openOf(ctx context.Context, owner, run uuid.UUID, object func(runRow) *uuid.UUID) (io.ReadSeekCloser, error) {
	var id *uuid.UUID
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		r, err := s.findRun(ctx, tx, run)
		id = object(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	if id == nil {
		return nil, errNotReady
	}
	return s.open(ctx, owner, *id)
}

// open keeps a nil reader from becoming a reader that is not nil.
func (s *Service) open(ctx context.Context, owner, object uuid.UUID) (io.ReadSeekCloser, error) {
	reader, err := s.vault.Open(ctx, owner, vault.ID(object))
	if err != nil {
		return nil, err
	}
	return reader, nil
}

var errNotReady = fault.New(fault.Conflict, "That portrait is not ready yet. Wait until it has been drawn.")

// Download returns the portrait as a file of one of portrait.Formats, and the file's name: the photo's, then the style.
// Paper is one of portrait.Papers, for a PDF; empty is A4.
func (s *Service) Download(ctx context.Context, owner, run uuid.UUID, kind, paper string) (data []byte, name string, err error) {
	format := portrait.Format(kind)
	if !slices.Contains(portrait.Formats, format) {
		return nil, "", fault.New(fault.Invalid, "That format is not one that we write. Choose PNG, JPEG, WebP or PDF.")
	}
	page, ok := portrait.Papers[cmp.Or(paper, "a4")]
	if !ok {
		return nil, "", fault.New(fault.Invalid, "That paper is not one that we print on. Choose A4 or Letter.")
	}
	r, title, err := s.titled(ctx, owner, run)
	if err != nil {
		return nil, "", err
	}
	name = title + "-" + r.Style + format.Ending()
	reader, err := s.Picture(ctx, owner, run)
	if err != nil {
		return nil, "", err
	}
	defer reader.Close()
	stored, err := io.ReadAll(reader)
	if err != nil {
		return nil, "", err
	}
	if format == portrait.PNG {
		return stored, name, nil // marked when it was stored
	}
	data, err = reencode(stored, format, page, r.mark())
	return data, name, err
}

func (s *Service) titled(ctx context.Context, owner, run uuid.UUID) (r runRow, title string, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if r, err = s.findRun(ctx, tx, run); err != nil {
			return err
		}
		u, err := s.findUpload(ctx, tx, r.UploadID)
		if err != nil {
			return err
		}
		title, err = s.vault.OpenText(ctx, tx, owner, u.name)
		return err
	})
	return r, title, err
}

// mark is the provenance of the run's picture.
func (r runRow) mark() provenance.Mark {
	row, _ := catalog.Find(r.Style)
	return provenance.Mark{Studio: row.Studio, Style: r.Style, Engine: row.Engine, Version: portrait.Version, Seed: r.Seed}
}

func reencode(stored []byte, format portrait.Format, paper portrait.Paper, m provenance.Mark) ([]byte, error) {
	decoded, err := png.Decode(bytes.NewReader(stored))
	if err != nil {
		return nil, fmt.Errorf("read the stored portrait: %w", err)
	}
	return portrait.Encode(opaque(decoded), format, m, paper)
}

// opaque returns the picture as NRGBA. Portraits have no transparency; PNG's decoder chooses RGBA for those.
func opaque(img image.Image) *image.NRGBA {
	switch src := img.(type) {
	case *image.NRGBA:
		return src
	case *image.RGBA: // no transparency: premultiplied and not are the same
		return &image.NRGBA{Pix: src.Pix, Stride: src.Stride, Rect: src.Rect}
	}
	out := image.NewNRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y))
		}
	}
	return out
}
