// Package matting finds the subject of a photo and its outline as a soft matte, without trained weights: a belief
// about where the subject is, colour models of both sides, the cheapest cut between them, and a matte that follows
// the photo's own edges. It says how far the result can be trusted.
package matting

import (
	"context"

	"easel/engine/face"
	"easel/engine/raster"
)

// Long sides, in pixels, of the copies on which the subject is looked for and cut.
const (
	searchSide = 288
	cutSide    = 480
)

// Subject returns the matte of the photo's main subject, as large as c and in 0…1, and how far it can be trusted,
// 0…1: below 0.6 a person should check it. c is gamma-encoded sRGB; faces are in c's pixels and may be empty. When
// the context ends the result is unspecified.
func Subject(ctx context.Context, c raster.RGB, faces []face.Face, seed uint64) (alpha *raster.Plane, confidence float32) {
	small := newView(ctx, c, searchSide)
	defer small.free()
	best := small.search(ctx, scaled(faces, small.w, c.W()), seed)
	mask := raster.New(small.w, small.h)
	for i, in := range best.in {
		if in {
			mask.P[i] = 1
		}
	}
	soft := raster.Gaussian(ctx, mask, 0.6)
	defer raster.Free(mask, soft)
	r := max(2, max(c.W(), c.H())/110)
	return spread(ctx, c, soft, r, 3e-4), best.confidence
}

// scaled brings faces from a picture of width from to one of width to.
func scaled(faces []face.Face, to, from int) []face.Face {
	k := float32(to) / float32(from)
	out := make([]face.Face, len(faces))
	for i, f := range faces {
		out[i] = face.Face{X: f.X * k, Y: f.Y * k, Size: f.Size * k, Score: f.Score}
	}
	return out
}

// search cuts the view from each belief that may hold and returns the cut with the best evidence.
func (v *view) search(ctx context.Context, faces []face.Face, seed uint64) *segment {
	stands := v.saliency(ctx)
	defer stands.Free()
	beliefs := v.beliefs(faces, stands)
	found := make([]*segment, len(beliefs))
	one := raster.WithWorkers(ctx, 1)
	raster.Each(ctx, len(beliefs), func() struct{} { return struct{}{} }, func(_ struct{}, k int) {
		s := v.cut(one, beliefs[k], nil, 4, raster.Rand(seed, "cut", k))
		holes := v.tidy(s.in, beliefs[k])
		s.confidence = v.weighs(s, beliefs[k], stands, holes).confidence()
		found[k] = s
	})
	best := &segment{in: make([]bool, v.w*v.h)}
	for _, s := range found {
		if s != nil && s.confidence >= best.confidence {
			best = s
		}
	}
	return best
}

// beliefs are the places where the subject may be: below the faces, or else about the middle, with more or less trust
// in what stands out.
func (v *view) beliefs(faces []face.Face, stands *raster.Plane) []*belief {
	if len(faces) > 0 {
		return []*belief{v.portrait(faces, stands)}
	}
	w, h := float32(v.w), float32(v.h)
	return []*belief{v.centred(stands, 0.3), v.centred(stands, 0.75), v.boxed(0.15*w, 0.1*h, 0.85*w, 0.95*h)}
}
