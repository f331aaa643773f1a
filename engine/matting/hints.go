package matting

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// Stroke is a line that a person drew over the photo: through Points, in its pixels, with a round brush.
type Stroke struct {
	Points []image.Point
	Radius float32 // in pixels of the photo
	Keep   bool    // what it covers is the subject; otherwise it is not
}

// Hints are what a person said about the subject.
type Hints struct {
	Box     image.Rectangle // the subject lies inside; empty for no box
	Strokes []Stroke        // later ones win where they cross
	Before  *raster.Plane   // the matte so far, of any size; nil to begin from the box or the middle
}

// Segment returns the matte of the subject that the hints point at, as large as c and in 0…1. Without a box or an
// earlier matte the subject is expected about the strokes that keep, and without those about the middle of the frame.
// When the context ends the result is unspecified.
func Segment(ctx context.Context, c raster.RGB, hints Hints, seed uint64) *raster.Plane {
	if all := image.Rect(0, 0, c.W(), c.H()); !hints.Box.Intersect(all).Empty() && hints.Before == nil {
		return within(ctx, c, hints, seed)
	}
	return whole(ctx, c, hints, seed)
}

// within cuts only the surroundings of the box: what lies far from it says little about the ground there, and a small
// subject is seen larger.
func within(ctx context.Context, c raster.RGB, hints Hints, seed uint64) *raster.Plane {
	box := hints.Box.Intersect(image.Rect(0, 0, c.W(), c.H()))
	near := image.Rect(box.Min.X-box.Dx()*2/5, box.Min.Y-box.Dy()*2/5, box.Max.X+box.Dx()*2/5, box.Max.Y+box.Dy()*2/5)
	near = near.Intersect(image.Rect(0, 0, c.W(), c.H()))
	var part raster.RGB
	for i := range part {
		part[i] = piece(c[i], near.Min.X, near.Min.Y, near.Max.X, near.Max.Y)
	}
	defer part.Free()
	inner := Hints{Box: box.Sub(near.Min)}
	for _, s := range hints.Strokes {
		t := Stroke{Radius: s.Radius, Keep: s.Keep}
		for _, p := range s.Points {
			t.Points = append(t.Points, p.Sub(near.Min))
		}
		inner.Strokes = append(inner.Strokes, t)
	}
	small := whole(ctx, part, inner, seed)
	defer small.Free()
	alpha := raster.New(c.W(), c.H())
	for y := range small.H {
		copy(alpha.Row(y + near.Min.Y)[near.Min.X:], small.Row(y))
	}
	return alpha
}

// whole cuts the photo as it is.
func whole(ctx context.Context, c raster.RGB, hints Hints, seed uint64) *raster.Plane {
	v := newView(ctx, c, cutSide)
	defer v.free()
	k := float32(v.w) / float32(c.W())
	b := v.newBelief()
	for _, s := range hints.Strokes {
		v.draw(b, s, k)
	}
	var start []bool
	switch box := hints.Box; {
	case hints.Before != nil:
		start = v.resume(ctx, b, hints.Before)
	case !box.Empty():
		start = v.boxed(b, k*float32(box.Min.X), k*float32(box.Min.Y), k*float32(box.Max.X-1), k*float32(box.Max.Y-1))
	default:
		v.nearStrokes(ctx, b)
	}
	s := v.cut(ctx, b, start, 5, raster.Rand(seed, "segment", 0))
	v.tidy(s.in, b)
	return v.matte(ctx, c, s.in)
}

// resume goes on from an earlier matte.
func (v *view) resume(ctx context.Context, b *belief, before *raster.Plane) []bool {
	p := raster.Resize(ctx, before, v.w, v.h)
	defer p.Free()
	b.trust = 0.7
	start := make([]bool, len(p.P))
	for i, a := range p.P {
		b.likely[i] = 0.1 + 0.8*raster.Clamp(a, 0, 1)
		start[i] = b.fixed[i] > 0 || b.fixed[i] == 0 && a > 0.5
	}
	return start
}

// boxed knows that the subject is not outside a box in view pixels and leaves it to the colours where inside it is.
func (v *view) boxed(b *belief, x0, y0, x1, y1 float32) []bool {
	start := make([]bool, len(b.likely))
	for i := range start {
		b.likely[i] = 0.5
		x, y := float32(i%v.w), float32(i/v.w)
		if start[i] = x >= x0 && x <= x1 && y >= y0 && y <= y1 && b.fixed[i] >= 0; !start[i] {
			b.fixed[i] = -1
		}
	}
	return start
}

// nearStrokes expects the subject about the strokes that keep, or else about the middle.
func (v *view) nearStrokes(ctx context.Context, b *belief) {
	kept, any := raster.New(v.w, v.h), false
	defer kept.Free()
	for i, f := range b.fixed {
		if f > 0 {
			kept.P[i], any = 1, true
		}
	}
	if !any {
		kept.P[v.h/2*v.w+v.w/2] = 1
	}
	spread := 0.18 * float64(min(v.w, v.h))
	if !any {
		spread *= 1.8
	}
	away := raster.Distance(ctx, kept)
	defer away.Free()
	b.trust = 0.7
	for i, d := range away.P {
		r := float64(d) / spread
		b.likely[i] = float32(math.Exp(-0.5 * r * r))
	}
}

// draw makes certain what a stroke covers; k is the view's size over the photo's.
func (v *view) draw(b *belief, s Stroke, k float32) {
	mark := int8(-1)
	if s.Keep {
		mark = 1
	}
	radius := max(k*s.Radius, 0.75)
	for n, p := range s.Points {
		q := s.Points[max(n-1, 0)]
		x0, y0, x1, y1 := k*float32(q.X), k*float32(q.Y), k*float32(p.X), k*float32(p.Y)
		top, bottom := int(min(y0, y1)-radius), int(max(y0, y1)+radius)+1
		left, right := int(min(x0, x1)-radius), int(max(x0, x1)+radius)+1
		for y := max(0, top); y <= min(v.h-1, bottom); y++ {
			for x := max(0, left); x <= min(v.w-1, right); x++ {
				if reaches(float32(x), float32(y), x0, y0, x1, y1, radius) {
					b.fixed[y*v.w+x] = mark
				}
			}
		}
	}
}

// reaches tells whether (x, y) lies within radius of the segment.
func reaches(x, y, x0, y0, x1, y1, radius float32) bool {
	dx, dy := x1-x0, y1-y0
	t := float32(0)
	if length := dx*dx + dy*dy; length > 0 {
		t = raster.Clamp(((x-x0)*dx+(y-y0)*dy)/length, 0, 1)
	}
	ex, ey := x-x0-t*dx, y-y0-t*dy
	return ex*ex+ey*ey <= radius*radius
}
