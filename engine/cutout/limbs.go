package cutout

import (
	"context"

	"easel/engine/raster"
)

// How limbs are won: in how many rounds, how unlike the ground a piece must be, and how large it is at least and at most, in parts of
// all who go: less is their edge.
const (
	limbRounds = 2
	limbUnlike = 0.02
	leastLimb  = 0.015
	mostLimb   = 0.12
)

// limbs adds to a cut what hangs on it and is unlike the ground: a forearm, a face, or a leg in another light shows only once its
// neighbour has been won, whose colours are then known.
func (g *gathering) limbs(ctx context.Context, whole *raster.Plane, seed uint64) {
	area := 0
	for i, v := range whole.P {
		if g.found[i] = v > 0.5; g.found[i] {
			area++
		}
	}
	g.won = true
	g.sampled(seed)
	if min(len(g.people), len(g.ground)) < fewest || ctx.Err() != nil {
		return
	}
	more := g.cut(ctx)
	defer more.Free()
	seen := make([]bool, len(g.found))
	for i := range seen {
		if seen[i] || g.found[i] || more.P[i] < 0.5 {
			continue
		}
		piece := flood(g.w, g.h, func(j int) bool { return j == i }, func(j int) bool { return more.P[j] > 0.5 && !g.found[j] })
		n, unlike := 0, float32(0)
		for j, is := range piece {
			if is {
				seen[j] = true
				n++
				unlike += g.nearest(j, g.ground)
			}
		}
		if size := float32(n) / float32(area); unlike >= limbUnlike*float32(n) && size >= leastLimb && size <= mostLimb {
			for j, is := range piece {
				if is {
					whole.P[j] = 1
				}
			}
		}
	}
}
