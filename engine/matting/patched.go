package matting

import (
	"context"

	"easel/engine/raster"
)

// singly is how many of the last strokes mend one by one; those before them mend together, so that many cost little more than a few.
const singly = 2

// patched mends the cut within a box: each of the last strokes mends what those before it left, and only where it touches.
func (v *view) patched(ctx context.Context, hints Hints, in []bool, width int, seed uint64) []bool {
	all := hints.Strokes
	for from, n := 0, max(1, len(all)-singly); n <= len(all); from, n = n, n+1 {
		before := v.soft(ctx, in)
		hints.Strokes = all[:n]
		in = v.mend(ctx, hints, before, width, seed)
		v.bound(ctx, in, before, all[from:n], width)
		before.Free()
	}
	return in
}

// soft is a cut whose outline says little, as it is not to stay where it is a little wrong.
func (v *view) soft(ctx context.Context, in []bool) *raster.Plane {
	mask := v.mask(in)
	defer mask.Free()
	return raster.Gaussian(ctx, mask, 1.5)
}

// mask is 1 where in says so, and 0 elsewhere.
func (v *view) mask(in []bool) *raster.Plane {
	p := raster.New(v.w, v.h)
	for i, is := range in {
		if is {
			p.P[i] = 1
		}
	}
	return p
}

// touching is how far from a stroke what it changes may begin, in pixels of the view.
const touching = 3

// bound takes back what a cut changed of an earlier matte where no stroke touches the change: whoever draws a stroke means what is
// below it, and not what was right elsewhere.
func (v *view) bound(ctx context.Context, in []bool, before *raster.Plane, strokes []Stroke, width int) {
	drawn := v.drawn(strokes, width)
	for _, keep := range []bool{true, false} {
		mask := raster.New(v.w, v.h)
		for i, f := range drawn.fixed {
			if f != 0 && f > 0 == keep {
				mask.P[i] = 1
			}
		}
		away := raster.Distance(ctx, mask)
		b, changed := v.newBelief(), make([]bool, len(in))
		for i, is := range in {
			changed[i] = is == keep && before.P[i] > 0.5 != keep
			if away.P[i] < touching {
				b.fixed[i] = 1
			}
		}
		raster.Free(mask, away)
		label, found := v.blobs(changed, true, b)
		for i, l := range label {
			if l >= 0 && !found[l].fixed {
				in[i] = !keep
			}
		}
	}
}
