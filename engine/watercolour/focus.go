package watercolour

import (
	"context"
	"image"
	"math"

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

// partFigures tells the darks of small figures apart: against the light, walkers and the bush behind them are one black.
// What little differs in them is spread over the middle of a wash's range. An animal whose eyes are found is no figure
// far away, and what matters is dark enough as it is.
func (s *study) partFigures(ctx context.Context) {
	const leastLight = 0.003 // linear light below which a camera sees nothing
	// The absorbance of what is usual is 3.5; painted it is 1.8, and of what differs from it, near and far, so much is left.
	const middle, usual, near, far = 1.8, 3.5, 0.9, 0.3
	// k pixels that are one tone, that have a mean, and from an outline inwards.
	const blot, around, within = 1.2, 14, 26
	if s.kin == nil || len(s.p.Faces) > 0 || len(s.p.Eyes) > 0 { // of people kin is something else
		return
	}
	own, figure := raster.New(s.p.W, s.p.H), raster.New(s.p.W, s.p.H)
	for i, v := range s.p.Luma.P {
		own.P[i] = -float32(math.Log(float64(raster.ToLinear(v) + leastLight)))
		figure.P[i] = max(0, s.kin.P[i]-s.p.Importance.P[i]) / figureCare
	}
	tone, mean, wide := raster.Gaussian(ctx, own, blot*s.k), raster.Gaussian(ctx, own, around*s.k), raster.Gaussian(ctx, figure, within*s.k)
	defer raster.Free(own, figure, tone, mean, wide)
	raster.Rows(ctx, s.p.H, func(y0, y1 int) {
		for i := y0 * s.p.W; i < y1*s.p.W; i++ {
			w := raster.Smoothstep(0.15, 0.4, wide.P[i]) * raster.Smoothstep(0.3, 0.05, s.p.Importance.P[i]) * raster.Smoothstep(1.6, 2.6, s.level.P[i])
			told := middle + near*(tone.P[i]-mean.P[i]) + far*(mean.P[i]-usual)
			s.level.P[i] += w * (max(0.5, told) - s.level.P[i])
		}
	})
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
