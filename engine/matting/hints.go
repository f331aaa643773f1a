package matting

import (
	"context"
	"image"
	"slices"

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
	Box     image.Rectangle // drawn about the subject; empty for no box
	Strokes []Stroke        // later ones win where they cross
	Before  *raster.Plane   // the matte so far, of any size; nil to begin from the box or the middle

	guessed bool // nobody drew the box: it is only where the subject seems to be
}

// Segment returns the matte of the subject that the hints point at, as large as c and in 0…1. Without a box or an
// earlier matte the subject is expected about the strokes that keep, and without those about the middle of the frame.
// When the context ends the result is unspecified.
func Segment(ctx context.Context, c raster.RGB, hints Hints, seed uint64) *raster.Plane {
	if hints.Before != nil {
		v := newView(ctx, c, cutSide)
		defer v.free()
		return v.matte(ctx, c, v.resumed(ctx, hints, c.W(), seed))
	}
	if n := 1 + slices.IndexFunc(hints.Strokes, func(s Stroke) bool { return s.Keep }); n > 0 && n < len(hints.Strokes) && hints.Box.Empty() {
		return mended(ctx, c, hints, n, seed)
	}
	return anew(ctx, c, hints, seed)
}

// anew begins from the box or the strokes, without an earlier matte.
func anew(ctx context.Context, c raster.RGB, hints Hints, seed uint64) *raster.Plane {
	all := image.Rect(0, 0, c.W(), c.H())
	near := all
	if hints.Box = hints.Box.Intersect(all); !hints.Box.Empty() {
		near = surroundings(hints.Box, all)
	}
	l := newLook(ctx, c, near, c.W(), hints, seed)
	if l == nil {
		return raster.New(c.W(), c.H())
	}
	defer l.free()
	return l.matte(ctx, c, seed)
}

// agreed is the overlap from which two cuts are the same subject.
const agreed = 0.9

// mended takes the first n strokes for what points at the subject, and those after them for what mends that cut, so that what
// they do not touch stays. Where all of the strokes together say something else, the first cut was wrong, and they have it.
func mended(ctx context.Context, c raster.RGB, hints Hints, n int, seed uint64) *raster.Plane {
	v := newView(ctx, c, cutSide)
	defer v.free()
	cuts := [2][]bool{make([]bool, len(v.pixel)), make([]bool, len(v.pixel))} // by all of the strokes, and by the first
	sets := [2][]Stroke{hints.Strokes, hints.Strokes[:n]}
	raster.Each(ctx, len(cuts), func() struct{} { return struct{}{} }, func(_ struct{}, k int) {
		if l := newLook(ctx, c, image.Rect(0, 0, c.W(), c.H()), c.W(), Hints{Strokes: sets[k]}, seed); l != nil {
			cuts[k] = l.large(ctx, v, seed)
			l.free()
		}
	})
	hints.Before = v.matte(ctx, v.rgb, cuts[1]) // soft, as an outline is not to stay where it is a little wrong
	defer hints.Before.Free()
	in := v.resumed(ctx, hints, c.W(), seed)
	if same(in, cuts[0]) < agreed {
		in = cuts[0]
	}
	return v.matte(ctx, c, in)
}

// resumed goes on from an earlier matte of a photo of the given width.
func (v *view) resumed(ctx context.Context, hints Hints, width int, seed uint64) []bool {
	b := v.drawn(hints.Strokes, width)
	v.resume(ctx, b, hints.Before)
	v.heed(ctx, b, hints.Strokes, width)
	s := v.cut(ctx, b, b.start(), 5, raster.Rand(seed, "segment", 0))
	v.tidy(s.in, b)
	return s.in
}

// guesses are the beliefs that go with a box, or with strokes alone: every one, or only one of them.
func (v *view) guesses(ctx context.Context, hints Hints, stands *raster.Plane, width, only int) []*belief {
	given := v.drawn(hints.Strokes, width)
	if hints.Box.Empty() {
		return v.nearStrokes(ctx, given, stands, only)
	}
	k, box := float32(v.w)/float32(width), hints.Box
	f := frame{k * float32(box.Min.X), k * float32(box.Min.Y), k * float32(box.Max.X-1), k * float32(box.Max.Y-1)}
	v.outside(given, f)
	ways := fillings(!hints.guessed)
	if only != every {
		ways = ways[only : only+1]
	}
	return v.inBox(ctx, f, given, stands, ways)
}

// keeps says whether nothing but strokes, of which one keeps, points at the subject.
func (h Hints) keeps() bool {
	return h.Box.Empty() && slices.ContainsFunc(h.Strokes, func(s Stroke) bool { return s.Keep })
}

// bestOf is the cut that is worth most; -1 for none.
func bestOf(found []*segment, worth func(s *segment) float32) int {
	at, most := -1, float32(0)
	for k, s := range found {
		if w := worth(s); at < 0 || w > most {
			at, most = k, w
		}
	}
	return at
}

// drawn is the belief of strokes alone, drawn in order over a photo of the given width.
func (v *view) drawn(strokes []Stroke, width int) *belief {
	b := v.newBelief()
	for _, s := range strokes {
		v.draw(b, s, float32(v.w)/float32(width))
	}
	if len(strokes) > 0 {
		b.said = append([]int8(nil), b.fixed...)
	}
	return b
}

// resume goes on from an earlier matte.
func (v *view) resume(ctx context.Context, b *belief, before *raster.Plane) {
	p := raster.Resize(ctx, before, v.w, v.h)
	defer p.Free()
	b.trust = 2
	for i, a := range p.P {
		b.likely[i] = 0.1 + 0.8*raster.Clamp(a, 0, 1)
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
				if touches(float32(x), float32(y), x0, y0, x1, y1, radius) {
					b.fixed[y*v.w+x] = mark
				}
			}
		}
	}
}

// touches tells whether (x, y) lies within radius of the segment.
func touches(x, y, x0, y0, x1, y1, radius float32) bool {
	dx, dy := x1-x0, y1-y0
	t := float32(0)
	if length := dx*dx + dy*dy; length > 0 {
		t = raster.Clamp(((x-x0)*dx+(y-y0)*dy)/length, 0, 1)
	}
	ex, ey := x-x0-t*dx, y-y0-t*dy
	return ex*ex+ey*ey <= radius*radius
}
