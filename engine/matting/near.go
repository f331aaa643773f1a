package matting

import (
	"context"

	"easel/engine/face"
	"easel/engine/raster"
)

// reaches are how far from a stroke its subject is expected, as spreads in parts of the short side.
var reaches = [...]float32{0.07, 0.12, 0.18, 0.27}

// nearTrust is the weight of a place against the colours, where strokes say it.
const nearTrust = 0.7

// every asks for all beliefs instead of one.
const every = -1

// nearStrokes are beliefs that the subject lies about the strokes that keep, or where subjects are when nothing is kept: all of
// them, or only the one that is asked for. A tap says little of how far its subject reaches: it may fill the frame, or be the person
// below a face; faces are in view pixels. stands is found where it is nil and needed.
func (v *view) nearStrokes(ctx context.Context, given *belief, stands *raster.Plane, faces []face.Face, tap bool, only int) []*belief {
	if stands == nil && !given.keeps() { // what is kept lies beside the photo, or was removed again
		stands = v.saliency(ctx)
		defer stands.Free()
	}
	var makes []func() *belief
	if w := (&ways{view: v, given: given}); given.keeps() {
		for n := range wayCount {
			makes = append(makes, func() *belief { return w.belief(ctx, n) })
		}
		if tap {
			makes = append(makes, func() *belief { return v.closeUp(stands) })
			if people := plausible(faces); given.touches(v, people) {
				makes = append(makes, v.portraits(people, stands, false)...)
			}
		}
	} else {
		for _, p := range places {
			makes = append(makes, func() *belief { return v.about(p[0], p[1], p[2], 1.25*p[2], stands) })
		}
	}
	var all []*belief
	for n, belief := range makes {
		if only == every || n == only {
			all = append(all, belief())
		}
	}
	for _, b := range all {
		b.said = given.said
		for i, f := range given.fixed {
			if f != 0 {
				b.fixed[i] = f
			}
		}
	}
	return all
}

// touches says whether something that is kept lies where the body of one of the faces may be.
func (b *belief) touches(v *view, faces []face.Face) bool {
	for i, f := range b.fixed {
		for k := range faces {
			if q := &faces[k]; f > 0 && figure((float32(i%v.w)-q.X)/q.Size, (float32(i/v.w)-q.Y)/q.Size) > bodily {
				return true
			}
		}
	}
	return false
}

// bodily is the likelihood from which a place is of the person below a face.
const bodily = 0.3

// keeps says whether some pixel surely belongs to the subject.
func (b *belief) keeps() bool {
	for _, f := range b.fixed {
		if f > 0 {
			return true
		}
	}
	return false
}

// ways is what the beliefs about strokes have in common, made when it is first needed.
type ways struct {
	*view

	given *belief
	cost  []int32 // from what is kept
	star  []int8
}

// How many beliefs there are: within a reach, and by the two kinds of ground that the frame can be; the same with a shape; and by
// barriers.
const (
	groundKinds = 2
	flatCount   = len(reaches) + groundKinds
	wayCount    = 2*flatCount + groundKinds
)

// belief is one of several: that the subject is near, or nearer than the ground by the photo's edges, or within lower barriers. Two
// of the three also come with a shape: from each pixel of the subject its way to a stroke lies in it.
func (w *ways) belief(ctx context.Context, n int) *belief {
	b := w.newBelief()
	b.trust = nearTrust
	if n >= 2*flatCount {
		w.walled(b, n == 2*flatCount)
		return b
	}
	if n >= flatCount {
		w.start()
		b.star, n = w.star, n-flatCount
	}
	if n < len(reaches) {
		w.within(ctx, b, reaches[n])
	} else {
		w.nearer(b, n == len(reaches))
	}
	return b
}

// kept are the pixels that surely belong to the subject.
func (w *ways) kept() []bool {
	in := make([]bool, len(w.given.fixed))
	for i, f := range w.given.fixed {
		in[i] = f > 0
	}
	return in
}

// ground are the pixels that strokes remove and the frame, with its lower side or without.
func (w *ways) ground(foot bool) []bool {
	in := make([]bool, len(w.given.fixed))
	for i, f := range w.given.fixed {
		x, y := i%w.w, i/w.w
		in[i] = f < 0 || f == 0 && (x == 0 || y == 0 || x == w.w-1 || foot && y == w.h-1)
	}
	return in
}

// start finds the ways from what is kept.
func (w *ways) start() {
	if w.cost == nil {
		w.cost, w.star = w.geodesic(w.kept())
	}
}

// within expects the subject no farther than a spread, in parts of the short side, from what is kept.
func (w *ways) within(ctx context.Context, b *belief, spread float32) {
	kept := w.mask(w.kept())
	defer kept.Free()
	away := raster.Distance(ctx, kept)
	defer away.Free()
	for i, d := range away.P {
		b.likely[i] = fall(d, spread*float32(min(w.w, w.h)))
	}
}

// nearer expects the subject where the way to it is shorter than to the ground.
func (w *ways) nearer(b *belief, foot bool) {
	w.start()
	other, _ := w.geodesic(w.ground(foot))
	for i := range b.likely {
		b.likely[i] = float32(other[i]) / (float32(other[i]) + float32(w.cost[i]) + 1)
	}
}

// walled expects the subject where the barrier to it is lower than to the ground.
func (w *ways) walled(b *belief, foot bool) {
	inner, outer := w.walls(w.lab, w.kept()), w.walls(w.lab, w.ground(foot))
	defer raster.Free(inner, outer)
	for i := range b.likely {
		b.likely[i] = outer.P[i] / (outer.P[i] + inner.P[i] + 0.02)
	}
}
