package watercolour

import (
	"context"
	"image"

	"easel/engine/raster"
)

const (
	kinCare    = 0.55 // attention to skin beside the faces found
	figureCare = 0.5  // attention to figures where there is no face
)

// mindKin raises the attention to hands and to faces that were not found.
func (s *study) mindKin(ctx context.Context) {
	raster.Rows(ctx, s.p.H, func(y0, y1 int) {
		for i := y0 * s.p.W; i < y1*s.p.W; i++ {
			s.kin.P[i] = max(s.p.Importance.P[i], kinCare*s.kin.P[i])
		}
	})
	s.look.Free()
	s.look = raster.Shrink(ctx, s.kin, 2)
}

// mindFigures raises the attention to what stands out where no subject is told from the rest, and takes the plane over.
func (s *study) mindFigures(ctx context.Context, figures *raster.Plane) {
	const within = 16 // k pixels: as far as the outline of a figure is from its middle
	inside := raster.Gaussian(ctx, figures, within*s.k)
	defer inside.Free()
	raster.Rows(ctx, s.p.H, func(y0, y1 int) {
		for i := y0 * s.p.W; i < y1*s.p.W; i++ {
			figures.P[i] = max(s.p.Importance.P[i], figureCare*max(figures.P[i], raster.Smoothstep(0.1, 0.35, inside.P[i])))
		}
	})
	s.kin = figures
	small := raster.Shrink(ctx, figures, 2)
	for i, v := range small.P {
		s.look.P[i] = max(s.look.P[i], v)
	}
	small.Free()
}

// attention is a row of where the eye goes.
func (s *study) attention(y int) []float32 {
	if s.kin != nil {
		return s.kin.Row(y)
	}
	return s.p.Importance.Row(y)
}

// nearness is how far the places of a box are painted with the small brush, 0…1.
func (s *study) nearness(box image.Rectangle) *raster.Plane {
	out := raster.New(box.Dx(), box.Dy())
	for y := range out.H {
		look := s.attention(box.Min.Y + y)[box.Min.X:]
		for x := range out.Row(y) {
			out.P[y*out.W+x] = raster.Smoothstep(0.15, 0.6, look[x])
		}
	}
	return out
}

// focus is the smallest box around what matters most. Of one person that is the face; in a group everybody's.
func (s *study) focus() image.Rectangle {
	box := image.Rectangle{}
	if len(s.p.Faces) == 1 {
		f := s.p.Faces[0]
		w, h := 0.85*f.Size, 1.08*f.Size
		return image.Rect(int(f.X-w), int(f.Y-h), int(f.X+w), int(f.Y+h)).Intersect(image.Rect(0, 0, s.p.W, s.p.H))
	}
	for y := range s.look.H {
		for x, v := range s.look.Row(y) {
			if v > 0.15 {
				box = box.Union(image.Rect(2*x, 2*y, 2*x+2, 2*y+2))
			}
		}
	}
	return box.Intersect(image.Rect(0, 0, s.p.W, s.p.H))
}

// faceBrush is the radius of the simplification in faces, in pixels: larger for larger faces, which are painted and
// not copied.
func (s *study) faceBrush() float32 {
	if len(s.p.Faces) == 0 {
		return max(2, 3.2*s.k)
	}
	return raster.Clamp(0.010*s.p.Faces[0].Size, 2, 4.5*s.k+0.5)
}
