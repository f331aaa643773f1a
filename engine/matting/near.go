package matting

import (
	"context"

	"easel/engine/raster"
)

// reaches are how far from a stroke its subject is expected, as spreads in parts of the short side.
var reaches = [...]float32{0.07, 0.12, 0.18, 0.27}

// nearTrust is the weight of a place against the colours, where strokes say it.
const nearTrust = 0.7

// nearStrokes are beliefs that the subject lies about the strokes that keep, or where subjects are when nothing is kept.
func (v *view) nearStrokes(ctx context.Context, given *belief, stands *raster.Plane) []*belief {
	keep, some := given.covered(1)
	var all []*belief
	if some {
		all = v.aboutStrokes(ctx, keep, given)
	} else {
		for _, p := range places {
			all = append(all, v.about(p[0], p[1], p[2], 1.25*p[2], stands))
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

// covered are the pixels that strokes make certain in one way, and whether there are any.
func (b *belief) covered(mark int8) (in []bool, some bool) {
	in = make([]bool, len(b.fixed))
	for i, f := range b.fixed {
		in[i] = f == mark
		some = some || in[i]
	}
	return in, some
}

// aboutStrokes are beliefs that the subject is near, nearer than the ground by the photo's edges, or within lower barriers; all but
// the last also with a shape: from each pixel of the subject its way to a stroke lies in it. Ground is what strokes remove and
// the frame, with its lower side or without.
func (v *view) aboutStrokes(ctx context.Context, keep []bool, given *belief) []*belief {
	all := v.within(ctx, keep)
	cost, star := v.geodesic(keep)
	inner := v.walls(v.lab, keep)
	defer inner.Free()
	var walled []*belief
	for _, foot := range []bool{true, false} {
		ground, _ := given.covered(-1)
		for i := range ground {
			x, y := i%v.w, i/v.w
			ground[i] = ground[i] || !keep[i] && (x == 0 || y == 0 || x == v.w-1 || foot && y == v.h-1)
		}
		other, _ := v.geodesic(ground)
		outer := v.walls(v.lab, ground)
		b, w := v.newBelief(), v.newBelief()
		for i := range b.likely {
			b.likely[i] = float32(other[i]) / (float32(other[i]) + float32(cost[i]) + 1)
			w.likely[i] = outer.P[i] / (outer.P[i] + inner.P[i] + 0.02)
		}
		outer.Free()
		all, walled = append(all, b), append(walled, w)
	}
	for _, b := range all[:len(all):len(all)] {
		twin := v.newBelief()
		twin.likely, twin.star = append([]float32(nil), b.likely...), star
		all = append(all, twin)
	}
	all = append(all, walled...)
	for _, b := range all {
		b.trust = nearTrust
	}
	return all
}

// within are beliefs that the subject is no farther than this or that from what is kept.
func (v *view) within(ctx context.Context, keep []bool) []*belief {
	kept := raster.New(v.w, v.h)
	defer kept.Free()
	for i, is := range keep {
		if is {
			kept.P[i] = 1
		}
	}
	away := raster.Distance(ctx, kept)
	defer away.Free()
	var all []*belief
	for _, spread := range reaches {
		b := v.newBelief()
		for i, d := range away.P {
			b.likely[i] = fall(d, spread*float32(min(v.w, v.h)))
		}
		all = append(all, b)
	}
	return all
}
