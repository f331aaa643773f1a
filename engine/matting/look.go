package matting

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// boxSide is the long side of the copy on which a box's fillings are tried.
const boxSide = 160

// How much the cut at full size is held to the one that was chosen on the smaller copy.
const (
	anchored    = 0.6
	anchorTrust = 1
)

// look is a part of the photo that was looked at closely, and the best cut of it.
type look struct {
	near  image.Rectangle // the part, in pixels of the photo
	hints Hints           // in pixels of the part
	small *view
	at    int // the guess that led to the cut
	cut   *segment
	votes *raster.Plane // where the box was guessed: share of the cuts that hold each pixel of the part, the better ones counting more
}

// surroundings is a box with two fifths of its size about it: what lies far from a subject says little about the ground there,
// and a small subject is seen larger.
func surroundings(box, all image.Rectangle) image.Rectangle {
	x, y := box.Dx()*2/5, box.Dy()*2/5
	return image.Rect(box.Min.X-x, box.Min.Y-y, box.Max.X+x, box.Max.Y+y).Intersect(all)
}

// newLook cuts a part of a photo of the given width in all the ways that the hints allow, and keeps the best. c is the photo
// or a smaller copy of it. It is nil when the context has ended.
func newLook(ctx context.Context, c raster.RGB, near image.Rectangle, width int, hints Hints, seed uint64) *look {
	part := cropped(c, near, float64(c.W())/float64(width))
	defer part.Free()
	l := &look{near: near, hints: hints.within(near), small: newView(ctx, part, boxSide)}
	stands := l.small.saliency(ctx)
	defer stands.Free()
	found := l.small.tries(ctx, l.small.guesses(ctx, l.hints, stands, near.Dx(), every), stands, seed)
	given := l.small.drawn(l.hints.Strokes, near.Dx())
	worth := func(s *segment) float32 {
		if l.hints.tap() {
			return s.worth() + l.small.meant(ctx, given, s)
		}
		w := s.worth() - emptied*l.small.fills(l.hints.Box, near.Dx(), s)
		if !l.hints.guessed {
			w -= clung * l.small.clings(l.hints.Box, near.Dx(), s)
		}
		return w
	}
	l.at = bestOf(found, worth)
	if l.at < 0 {
		l.small.free()
		return nil
	}
	if l.cut = found[l.at]; hints.guessed {
		l.votes = l.small.poll(found, lookPatience, worth)
	}
	return l
}

func (l *look) free() {
	l.small.free()
	l.votes.Free()
}

// lookPatience is how much less than the best a cut of a part may be worth to count a third of it.
const lookPatience = 0.1

// emptied is how much less a cut is worth that leaves all of a box empty along one side.
const emptied = 0.3

// What speaks for a cut that a tap points at: that it lies deep in it, in parts of the root of its area, and that little of it
// lies apart from there.
const (
	deepWorth  = 0.4
	looseWorth = 0.5
)

// meant is how much a cut is worth by a tap: people point at the middle of what they mean, and seldom at ground that spans the
// frame.
func (v *view) meant(ctx context.Context, given *belief, s *segment) float32 {
	rest := raster.New(v.w, v.h)
	defer rest.Free()
	area := 0
	for i, in := range s.in {
		if in {
			area++
		} else {
			rest.P[i] = 1
		}
	}
	away := raster.Distance(ctx, rest)
	defer away.Free()
	deepest := float32(0)
	for i, f := range given.fixed {
		if x, y := i%v.w, i/v.w; f > 0 {
			deepest = max(deepest, min(away.P[i], float32(min(x, y, v.w-1-x, v.h-1-y)+1)))
		}
	}
	loose := 0
	_, pieces := v.blobs(s.in, true, given)
	for _, p := range pieces {
		if !p.fixed {
			loose += p.area
		}
	}
	deep := deepest / max(float32(math.Sqrt(float64(area))), 1)
	return s.credit + deepWorth*deep - looseWorth*float32(loose)/max(float32(area), 1) - v.spans(s.in)
}

// clung is how much less a cut is worth that lies along all of one side of a box.
const clung = 0.1

// cropped is a part of a photo, from a copy that is scale times as large.
func cropped(c raster.RGB, near image.Rectangle, scale float64) raster.RGB {
	x0, y0 := int(float64(near.Min.X)*scale), int(float64(near.Min.Y)*scale)
	x1, y1 := min(c.W(), int(float64(near.Max.X)*scale+0.999)), min(c.H(), int(float64(near.Max.Y)*scale+0.999))
	return c.Crop(image.Rect(x0, y0, max(x1, x0+1), max(y1, y0+1)))
}

// within are the hints for a part of the photo.
func (h Hints) within(near image.Rectangle) Hints {
	inner := Hints{guessed: h.guessed, Faces: h.Faces} // faces count only where no box makes a part
	if !h.Box.Empty() {
		inner.Box = h.Box.Sub(near.Min)
	}
	for _, s := range h.Strokes {
		t := Stroke{Radius: s.Radius, Keep: s.Keep}
		for _, p := range s.Points {
			t.Points = append(t.Points, p.Sub(near.Min))
		}
		inner.Strokes = append(inner.Strokes, t)
	}
	return inner
}

// large cuts a larger view of the part from the belief that was best, held to its cut.
func (l *look) large(ctx context.Context, v *view, seed uint64) []bool {
	var stands *raster.Plane
	if !l.hints.keeps() || l.at >= wayCount {
		stands = v.saliency(ctx)
		defer stands.Free()
	}
	b := v.guesses(ctx, l.hints, stands, l.near.Dx(), l.at)[0]
	start := v.enlarged(l.cut.in, l.small)
	b.trust = anchorTrust
	for i, f := range b.fixed {
		b.likely[i] *= 1 - anchored
		if start[i] = f > 0 || f == 0 && start[i]; start[i] {
			b.likely[i] += anchored
		}
	}
	if len(l.hints.Strokes) > 0 && l.hints.Box.Empty() { // else it is known how far the subject reaches
		v.heed(ctx, b, l.hints.Strokes, l.near.Dx())
		start = b.start()
	}
	s := v.cut(ctx, b, start, 5, raster.Rand(seed, "segment", 0))
	v.tidy(s.in, b)
	return s.in
}
