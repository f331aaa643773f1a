package cutout

import (
	"context"
	"image"

	"easel/engine/cutout"
	"easel/engine/raster"
	"easel/internal/fault"
)

// Full makes the picture at the photo's own size, unmarked: what a code opens. The result is the caller's, who clears it when it is
// delivered.
func (ss *Session) Full(ctx context.Context, id string) (out *image.NRGBA, err error) {
	err = ss.alone(ctx, id, func(img *image.NRGBA, _ Photo) error {
		out = img
		return nil
	})
	return out, err
}

// alone makes the full picture of a photo as it stands when its turn has come, and hands both to use: one at a time, from the
// opening of the photo to the end of use, since each takes hundreds of megabytes.
func (ss *Session) alone(ctx context.Context, id string, use func(*image.NRGBA, Photo) error) error {
	if _, err := ss.ready(id); err != nil { // for which nobody has to wait
		return err
	}
	leave, err := ss.service.large.enter(ctx, ss.handle.Network())
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ss.handle.Context(), cancel)()
	shot, err := ss.ready(id)
	if err != nil {
		return err
	}
	img, err := ss.whole(ctx, &shot)
	if fault.Is(err, fault.Missing) && ss.handle.Context().Err() == nil {
		return fault.Wrap(err, fault.Conflict, "The photo was changed while its picture was made. Ask for it again; no code was used up.")
	}
	if err != nil {
		return err
	}
	return use(img, shot.Photo)
}

// ready is a photo with a result, as it stands now.
func (ss *Session) ready(id string) (shot photo, err error) {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return shot, err
	}
	if p.State != Ready {
		return shot, errUnready()
	}
	return *p, nil
}

// whole makes the full picture.
func (ss *Session) whole(ctx context.Context, shot *photo) (*image.NRGBA, error) {
	img, err := ss.reopen(ctx, shot.file)
	if err != nil {
		return nil, err
	}
	defer clear(img.Pix)
	switch {
	case shot.Kind == Crowd && shot.Engine != "":
		return ss.distantFill(ctx, shot, img)
	case shot.Kind == Crowd:
		out, _, err := ss.cleared(ctx, shot, img, nil)
		return out, err
	}
	return ss.placed(ctx, shot, img)
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
