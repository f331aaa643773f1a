package matting

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// frame is a box in view pixels, both ends included.
type frame struct{ x0, y0, x1, y1 float32 }

// shapes are how a subject may fill its box: its spread along both sides in parts of theirs, the share of what stands out,
// and how stiff its outline is. Spread 0 leaves it to the colours.
var shapes = [...][4]float32{
	{0, 0, 0, 1}, {0.34, 0.34, 0, 1}, {0.42, 0.42, 0.35, 1}, {0.25, 0.40, 0.3, 1}, {0.40, 0.25, 0.3, 1}, {0.6, 0.6, 0.6, 1},
	{0, 0, 0, 3}, {0.42, 0.42, 0.35, 3}, {0.34, 0.34, 0, 3},
}

// placed are the shapes after which colours are also learnt with their place: where both sides have the same colours, those near
// the box's rim are the ground's.
var placed = [...][4]float32{{0.34, 0.34, 0, 1}, {0.42, 0.42, 0.35, 1}, {0.6, 0.6, 0.6, 1}}

// filled is a shape with what else tells a belief from the others.
type filled struct {
	shape [4]float32
	rim   bool // what stands out is what does so from the rim of the view, not from beside the box
	dims  int  // of the colour models
}

// fillings are the ways of filling a box: with one that is certain, its place counts too.
func fillings(certain bool) []filled {
	var all []filled
	for _, s := range shapes {
		all = append(all, filled{s, false, 3})
		if s[2] > 0 {
			all = append(all, filled{s, true, 3})
		}
	}
	if certain {
		for _, s := range placed {
			all = append(all, filled{s, false, 5})
		}
	}
	return all
}

// inBox are beliefs that the subject fills the box in these ways and is not outside.
func (v *view) inBox(ctx context.Context, f frame, given *belief, rim *raster.Plane, ways []filled) []*belief {
	var beside *raster.Plane
	defer func() { beside.Free() }()
	var all []*belief
	for _, w := range ways {
		stands := rim
		if w.shape[2] > 0 && !w.rim {
			if beside == nil {
				beside = v.standing(ctx, given, rim)
			}
			stands = beside
		}
		b := v.filling(f, given, w.shape, stands)
		b.dims = w.dims
		all = append(all, b)
	}
	return all
}

// filling is the belief that goes with one of the shapes.
func (v *view) filling(f frame, given *belief, s [4]float32, stands *raster.Plane) *belief {
	b := v.newBelief()
	b.stiff, b.said = s[3], given.said
	copy(b.fixed, given.fixed)
	w, h := max(f.x1-f.x0, 1), max(f.y1-f.y0, 1)
	cx, cy := (f.x0+f.x1)/2, (f.y0+f.y1)/2
	for i := range b.likely {
		x, y := float32(i%v.w), float32(i/v.w)
		if s[0] == 0 {
			b.likely[i] = 0.52
			continue
		}
		dx, dy := (x-cx)/(s[0]*w), (y-cy)/(s[1]*h)
		b.likely[i] = (1 - s[2]) * bell(dx, dy)
		if s[2] > 0 {
			b.likely[i] += s[2] * stands.P[i]
		}
	}
	return b
}

// outside makes certain that the subject is not there.
func (v *view) outside(b *belief, f frame) {
	for i := range b.fixed {
		if x, y := float32(i%v.w), float32(i/v.w); x < f.x0 || x > f.x1 || y < f.y0 || y > f.y1 {
			b.fixed[i] = -1
		}
	}
}

// bell is a Gaussian over the plane, 1 in its middle.
func bell(dx, dy float32) float32 {
	return fall(float32(math.Sqrt(float64(float32(dx*dx)+float32(dy*dy)))), 1)
}

// slack is how far beside its subject a box may be drawn, in parts of the box.
const slack = 0.13

// fills is how much of a box, drawn on a photo of the given width, a cut leaves empty along its sides, in parts of the box:
// whoever draws a box draws it about the subject (Lempitsky and others 2009). It is 0 without a box.
func (v *view) fills(box image.Rectangle, width int, s *segment) float32 {
	if box.Empty() {
		return 0
	}
	k := float32(v.w) / float32(width)
	x0, y0, x1, y1 := k*float32(box.Min.X), k*float32(box.Min.Y), k*float32(box.Max.X-1), k*float32(box.Max.Y-1)
	w, h := max(x1-x0, 1), max(y1-y0, 1)
	left, top, right, bottom := w, h, w, h
	for i, in := range s.in {
		if in {
			x, y := float32(i%v.w), float32(i/v.w)
			left, top, right, bottom = min(left, x-x0), min(top, y-y0), min(right, x1-x), min(bottom, y1-y)
		}
	}
	return max(0, left/w-slack) + max(0, right/w-slack) + max(0, top/h-slack) + max(0, bottom/h-slack)
}

// fall is a Gaussian of d with spread s, 1 at 0.
func fall(d, s float32) float32 {
	q := d / s
	return float32(math.Exp(float64(-0.5 * q * q)))
}
