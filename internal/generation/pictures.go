package generation

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
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

// Before opens the part of the photo that is drawn (JPEG): at the portrait's size once that is done, smaller until then.
func (s *Service) Before(ctx context.Context, owner, run uuid.UUID) (io.ReadSeekCloser, error) {
	r, u, err := s.both(ctx, owner, run)
	if err != nil {
		return nil, err
	}
	if r.before != nil {
		return s.open(ctx, owner, *r.before)
	}
	view, err := s.open(ctx, owner, u.view)
	if err != nil {
		return nil, err
	}
	defer view.Close()
	return cutView(view, r.Crop, u.W)
}

// both returns a run and the photo that it draws.
func (s *Service) both(ctx context.Context, owner, run uuid.UUID) (r runRow, u uploadRow, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
		if r, err = s.findRun(ctx, tx, run); err != nil {
			return err
		}
		u, err = s.findUpload(ctx, tx, r.UploadID)
		return err
	})
	return r, u, err
}

// cutView is cutOf as a JPEG.
func cutView(view io.Reader, crop image.Rectangle, width int) (io.ReadSeekCloser, error) {
	cut, err := cutOf(view, crop, width)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := portrait.EncodePhoto(&b, cut); err != nil {
		return nil, err
	}
	return memory{bytes.NewReader(b.Bytes())}, nil
}

// cutOf cuts from the copy of the photo that pages show. The crop is in pixels of the photo, which is width wide.
func cutOf(view io.Reader, crop image.Rectangle, width int) (*image.NRGBA, error) {
	img, err := jpeg.Decode(view)
	if err != nil {
		return nil, fmt.Errorf("read the photo's copy: %w", err)
	}
	f := float64(img.Bounds().Dx()) / float64(width)
	scale := func(v int) int { return int(float64(v)*f + 0.5) }
	part := image.Rect(scale(crop.Min.X), scale(crop.Min.Y), scale(crop.Max.X), scale(crop.Max.Y)).Intersect(img.Bounds())
	cut := image.NewNRGBA(image.Rect(0, 0, part.Dx(), part.Dy()))
	draw.Draw(cut, cut.Rect, img, part.Min, draw.Src)
	return cut, nil
}

// memory is bytes that can be read like a stored object.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// Picture opens the portrait (PNG).
func (s *Service) Picture(ctx context.Context, owner, run uuid.UUID) (io.ReadSeekCloser, error) {
	r, _, err := s.both(ctx, owner, run)
	if err != nil {
		return nil, err
	}
	if r.result == nil {
		return nil, errNotReady
	}
	return s.open(ctx, owner, *r.result)
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

// Download returns the portrait as a file of one of portrait.Formats, or as lines, and the file's name: the photo's,
// then the style, then "full" for a full size. Paper is one of portrait.Papers, for a PDF; empty is A4. A PDF is for
// print, so it holds the full size where that is ready.
func (s *Service) Download(ctx context.Context, owner, run uuid.UUID, kind, paper string) (data []byte, name string, err error) {
	if kind == vectors {
		return s.lines(ctx, owner, run)
	}
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
	name = title + "-" + r.Style
	if r.Of != uuid.Nil {
		name += "-full"
	}
	name += format.Ending()
	if format == portrait.PDF {
		if r, err = s.finest(ctx, owner, r); err != nil {
			return nil, "", err
		}
	}
	if format != portrait.PNG && r.Of != uuid.Nil {
		leave, err := s.alone(ctx)
		if err != nil {
			return nil, "", err
		}
		defer leave()
	}
	reader, err := s.Picture(ctx, owner, r.ID)
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

// finest returns the run that has the portrait's largest picture: its full size when that is ready, else itself.
func (s *Service) finest(ctx context.Context, owner uuid.UUID, r runRow) (runRow, error) {
	best := r
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		full, err := s.fullOf(ctx, tx, r.ID)
		if err == nil && full.State == Done {
			best = full
		}
		if errors.Is(err, errNoRun) {
			return nil
		}
		return err
	})
	return best, err
}

func (s *Service) titled(ctx context.Context, owner, run uuid.UUID) (r runRow, title string, err error) {
	r, u, err := s.both(ctx, owner, run)
	if err != nil {
		return r, "", err
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
		title, err = s.vault.OpenText(ctx, tx, owner, u.name)
		return err
	})
	return r, title, err
}

// options are what the run's portrait is drawn with.
func (r runRow) options() portrait.Options {
	return portrait.Options{Seed: r.Seed, Ink: portrait.Ink(r.Ink), Background: portrait.Background(r.Background), Strength: float32(r.Strength) / 100}
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

// opaque returns the picture as NRGBA. Where PNG's decoder chooses RGBA or gray, and in JPEG, there is no transparency.
func opaque(img image.Image) *image.NRGBA {
	switch src := img.(type) {
	case *image.NRGBA:
		return src
	case *image.RGBA: // no transparency: premultiplied and not are the same
		return &image.NRGBA{Pix: src.Pix, Stride: src.Stride, Rect: src.Rect}
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return &image.NRGBA{Pix: out.Pix, Stride: out.Stride, Rect: out.Rect}
}
