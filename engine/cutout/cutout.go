// Package cutout takes the main subject out of a photo and puts it before another ground, and takes everybody else out of
// the ground behind it.
package cutout

import (
	"context"
	"errors"
	"fmt"
	"image"

	"easel/engine/face"
	"easel/engine/matting"
	"easel/engine/raster"
)

// Cut is a subject that was found.
type Cut struct {
	Alpha      *raster.Plane // as large as the photo, 0…1: how much of each pixel is the subject
	Confidence float32       // 0…1; below Sure a person should be asked before the cut is used
	Faces      []face.Face   // in pixels of the photo; none where a person pointed at the subject
}

// Sure is the confidence from which a cut is shown without asking.
const Sure = 0.6

// Find looks for the subject of a photo, told by hints or, when they are empty, on its own. Errors are the context's.
func Find(ctx context.Context, src *image.NRGBA, hints matting.Hints, seed uint64) (*Cut, error) {
	c := raster.FromNRGBA(ctx, src)
	defer c.Free()
	if said(hints) {
		if hints.Before == nil && hints.Box.Empty() { // a stroke over clothes may mean the person who wears them
			hints.Faces = facesIn(ctx, c)
		}
		return &Cut{Alpha: matting.Segment(ctx, c, hints, seed), Confidence: 1}, ctx.Err() // a person has said so
	}
	cut := &Cut{Faces: facesIn(ctx, c)}
	cut.Alpha, cut.Confidence = matting.Subject(ctx, c, cut.Faces, seed)
	return cut, ctx.Err()
}

func facesIn(ctx context.Context, c raster.RGB) []face.Face {
	luma := raster.Luma(ctx, c)
	defer luma.Free()
	return face.Find(ctx, luma)
}

// Enlarged is the cut of a smaller copy as large as the photo itself, along the photo's own edges.
func (c *Cut) Enlarged(ctx context.Context, photo *image.NRGBA) (*raster.Plane, error) {
	colour := raster.FromNRGBA(ctx, photo)
	defer colour.Free()
	return matting.Follow(ctx, colour, c.Alpha), ctx.Err()
}

func said(h matting.Hints) bool { return !h.Box.Empty() || len(h.Strokes) > 0 || h.Before != nil }

// Kind is what stands behind the subject.
type Kind string

// The grounds.
const (
	Transparent Kind = "transparent"
	Plain       Kind = "plain"   // one colour
	Blurred     Kind = "blur"    // the photo's own ground, out of focus
	Picture     Kind = "picture" // another picture, cropped to fit
)

// Kinds lists all grounds.
var Kinds = []Kind{Transparent, Plain, Blurred, Picture}

// Ground is what to put behind the subject.
type Ground struct {
	Kind    Kind
	Colour  [3]uint8     // of Plain, sRGB
	Picture *image.NRGBA // of Picture
	Shadow  bool         // a soft shadow where the subject stands
}

// Check reports what is wrong with the ground.
func (g Ground) Check() error {
	switch g.Kind {
	case Transparent, Plain, Blurred:
		return nil
	case Picture:
		if g.Picture == nil || g.Picture.Rect.Empty() {
			return errors.New("cutout: the picture to put behind the subject is missing")
		}
		return nil
	}
	return fmt.Errorf("cutout: there is no ground called %q", g.Kind)
}

// Place puts the subject before the ground. src and alpha have one size, which the result has too. The subject's own
// colours are estimated, so that nothing of the old ground shines through hair and fur. Errors are the context's, or
// Check's.
func Place(ctx context.Context, src *image.NRGBA, alpha *raster.Plane, g Ground) (*image.NRGBA, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	if src.Rect.Dx() != alpha.W || src.Rect.Dy() != alpha.H {
		return nil, fmt.Errorf("cutout: a matte of %d×%d does not fit a photo of %d×%d", alpha.W, alpha.H, src.Rect.Dx(), src.Rect.Dy())
	}
	c := raster.FromNRGBA(ctx, src)
	defer c.Free()
	own := colours(ctx, c, alpha)
	defer own.Free()
	var shadow *raster.Plane
	if g.Shadow {
		shadow = shade(ctx, alpha)
		defer shadow.Free()
	}
	if g.Kind == Transparent {
		return lift(ctx, own, alpha, shadow), ctx.Err()
	}
	behind := g.paint(ctx, c, alpha)
	defer behind.Free()
	return before(ctx, own, alpha, behind, shadow), ctx.Err()
}
