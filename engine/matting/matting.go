// Package matting finds the subject of a photo and its outline as a soft matte, without trained weights: beliefs
// about where the subject may be, colour models of both sides, the cheapest cut between them, and a matte that
// follows the photo's own edges. It says how far the result can be trusted.
package matting

import (
	"context"

	"easel/engine/face"
	"easel/engine/raster"
)

// Long sides, in pixels, of the copies on which the subject is looked for and then cut.
const (
	searchSide = 144
	cutSide    = 400
)

// Subject returns the matte of the photo's main subject, as large as c and in 0…1, and how far it can be trusted,
// 0…1: below 0.6 a person should check it. c is gamma-encoded sRGB; faces are in c's pixels and may be empty. When
// the context ends the result is unspecified.
func Subject(ctx context.Context, c raster.RGB, faces []face.Face, seed uint64) (alpha *raster.Plane, confidence float32) {
	view := newView(ctx, c, cutSide)
	defer view.free()
	small := newView(ctx, c, searchSide)
	defer small.free()
	at, rough := small.search(ctx, settled(faces, small.w, c.W()), seed)
	if rough == nil {
		return raster.New(c.W(), c.H()), 0
	}
	stands := view.saliency(ctx)
	defer stands.Free()
	b := view.beliefs(settled(faces, view.w, c.W()), stands)[at]
	s := view.cut(ctx, b, view.enlarged(rough.in, small), 3, raster.Rand(seed, "recut", at))
	view.tidy(s.in, b)
	return view.matte(ctx, c, s.in), rough.confidence
}

// enlarged brings a cut of a smaller view to this one.
func (v *view) enlarged(in []bool, from *view) []bool {
	out := make([]bool, v.w*v.h)
	for i := range out {
		out[i] = in[i/v.w*from.h/v.h*from.w+i%v.w*from.w/v.w]
	}
	return out
}
