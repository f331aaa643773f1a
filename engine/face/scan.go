package face

import (
	"cmp"
	"context"
	"math"
	"slices"

	"easel/engine/raster"
)

const (
	shift    = 0.08 // step between windows, in window sides
	growth   = 1.08 // from one window size to the next
	together = 0.2  // overlap (intersection over union) from which windows show the same face
)

// hit is a window that the cascade takes for a face: its middle, side and score.
type hit struct{ x, y, size, score float32 }

// score runs the trees over a window of side s around (x, y); it is 0 where a tree says no. The window must lie
// inside the picture.
func (f *finder) score(g gray, x, y, s int) float32 {
	r, c := y<<8, x<<8
	leaves := 1 << f.depth
	var out float32
	for t, threshold := range f.threshold {
		tests := f.tests[t*(leaves-1):][: leaves-1 : leaves-1]
		node := 1
		for range f.depth {
			q := tests[node-1]
			a := (r+int(q.r1)*s)>>8*g.w + (c+int(q.c1)*s)>>8
			b := (r+int(q.r2)*s)>>8*g.w + (c+int(q.c2)*s)>>8
			node *= 2
			if g.p[a] <= g.p[b] {
				node++
			}
		}
		out += f.scores[t*leaves+node-leaves]
		if out <= threshold {
			return 0
		}
	}
	return out - f.threshold[len(f.threshold)-1]
}

// scan tries all windows with sides from least to most pixels.
func (f *finder) scan(ctx context.Context, g gray, least, most int) []hit {
	type line struct{ y, size, step int }
	var lines []line
	for size := least; size <= min(most, g.w-2, g.h-2); size = max(size+2, int(float64(size)*growth)) {
		step := max(1, int(shift*float64(size)))
		for y := size/2 + 1; y <= g.h-size/2-1; y += step {
			lines = append(lines, line{y, size, step})
		}
	}
	found := make([][]hit, len(lines))
	raster.Each(ctx, len(lines), func() struct{} { return struct{}{} }, func(_ struct{}, i int) {
		l := lines[i]
		for x := l.size/2 + 1; x <= g.w-l.size/2-1; x += l.step {
			if q := f.score(g, x, l.y, l.size); q > 0 {
				found[i] = append(found[i], hit{float32(x), float32(l.y), float32(l.size), q})
			}
		}
	})
	return slices.Concat(found...)
}

// overlap is the intersection of two windows over their union.
func overlap(a, b hit) float32 {
	half := (a.size + b.size) / 2
	wide := min(half-abs(a.x-b.x), a.size, b.size)
	tall := min(half-abs(a.y-b.y), a.size, b.size)
	if wide <= 0 || tall <= 0 {
		return 0
	}
	return wide * tall / (a.size*a.size + b.size*b.size - wide*tall)
}

func abs(v float32) float32 { return float32(math.Abs(float64(v))) }

// cluster joins windows that overlap: their weighted mean, with the sum of their scores. Of clusters that still
// overlap, or lie within one another, the strongest stays.
func cluster(hits []hit) []hit {
	order := slices.Clone(hits)
	slices.SortStableFunc(order, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	taken := make([]bool, len(order))
	var joined []hit
	for i, seed := range order {
		if taken[i] {
			continue
		}
		var sum hit
		for j, other := range order {
			if overlap(seed, other) > together {
				taken[j] = true
				sum.x += other.score * other.x
				sum.y += other.score * other.y
				sum.size += other.score * other.size
				sum.score += other.score
			}
		}
		joined = append(joined, hit{sum.x / sum.score, sum.y / sum.score, sum.size / sum.score, sum.score})
	}
	slices.SortStableFunc(joined, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	var kept []hit
	for _, h := range joined {
		same := func(k hit) bool {
			apart := max(abs(h.x-k.x), abs(h.y-k.y))
			return overlap(h, k) > together || apart < max(h.size, k.size)/2
		}
		if !slices.ContainsFunc(kept, same) {
			kept = append(kept, h)
		}
	}
	return kept
}
