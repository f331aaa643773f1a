package generation

import (
	"context"
	"image"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/mark"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/raster"
	"easel/internal/catalog"
	"easel/internal/fault"
)

// A preview is small, carries a mark, and is drawn from a seed that no portrait has.
const (
	previewSide   = 360     // longest side in pixels
	previewPixels = 300_000 // work size
	previewSeed   = 0       // Start never uses it
)

// Preview returns a small marked drawing of the proposed crop of a photo in a style (JPEG). It costs nothing and is not
// kept: the time of the photo is the preview's.
func (s *Service) Preview(ctx context.Context, owner, upload uuid.UUID, style string) ([]byte, error) {
	if _, ok := catalog.Find(style); !ok {
		return nil, fault.New(fault.Missing, "There is no such style.")
	}
	var u uploadRow
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
		if err := s.may(ctx, tx); err != nil { // a preview is drawn, too
			return err
		}
		u, err = s.findUpload(ctx, tx, upload)
		return err
	})
	if err == nil {
		err = s.vault.Readable(u.Deadline) // one that was drawn before is in memory
	}
	if err != nil {
		return nil, err
	}
	key := previewKey{upload, style}
	if data := s.previews.find(key); data != nil {
		return data, nil
	}
	leave, err := s.previews.seat.take(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if data := s.previews.find(key); data != nil { // drawn while we waited
		return data, nil
	}
	data, err := s.drawPreview(ctx, owner, u, style)
	if err != nil {
		return nil, err
	}
	s.previews.keep(key, data, u.Deadline)
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		_, err := s.findUpload(ctx, tx, upload)
		return err
	})
	if err != nil { // deleted meanwhile, perhaps
		s.previews.drop(upload)
		return nil, err
	}
	return data, nil
}

// drawPreview draws; the caller has the seat.
func (s *Service) drawPreview(ctx context.Context, owner uuid.UUID, u uploadRow, style string) ([]byte, error) {
	p := s.previews.photo.plan
	defer s.previews.rest()
	if p == nil || s.previews.photo.upload != u.ID {
		s.previews.forgetPlan()
		made, err := s.planPreview(ctx, owner, u)
		if err != nil {
			return nil, err
		}
		p = made
		s.previews.photo.upload, s.previews.photo.plan = u.ID, p
	}
	f := float64(previewSide) / float64(max(p.Out.X, p.Out.Y))
	size := image.Pt(max(1, int(float64(p.Out.X)*f+0.5)), max(1, int(float64(p.Out.Y)*f+0.5)))
	img, err := portrait.Draw(ctx, p, portrait.Style(style), portrait.Options{Seed: previewSeed, Full: image.Pt(p.W, p.H)})
	if err != nil {
		return nil, err
	}
	marked, err := mark.Preview(ctx, raster.ResizeNRGBA(ctx, img, size.X, size.Y), raster.Hash(0, int(u.ID.ID()), len(style)))
	if err != nil {
		return nil, err
	}
	row, _ := catalog.Find(style)
	return portrait.Encode(marked, portrait.JPEG, runRow{Run: Run{Style: string(row.ID), Seed: previewSeed}}.mark(), portrait.Paper{})
}

func (s *Service) planPreview(ctx context.Context, owner uuid.UUID, u uploadRow) (*plan.Plan, error) {
	view, err := s.open(ctx, owner, u.view)
	if err != nil {
		return nil, err
	}
	defer view.Close()
	cut, err := cutOf(view, u.Crop, u.W)
	if err != nil {
		return nil, err
	}
	return plan.New(ctx, cut, plan.Options{MaxPixels: previewPixels})
}
