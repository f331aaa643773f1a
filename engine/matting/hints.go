package matting

import (
	"context"
	"image"
	"slices"

	"easel/engine/face"
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
	Faces   []face.Face     // that the photo shows, in its pixels; where a stroke keeps what is below one, it may mean the person

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
	near := image.Rect(0, 0, c.W(), c.H())
	points := 0 // how many strokes point at the subject; those after them, or all of them with a box, mend the cut
	if hints.Box = hints.Box.Intersect(near); hints.Box.Empty() {
		points = 1 + slices.IndexFunc(hints.Strokes, func(s Stroke) bool { return s.Keep })
		if points == 0 {
			points = len(hints.Strokes)
		}
	} else {
		near = surroundings(hints.reach(near), near)
	}
	part := c
	if near != image.Rect(0, 0, c.W(), c.H()) {
		part = cropped(c, near, 1)
		defer part.Free()
	}
	v := newView(ctx, part, cutSide)
	defer v.free()
	alpha := v.matte(ctx, part, v.pointed(ctx, part, hints.within(near), points, seed))
	if part.W() == c.W() && part.H() == c.H() {
		return alpha
	}
	defer alpha.Free()
	whole := raster.New(c.W(), c.H())
	for y := range alpha.H {
		copy(whole.Row(y + near.Min.Y)[near.Min.X:], alpha.Row(y))
	}
	return whole
}

// reach is the box with the strokes that keep: who draws one beyond it has drawn it too small.
func (h Hints) reach(all image.Rectangle) image.Rectangle {
	box := h.Box
	for _, s := range h.Strokes {
		if s.Keep {
			box = box.Union(s.Bounds().Intersect(all))
		}
	}
	return box
}

// pointed is the cut that a box and strokes on a part of a photo point at. The first strokes, or the box, point at the subject, and
// the strokes after them mend that cut, so that what they do not touch stays. All of them together may say something else: then the
// first cut was wrong where only strokes pointed, and with a box the cut is taken that is worth more.
func (v *view) pointed(ctx context.Context, part raster.RGB, hints Hints, points int, seed uint64) []bool {
	sets := [][]Stroke{hints.Strokes[:points], hints.Strokes}
	if points == len(hints.Strokes) {
		sets = sets[:1]
	}
	cuts := make([][]bool, len(sets))
	raster.Each(ctx, len(sets), func() struct{} { return struct{}{} }, func(_ struct{}, k int) {
		cuts[k] = make([]bool, len(v.pixel))
		h := hints
		h.Strokes = sets[k]
		if l := newLook(ctx, part, image.Rect(0, 0, part.W(), part.H()), part.W(), h, seed); l != nil {
			cuts[k] = l.large(ctx, v, seed)
			l.free()
		}
	})
	if len(sets) == 1 || ctx.Err() != nil {
		return cuts[0]
	}
	if hints.Box.Empty() {
		hints.Before = v.matte(ctx, v.rgb, cuts[0]) // soft, as an outline is not to stay where it is a little wrong
		defer hints.Before.Free()
		if mended := v.resumed(ctx, hints, part.W(), seed); same(mended, cuts[1]) >= agreed {
			return mended
		}
		return cuts[1]
	}
	mended := v.patched(ctx, hints, cuts[0], part.W(), seed)
	if v.weighed(hints, mended, part.W(), seed)+mendWorth < v.weighed(hints, cuts[1], part.W(), seed) {
		return cuts[1]
	}
	return mended
}

// agreed is the overlap from which two cuts are the same subject.
const agreed = 0.9

// mendWorth is how much more a cut must be worth that was made anew than one that was mended.
const mendWorth = 0.05

// weighed is how much a cut is worth that somebody pointed at: how well colours tell its sides apart, and how it fills a box.
func (v *view) weighed(hints Hints, in []bool, width int, seed uint64) float32 {
	s := &segment{in: in}
	s.learn(v, v.drawn(hints.Strokes, width), raster.Rand(seed, "weighed", 0), false)
	none := raster.New(v.w, v.h)
	defer none.Free()
	s.evidence = v.weighs(s, none, 0)
	return s.worth() - emptied*v.fills(hints.Box, width, s) - clung*v.clings(hints.Box, width, s)
}

// resumed goes on from an earlier matte of a photo of the given width.
func (v *view) resumed(ctx context.Context, hints Hints, width int, seed uint64) []bool {
	before := raster.Resize(ctx, hints.Before, v.w, v.h)
	defer before.Free()
	return v.mend(ctx, hints, before, width, seed)
}

// mend is the cut by strokes, and a box, of an earlier matte of the view's size.
func (v *view) mend(ctx context.Context, hints Hints, before *raster.Plane, width int, seed uint64) []bool {
	b := v.drawn(hints.Strokes, width)
	if !hints.Box.Empty() {
		v.outside(b, v.framed(hints.Box, width))
	}
	v.resume(b, before)
	v.heed(ctx, b, hints.Strokes, width)
	s := v.cut(ctx, b, b.start(), 5, raster.Rand(seed, "segment", 0))
	v.tidy(s.in, b)
	return s.in
}

// guesses are the beliefs that go with a box, or with strokes alone: every one, or only one of them.
func (v *view) guesses(ctx context.Context, hints Hints, stands *raster.Plane, width, only int) []*belief {
	given := v.drawn(hints.Strokes, width)
	if hints.Box.Empty() {
		return v.nearStrokes(ctx, given, stands, settled(hints.Faces, v.w, width), hints.tap(), only)
	}
	f := v.framed(hints.Box, width)
	v.outside(given, f)
	ways := fillings()
	if only != every {
		ways = ways[only : only+1]
	}
	return v.inBox(ctx, f, given, stands, ways)
}

// keeps says whether nothing but strokes, of which one keeps, points at the subject.
func (h Hints) keeps() bool {
	return h.Box.Empty() && slices.ContainsFunc(h.Strokes, func(s Stroke) bool { return s.Keep })
}

// tap says whether nothing but dabs points at the subject: they say where it is, and not how far it reaches.
func (h Hints) tap() bool {
	return h.keeps() && !slices.ContainsFunc(h.Strokes, func(s Stroke) bool {
		box := s.Bounds()
		return s.Keep && float32(max(box.Dx(), box.Dy())) > dabbed*s.Radius+2
	})
}

// dabbed is how large a dab is at most, in radii of the brush.
const dabbed = 3

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
func (v *view) resume(b *belief, before *raster.Plane) {
	b.trust = 2
	for i, a := range before.P {
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
