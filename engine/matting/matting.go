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
	if len(plausible(faces)) == 0 {
		return faceless(ctx, c, seed)
	}
	view := newView(ctx, c, cutSide)
	defer view.free()
	in, confidence := view.locate(ctx, faces, c.W(), seed)
	if in == nil {
		return raster.New(c.W(), c.H()), 0
	}
	return view.matte(ctx, c, in), confidence
}

// faceless looks for a subject without a face.
func faceless(ctx context.Context, c raster.RGB, seed uint64) (alpha *raster.Plane, confidence float32) {
	from := c
	if w, h := fit(c.W(), c.H(), scoutSide); w != c.W() || h != c.H() {
		from = raster.ResizeRGB(ctx, c, w, h)
		defer from.Free()
	}
	small := newView(ctx, from, searchSide)
	defer small.free()
	found := small.scout(ctx, from, c.W(), c.H(), seed)
	defer release(found)
	if len(found) == 0 {
		return raster.New(c.W(), c.H()), 0
	}
	return found[0].look.matte(ctx, c, true, seed), found[0].confidence()
}

// locate looks on a small copy for the people whose faces are in a picture of the given width, and cuts them on the view.
// The cut is nil when the context has ended.
func (v *view) locate(ctx context.Context, faces []face.Face, width int, seed uint64) ([]bool, float32) {
	small := newView(ctx, v.rgb, searchSide)
	defer small.free()
	at, rough := small.search(ctx, settled(faces, small.w, width), seed)
	if rough == nil {
		return nil, 0
	}
	stands := v.saliency(ctx)
	defer stands.Free()
	b := v.beliefs(settled(faces, v.w, width), stands)[at]
	s := v.cut(ctx, b, v.enlarged(rough.in, small), 3, raster.Rand(seed, "recut", at))
	v.tidy(s.in, b)
	v.extend(ctx, s, b)
	v.tidy(s.in, b)
	return s.in, rough.confidence
}

// enlarged brings a cut of a smaller view to this one.
func (v *view) enlarged(in []bool, from *view) []bool {
	out := make([]bool, v.w*v.h)
	for i := range out {
		out[i] = in[i/v.w*from.h/v.h*from.w+i%v.w*from.w/v.w]
	}
	return out
}
