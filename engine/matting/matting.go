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
	in, confidence := view.locate(ctx, faces, c.W(), seed)
	if in == nil {
		return raster.New(c.W(), c.H()), 0
	}
	return view.matte(ctx, c, in), confidence
}

// locate looks for the subject on a small copy and cuts it on the view. faces are in a picture of the given width. The
// cut is nil when the context has ended.
func (v *view) locate(ctx context.Context, faces []face.Face, width int, seed uint64) ([]bool, float32) {
	small := newView(ctx, v.rgb, searchSide)
	defer small.free()
	at, rough, votes := small.search(ctx, settled(faces, small.w, width), seed)
	if rough == nil {
		return nil, 0
	}
	stands := v.saliency(ctx)
	defer stands.Free()
	b := v.beliefs(settled(faces, v.w, width), stands)[at]
	start := v.enlarged(rough.in, small)
	if votes != nil {
		b.elect(raster.Enlarge(ctx, votes, v.w, v.h), start)
		votes.Free()
	}
	s := v.cut(ctx, b, start, 3, raster.Rand(seed, "recut", at))
	v.tidy(s.in, b)
	v.extend(ctx, s, b)
	v.tidy(s.in, b)
	return s.in, rough.confidence
}

// elect makes the belief follow the votes, which it frees, and lets the cut start from their majority. The colours
// then weigh more than at first, so that a leg or a tail beyond the expected place can still be won.
func (b *belief) elect(votes *raster.Plane, start []bool) {
	b.trust = 0.7
	for i, p := range votes.P {
		b.likely[i] = 0.03 + 0.94*p
		if start[i] = p > 0.5; start[i] && b.fixed[i] < 0 {
			b.fixed[i] = 0
		}
	}
	votes.Free()
}

// enlarged brings a cut of a smaller view to this one.
func (v *view) enlarged(in []bool, from *view) []bool {
	out := make([]bool, v.w*v.h)
	for i := range out {
		out[i] = in[i/v.w*from.h/v.h*from.w+i%v.w*from.w/v.w]
	}
	return out
}
