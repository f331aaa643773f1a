// Package matting finds the subject of a photo and its outline as a soft matte, without trained weights: beliefs
// about where the subject may be, colour models of both sides, the cheapest cut between them, and a matte that
// follows the photo's own edges. It says how far the result can be trusted.
package matting

import (
	"context"
	"image"

	"easel/engine/face"
	"easel/engine/raster"
)

// Long sides, in pixels, of the copies on which the subject is looked for and then cut.
const (
	searchSide = 144
	cutSide    = 400
)

// Subject returns the matte of the photo's main subject, as large as c and in 0…1, and the overlap with the true subject that
// is to be expected, 0…1: below 0.6 a person should check it. c is gamma-encoded sRGB; faces are in c's pixels and may be
// empty. When the context ends the result is unspecified.
func Subject(ctx context.Context, c raster.RGB, faces []face.Face, seed uint64) (alpha *raster.Plane, confidence float32) {
	v := newView(ctx, c, cutSide)
	defer v.free()
	f := v.locate(ctx, faces, c.W(), seed)
	if f == nil {
		return raster.New(c.W(), c.H()), 0
	}
	defer f.votes.Free()
	closer := v.closer(ctx, f.votes, seed)
	defer closer.Free()
	confidence = v.sureness(f.in, closer)
	if f.person { // clothes have the ground's colours more often than fur has: half is the face's word
		confidence = (confidence + f.plainly) / 2
	}
	return v.matte(ctx, c, f.in), confidence
}

// Figure is Subject for those who draw: the same matte, with how plainly its first cut stood out among others, 0…1. That
// is no likelihood: drawings set their thresholds by it, and it trusts a face more than the colours behind a body.
func Figure(ctx context.Context, c raster.RGB, faces []face.Face, seed uint64) (alpha *raster.Plane, plainly float32) {
	v := newView(ctx, c, cutSide)
	defer v.free()
	f := v.locate(ctx, faces, c.W(), seed)
	if f == nil {
		return raster.New(c.W(), c.H()), 0
	}
	defer f.votes.Free()
	return v.matte(ctx, c, f.in), f.plainly
}

// finding is a subject that was found on a view.
type finding struct {
	in      []bool
	votes   *raster.Plane // share of the first cuts that hold each pixel, the better ones counting more
	plainly float32       // estimated overlap of the best of them
	person  bool          // which began below a face
}

// locate looks for the subject on a small copy and cuts it on the view. faces are in a picture of the given width. It is nil
// when the context has ended.
func (v *view) locate(ctx context.Context, faces []face.Face, width int, seed uint64) *finding {
	small := newView(ctx, v.rgb, searchSide)
	defer small.free()
	at, rough, votes := small.search(ctx, settled(faces, small.w, width), seed)
	if rough == nil {
		return nil
	}
	defer votes.Free()
	stands := v.saliency(ctx)
	defer stands.Free()
	b := v.beliefs(settled(faces, v.w, width), stands)[at]
	f := &finding{votes: raster.Enlarge(ctx, votes, v.w, v.h), plainly: rough.evidence.estimate(), person: b.person}
	start := v.enlarged(rough.in, small)
	if len(faces) == 0 {
		b.elect(f.votes, start)
	}
	s := v.cut(ctx, b, start, 3, raster.Rand(seed, "recut", at))
	v.tidy(s.in, b)
	v.extend(ctx, s, b)
	v.tidy(s.in, b)
	f.in = s.in
	return f
}

// closer looks again where most votes say that the subject is, as if a person had drawn a box there, and returns the share
// of those cuts that hold each pixel. It is empty where the votes hold next to nothing.
func (v *view) closer(ctx context.Context, votes *raster.Plane, seed uint64) *raster.Plane {
	out := raster.New(v.w, v.h)
	box := v.held(votes)
	if min(box.Dx(), box.Dy()) < leastBox {
		return out
	}
	near := surroundings(box, image.Rect(0, 0, v.w, v.h))
	l := newLook(ctx, v.rgb, near, v.w, Hints{Box: box, guessed: true}, seed)
	if l == nil {
		return out
	}
	defer l.free()
	part := raster.Enlarge(ctx, l.votes, near.Dx(), near.Dy())
	defer part.Free()
	for y := range part.H {
		copy(out.Row(y + near.Min.Y)[near.Min.X:], part.Row(y))
	}
	return out
}

// leastBox is the least side of a box that is worth a closer look, in pixels of the view.
const leastBox = 12

// held is the box around what most votes hold, with a tenth of its size on each side.
func (v *view) held(votes *raster.Plane) image.Rectangle {
	in := make([]bool, len(votes.P))
	b := v.newBelief()
	for i, p := range votes.P {
		in[i], b.likely[i] = p > 0.5, p
	}
	v.tidy(in, b)
	var box image.Rectangle
	for i, is := range in {
		if is {
			box = box.Union(image.Rect(i%v.w, i/v.w, i%v.w+1, i/v.w+1))
		}
	}
	x, y := box.Dx()/10, box.Dy()/10
	return image.Rect(box.Min.X-x, box.Min.Y-y, box.Max.X+x, box.Max.Y+y).Intersect(image.Rect(0, 0, v.w, v.h))
}

// elect makes the belief follow the votes, and lets the cut start from their majority. The colours
// then weigh more than at first, so that a leg or a tail beyond the expected place can still be won.
func (b *belief) elect(votes *raster.Plane, start []bool) {
	b.trust = 0.7
	for i, p := range votes.P {
		b.likely[i] = 0.03 + 0.94*p
		if start[i] = p > 0.5; start[i] && b.fixed[i] < 0 {
			b.fixed[i] = 0
		}
	}
}

// enlarged brings a cut of a smaller view to this one.
func (v *view) enlarged(in []bool, from *view) []bool {
	out := make([]bool, v.w*v.h)
	for i := range out {
		out[i] = in[i/v.w*from.h/v.h*from.w+i%v.w*from.w/v.w]
	}
	return out
}
