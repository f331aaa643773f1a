package face

import (
	"slices"

	"easel/engine/raster"
)

// tries is how often a point is located from slightly different starts; the median counts.
const tries = 61

// run moves a point through all stages; s is the side of the first window. With mirror the cascade is used as in a
// mirror, for the other side of the face.
func (l *locator) run(g gray, x, y, s float32, mirror bool) (float32, float32) {
	leaves := 1 << l.depth
	turn := 1
	if mirror {
		turn = -1
	}
	clampRow := func(v int) int { return min(max(v>>8, 0), g.h-1) }
	clampCol := func(v int) int { return min(max(v>>8, 0), g.w-1) }
	for stage := range l.stages {
		r, c, side := int(y*256), int(x*256), int(s+0.5)
		var down, right float32
		for t := stage * l.trees; t < (stage+1)*l.trees; t++ {
			tests := l.tests[t*(leaves-1):]
			node := 1
			for range l.depth {
				q := tests[node-1]
				a := clampRow(r+int(q.r1)*side)*g.w + clampCol(c+turn*int(q.c1)*side)
				b := clampRow(r+int(q.r2)*side)*g.w + clampCol(c+turn*int(q.c2)*side)
				node *= 2
				if g.p[a] > g.p[b] {
					node++
				}
			}
			leaf := 2 * (t*leaves + node - leaves)
			down += l.moves[leaf]
			right += float32(turn) * l.moves[leaf+1]
		}
		y += down * s
		x += right * s
		s *= l.shrink
		// A hostile cascade may throw the point far out, where the products above would overflow.
		x, y = raster.Clamp(x, 0, float32(g.w-1)), raster.Clamp(y, 0, float32(g.h-1))
	}
	return x, y
}

// find is the median of many runs from starts that vary by 15 % of the window, and the width of the middle half of
// them in pixels: a point that is really there is hit again and again.
func (l *locator) find(g gray, x, y, s float32, mirror bool, seed uint64) (px, py, spread float32) {
	random := raster.Rand(seed, "points", 0)
	xs, ys := make([]float32, tries), make([]float32, tries)
	for i := range tries {
		dy := 0.15 * s * (0.5 - random.Float32())
		dx := 0.15 * s * (0.5 - random.Float32())
		xs[i], ys[i] = l.run(g, x+dx, y+dy, s*(0.925+0.15*random.Float32()), mirror)
	}
	slices.Sort(xs)
	slices.Sort(ys)
	const low, high = tries / 4, tries * 3 / 4
	return xs[tries/2], ys[tries/2], max(xs[high]-xs[low], ys[high]-ys[low])
}
