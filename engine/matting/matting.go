// Package matting finds the subject of a photo and its outline as a soft matte, without trained weights: beliefs
// about where the subject may be, colour models of both sides, the cheapest cut between them, and a matte that
// follows the photo's own edges. It says how far the result can be trusted.
package matting

import (
	"context"
	"image"
	"slices"

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
	for i, p := range closer.P {
		f.votes.P[i] = (f.votes.P[i] + p) / 2
	}
	f.follow(f.shoulders())
	in := v.recut(ctx, f, seed)
	sure := v.sureness(in, closer)
	if f.belief.person { // clothes have the ground's colours more often than fur has: half is the face's word
		return v.matte(ctx, c, in), (sure + f.plainly) / 2
	}
	return v.matte(ctx, c, in), expected(sure)
}

// Figure is Subject for those who draw: a matte that would rather keep too much below a person's shoulders than lose an arm or
// what is held, made without a closer look, and how plainly its first cut stood out among others, 0…1. That is no likelihood:
// drawings set their thresholds by it, and it trusts a face more than the colours behind a body.
func Figure(ctx context.Context, c raster.RGB, faces []face.Face, seed uint64) (alpha *raster.Plane, plainly float32) {
	v := newView(ctx, c, cutSide)
	defer v.free()
	f := v.locate(ctx, faces, c.W(), seed)
	if f == nil {
		return raster.New(c.W(), c.H()), 0
	}
	defer f.votes.Free()
	if len(f.faces) == 0 {
		f.follow(0)
		return v.matte(ctx, c, v.recut(ctx, f, seed)), f.plainly
	}
	in := v.recut(ctx, f, seed)
	v.embrace(ctx, f, in, seed)
	return v.matte(ctx, c, in), f.plainly
}

// finding is a subject that was found on a view.
type finding struct {
	votes   *raster.Plane // share of the first cuts that hold each pixel, the better ones counting more
	plainly float32       // estimated overlap of the best of them,
	start   []bool        // which it is
	at      int           // the belief that it began from,
	belief  *belief       // on the view,
	faces   []face.Face   // and the faces that it is below, if it is
}

// locate looks for the subject on a small copy. faces are in a picture of the given width. It is nil when the context has
// ended.
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
	on := settled(faces, v.w, width)
	f := &finding{
		votes: raster.Enlarge(ctx, votes, v.w, v.h), plainly: rough.evidence.estimate(), start: v.enlarged(rough.in, small),
		at: at, belief: v.beliefs(on, stands, at)[0],
	}
	if f.belief.person {
		f.faces = plausible(on)
	}
	return f
}

const (
	shoulders = 0.7 // face sizes below the middle of a face
	sparing   = 1.6 // how much more than once a vote counts for what a person who is drawn may hold,
	armful    = 0.1 // and how large that is at least, in parts of the person: less may be a scrap of the ground
)

// shoulders is the row from which votes are to be followed: a head is where its face says, whatever the colours of dark hair
// before dark leaves.
func (f *finding) shoulders() int {
	if len(f.faces) == 0 {
		return 0
	}
	row := f.votes.H
	for _, q := range f.faces {
		row = max(0, min(row, int(q.Y+shoulders*q.Size)))
	}
	return row
}

// embrace adds to a cut what a person may hold below the shoulders, and arms that reach out: large pieces of a cut for which
// one belief of three that an arm reaches there is enough. At the frame's sides it is not: who leaves the frame there by one
// belief alone does not fill it.
func (v *view) embrace(ctx context.Context, f *finding, in []bool, seed uint64) {
	from, area := f.shoulders(), 0
	for y := from; y < v.h; y++ {
		row := f.votes.Row(y)
		for x := rim; x < v.w-rim; x++ {
			row[x] = min(1, sparing*row[x])
		}
	}
	f.follow(from)
	more := v.recut(ctx, f, seed)
	for i, is := range in {
		if is {
			area++
		}
		more[i] = more[i] && !is && i >= from*v.w
	}
	label, pieces := v.blobs(more, true, f.belief)
	for i, l := range label {
		if l >= 0 && float32(pieces[l].area) >= armful*float32(area) {
			in[i] = true
		}
	}
}

// follow makes the belief, from a row on, that of the votes, and the start their majority. Where that is all, the colours weigh
// more than at first, so that a leg or a tail beyond the expected place can still be won.
func (f *finding) follow(from int) {
	b := f.belief
	if from == 0 {
		b.trust = 0.7
	}
	for i := from * f.votes.W; i < len(f.votes.P); i++ {
		p := f.votes.P[i]
		b.likely[i] = 0.03 + 0.94*p
		if f.start[i] = p > 0.5; f.start[i] && b.fixed[i] < 0 {
			b.fixed[i] = 0
		}
	}
}

// recut cuts the view from what was found on the small copy.
func (v *view) recut(ctx context.Context, f *finding, seed uint64) []bool {
	s := v.cut(ctx, f.belief, slices.Clone(f.start), 3, raster.Rand(seed, "recut", f.at))
	v.tidy(s.in, f.belief)
	v.extend(ctx, s, f.belief)
	v.tidy(s.in, f.belief)
	return s.in
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

// enlarged brings a cut of a smaller view to this one.
func (v *view) enlarged(in []bool, from *view) []bool {
	out := make([]bool, v.w*v.h)
	for i := range out {
		out[i] = in[i/v.w*from.h/v.h*from.w+i%v.w*from.w/v.w]
	}
	return out
}
