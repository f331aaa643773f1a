package cutout

import (
	"context"
	"image"

	"easel/engine/cutout"
	"easel/engine/raster"
	"easel/internal/fault"
)

// Full makes the picture at the photo's own size, unmarked: what a code opens. One is made at a time; others wait. The result
// is the caller's, who clears it when it is delivered.
func (ss *Session) Full(ctx context.Context, id string) (*image.NRGBA, error) {
	ss.room.mu.Lock()
	p, err := ss.room.find(id)
	if err == nil && p.State != Ready {
		err = fault.New(fault.Conflict, "There is no result to download yet. Wait until its preview is shown.")
	}
	if err != nil {
		ss.room.mu.Unlock()
		return nil, err
	}
	shot := *p
	ss.room.mu.Unlock()
	leave, err := ss.service.large.enter(ctx, ss.handle.Network())
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ss.handle.Context(), cancel)()
	img, err := ss.reopen(ctx, shot.file)
	if err != nil {
		return nil, err
	}
	defer clear(img.Pix)
	if shot.Kind == Crowd && shot.Engine != "" {
		return ss.distantFill(ctx, &shot, img)
	}
	if shot.Kind == Crowd {
		out, err := ss.cleared(ctx, &shot, img, nil)
		return out, err
	}
	return ss.placed(ctx, &shot, img)
}

// wholeCut is the cut as large as the photo.
func (ss *Session) wholeCut(ctx context.Context, p *photo, img *image.NRGBA) (*raster.Plane, error) {
	if p.Engine != "" {
		return ss.distantCut(ctx, p, img)
	}
	alpha, err := getMatte(ss.handle, p.alpha)
	if err != nil {
		return nil, err
	}
	defer alpha.Free()
	return (&cutout.Cut{Alpha: alpha}).Enlarged(ctx, img)
}

// placed puts the subject before its ground at the photo's own size.
func (ss *Session) placed(ctx context.Context, p *photo, img *image.NRGBA) (*image.NRGBA, error) {
	whole, err := ss.wholeCut(ctx, p, img)
	if err != nil {
		return nil, err
	}
	defer whole.Free()
	g, err := ss.ground(ctx, p)
	if g.Picture != nil {
		defer clear(g.Picture.Pix)
	}
	if err != nil {
		return nil, err
	}
	return cutout.Place(ctx, img, whole, g)
}
