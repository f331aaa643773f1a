package matting

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// frame is a box in view pixels, both ends included.
type frame struct{ x0, y0, x1, y1 float32 }

// framed is a box that was drawn on a photo of the given width.
func (v *view) framed(box image.Rectangle, width int) frame {
	k := float32(v.w) / float32(width)
	return frame{k * float32(box.Min.X), k * float32(box.Min.Y), k * float32(box.Max.X-1), k * float32(box.Max.Y-1)}
}

// shapes are how a subject may fill its box: its spread along both sides in parts of theirs, the share of what stands out,
// and how stiff its outline is. Spread 0 leaves it to the colours.
var shapes = [...][4]float32{
	{0, 0, 0, 1}, {0.34, 0.34, 0, 1}, {0.42, 0.42, 0.35, 1}, {0.25, 0.40, 0.3, 1}, {0.40, 0.25, 0.3, 1}, {0.6, 0.6, 0.6, 1},
	{0, 0, 0, 3}, {0.42, 0.42, 0.35, 3}, {0.34, 0.34, 0, 3},
}

// filled is a shape with what else tells a belief from the others.
type filled struct {
	shape [4]float32
	rim   bool // what stands out is what does so from the rim of the view, not from beside the box
}

// fillings are the ways of filling a box.
func fillings() []filled {
	var all []filled
	for _, s := range shapes {
		all = append(all, filled{s, false})
		if s[2] > 0 {
			all = append(all, filled{s, true})
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
		all = append(all, v.filling(f, given, w.shape, stands))
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

// outside makes certain that the subject is not there, but for what a stroke keeps.
func (v *view) outside(b *belief, f frame) {
	for i, is := range b.fixed {
		if x, y := float32(i%v.w), float32(i/v.w); is <= 0 && (x < f.x0 || x > f.x1 || y < f.y0 || y > f.y1) {
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
	f := v.framed(box, width)
	w, h := max(f.x1-f.x0, 1), max(f.y1-f.y0, 1)
	left, top, right, bottom := w, h, w, h
	for i, in := range s.in {
		if in {
			x, y := float32(i%v.w), float32(i/v.w)
			left, top, right, bottom = min(left, x-f.x0), min(top, y-f.y0), min(right, f.x1-x), min(bottom, f.y1-y)
		}
	}
	return max(0, left/w-slack) + max(0, right/w-slack) + max(0, top/h-slack) + max(0, bottom/h-slack)
}

// clings is how much of a box's sides a cut lies along, in parts of each, summed: a subject meets its box in few places, and what
// ends where the box ends goes on beyond it. Sides that are the view's own do not count.
func (v *view) clings(box image.Rectangle, width int, s *segment) float32 {
	if box.Empty() {
		return 0
	}
	f := v.framed(box, width)
	w, h := max(f.x1-f.x0, 1), max(f.y1-f.y0, 1)
	x0, y0, x1, y1 := int(math.Ceil(float64(f.x0))), int(math.Ceil(float64(f.y0))), min(int(f.x1), v.w-1), min(int(f.y1), v.h-1)
	on := func(x, y, x2, y2 int) bool {
		return s.in[y*v.w+x] || x2 >= 0 && y2 >= 0 && x2 < v.w && y2 < v.h && s.in[y2*v.w+x2]
	}
	sum := float32(0)
	for y := y0; y <= y1; y++ {
		if x0 > rim && on(x0, y, x0+1, y) {
			sum += 1 / h
		}
		if x1 < v.w-rim && on(x1, y, x1-1, y) {
			sum += 1 / h
		}
	}
	for x := x0; x <= x1; x++ {
		if y0 > rim && on(x, y0, x, y0+1) {
			sum += 1 / w
		}
		if y1 < v.h-rim && on(x, y1, x, y1-1) {
			sum += 1 / w
		}
	}
	return sum
}

// fall is a Gaussian of d with spread s, 1 at 0.
func fall(d, s float32) float32 {
	q := d / s
	return float32(math.Exp(float64(-0.5 * q * q)))
}
