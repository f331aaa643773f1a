package cutout

import (
	"context"
	"image"
	"io"

	"easel/engine/cutout"
	"easel/internal/fault"
)

// backdropSide bounds the copy of somebody's own ground that previews are made with.
const backdropSide = 640

// Before puts the subject before another ground: nothing, a colour, the photo's own out of focus, or the picture that Behind
// has brought.
func (ss *Session) Before(id string, g cutout.Ground) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	switch g.Kind {
	case cutout.Picture:
		if p.behind == "" {
			return fault.New(fault.Invalid, "Choose the picture that stands behind the subject.")
		}
		g.Picture = nil // it is kept sealed
	default:
		if err := g.Check(); err != nil {
			return fault.Wrap(err, fault.Invalid, "Choose what stands behind the subject: nothing, a colour, the ground out of focus, or a picture.")
		}
	}
	return ss.stand(p, g)
}

// Behind brings a picture that stands behind the subject. It is sealed as it arrives and counts against the budget. On an
// error everything stays as it was.
func (ss *Session) Behind(ctx context.Context, id string, shadow bool, r io.Reader) error {
	if _, err := ss.Photo(id); err != nil { // before a picture is sent
		return err
	}
	var file, small string
	err := ss.receive(ctx, r, &file, func(img *image.NRGBA) (err error) {
		little := fitted(ctx, img, backdropSide/float64(max(img.Rect.Dx(), img.Rect.Dy())))
		defer clear(little.Pix)
		if small, err = put(ss.handle, little); err != nil {
			return err
		}
		return ctx.Err()
	})
	if err == nil {
		err = ss.hang(id, shadow, &file, &small)
	}
	for _, left := range []string{file, small} { // ours when it failed, else the ones before
		ss.handle.Drop(left)
	}
	return err
}

// hang puts the picture up, and hands back what hung there before.
func (ss *Session) hang(id string, shadow bool, file, small *string) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	swap := func() {
		p.behind, *file = *file, p.behind
		p.backdrop, *small = *small, p.backdrop
	}
	swap()
	if err := ss.stand(p, cutout.Ground{Kind: cutout.Picture, Shadow: shadow}); err != nil {
		swap()
		return err
	}
	if p.rest.ground.Kind == cutout.Picture {
		p.rest.ground = p.Ground // the one before is gone: there is no way back to it
	}
	return nil
}

// stand puts the photo before a ground: with the cut that there is, or with a new one where that is being changed.
func (ss *Session) stand(p *photo, g cutout.Ground) error {
	if p.Kind != Background {
		return fault.New(fault.Invalid, "Only a photo whose background is taken out can have another one.")
	}
	do := task(place)
	if p.State != Ready {
		do = cut
	}
	return ss.changed(p, do, func() error {
		p.Ground = g
		return nil
	})
}

// ground is what a full picture stands before. The pixels of a picture are the caller's to clear.
func (ss *Session) ground(ctx context.Context, p *photo) (cutout.Ground, error) {
	g := p.Ground
	if g.Kind != cutout.Picture {
		return g, nil
	}
	img, err := ss.reopen(ctx, p.behind)
	if err != nil {
		return g, err
	}
	// It is cropped to the photo's shape: more of it than covers the photo is not needed.
	k := max(float64(p.W)/float64(img.Rect.Dx()), float64(p.H)/float64(img.Rect.Dy()))
	if g.Picture = fitted(ctx, img, k); g.Picture != img {
		clear(img.Pix)
	}
	return g, ctx.Err()
}
