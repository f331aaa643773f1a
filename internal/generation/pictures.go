package generation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/ingest"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/internal/catalog"
	"easel/internal/fault"
	"easel/internal/vault"
)

// Formats are the file formats of a download.
var Formats = []string{"png", "jpeg", "webp", "pdf"}

// Paper is the page of a print.
type Paper = ingest.Paper

// Papers are the page sizes of a print, by name.
var Papers = map[string]Paper{"a4": ingest.A4, "letter": ingest.Letter}

// View opens the copy of the photo that pages show (JPEG).
func (s *Service) View(ctx context.Context, owner, upload uuid.UUID) (*vault.Reader, error) {
	var id uuid.UUID
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		u, err := s.findUpload(ctx, tx, upload)
		id = u.view
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.vault.Open(ctx, owner, vault.ID(id))
}

// Before opens the part of the photo that was drawn, at the portrait's size (JPEG).
func (s *Service) Before(ctx context.Context, owner, run uuid.UUID) (*vault.Reader, error) {
	return s.openOf(ctx, owner, run, func(r runRow) *uuid.UUID { return r.before })
}

// Picture opens the portrait (PNG).
func (s *Service) Picture(ctx context.Context, owner, run uuid.UUID) (*vault.Reader, error) {
	return s.openOf(ctx, owner, run, func(r runRow) *uuid.UUID { return r.result })
}

func (s *Service) openOf(ctx context.Context, owner, run uuid.UUID, object func(runRow) *uuid.UUID) (*vault.Reader, error) {
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
	return s.vault.Open(ctx, owner, vault.ID(*id))
}

var errNotReady = fault.New(fault.Conflict, "That portrait is not ready yet. Wait until it has been drawn.")

// Download returns the portrait as a file of one of the Formats, and the file's name.
func (s *Service) Download(ctx context.Context, owner, run uuid.UUID, format string, paper Paper) (data []byte, name string, err error) {
	if !slices.Contains(Formats, format) {
		return nil, "", fault.New(fault.Invalid, "That format is not one that we write. Choose PNG, JPEG, WebP or PDF.")
	}
	r, title, err := s.titled(ctx, owner, run)
	if err != nil {
		return nil, "", err
	}
	name = title + "-" + r.Style + "." + map[string]string{"png": "png", "jpeg": "jpg", "webp": "webp", "pdf": "pdf"}[format]
	reader, err := s.Picture(ctx, owner, run)
	if err != nil {
		return nil, "", err
	}
	defer reader.Close()
	stored, err := io.ReadAll(reader)
	if err != nil {
		return nil, "", err
	}
	if format == "png" {
		return stored, name, nil // marked when it was stored
	}
	data, err = reencode(stored, format, paper, r.mark())
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

func reencode(stored []byte, format string, paper Paper, m provenance.Mark) ([]byte, error) {
	decoded, err := png.Decode(bytes.NewReader(stored))
	if err != nil {
		return nil, fmt.Errorf("read the stored portrait: %w", err)
	}
	img := opaque(decoded)
	var b bytes.Buffer
	switch format {
	case "jpeg":
		if err := ingest.EncodeJPEG(&b, img); err != nil {
			return nil, err
		}
		return provenance.JPEG(b.Bytes(), m)
	case "webp":
		if err := ingest.EncodeWebP(&b, img); err != nil {
			return nil, err
		}
		return provenance.WebP(b.Bytes(), m)
	case "pdf":
		err := ingest.EncodePDF(&b, img, paper, provenance.Packet(m))
		return b.Bytes(), err
	}
	return nil, errors.New("no encoder for " + format)
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
