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

// pair holds the two pixels that a test compares, as distances from the window's middle in the picture's samples.
type pair struct{ a, b int32 }

// place turns the tests into distances for windows of side s in a picture of width w.
func (f *finder) place(pairs []pair, s, w int) []pair {
	pairs = pairs[:0]
	for _, q := range f.tests {
		a := int(q.r1)*s>>8*w + int(q.c1)*s>>8
		b := int(q.r2)*s>>8*w + int(q.c2)*s>>8
		pairs = append(pairs, pair{int32(a), int32(b)})
	}
	return pairs
}

// window is one that may still show a face: the sample in its middle, and its score so far.
type window struct {
	at    int
	score float32
}

// judge runs the trees over windows, which must lie inside the picture, and keeps those to which no tree says no. Every tree goes
// over all windows that are left: nothing in it waits for a guess, neither of a way down the tree nor of a window's end.
func (f *finder) judge(p []uint8, pairs []pair, windows []window) []window {
	leaves := 1 << f.depth
	for t, threshold := range f.threshold {
		tests, scores := pairs[t*(leaves-1):][:leaves-1:leaves-1], f.scores[t*leaves:][:leaves:leaves]
		kept := 0
		for _, w := range windows {
			node := 1
			for range f.depth {
				q := tests[node-1]
				// The sign of a−b−1 says whether a ≤ b.
				node = 2*node + int(uint64(int(p[w.at+int(q.a)])-int(p[w.at+int(q.b)])-1)>>63)
			}
			w.score += scores[node-leaves]
			windows[kept] = w
			more := 0
			if w.score > threshold {
				more = 1
			}
			kept += more
		}
		if windows = windows[:kept]; kept == 0 {
			break
		}
	}
	for i := range windows {
		windows[i].score -= f.threshold[len(f.threshold)-1]
	}
	return windows
}

// scan tries windows with sides from least to most pixels: first every second one across and down, then all of them
// around those that showed something. A face answers in dozens of windows, so none is missed.
func (f *finder) scan(ctx context.Context, g gray, least, most int) []hit {
	coarse := f.sweep(ctx, g, least, most, 2, func(size, y int, try func(x0, x1 int)) { try(0, g.w) })
	if len(coarse) == 0 {
		return nil
	}
	regions := cluster(coarse)
	return f.sweep(ctx, g, least, most, 1, func(size, y int, try func(x0, x1 int)) {
		for _, span := range spans(regions, float32(size), float32(y)) {
			try(span[0], span[1])
		}
	})
}

// sweep tries the windows whose middles lie in the spans that where tries for a row; every counts steps.
func (f *finder) sweep(ctx context.Context, g gray, least, most, every int, where func(size, y int, try func(x0, x1 int))) []hit {
	var pairs []pair
	var hits []hit
	for size := least; size <= min(most, g.w-2, g.h-2); size = max(size+2, int(float64(size)*growth)) {
		step, margin := every*max(1, int(shift*float64(size))), size/2+1
		pairs = f.place(pairs, size, g.w)
		found := make([][]hit, (g.h-2*margin)/step+1)
		raster.Each(ctx, len(found), func() *[]window { return new([]window) }, func(room *[]window, i int) {
			y := margin + i*step
			where(size, y, func(x0, x1 int) {
				windows := (*room)[:0]
				first := margin + max(0, (x0-margin+step-1)/step)*step
				for x := first; x <= min(x1, g.w-margin); x += step {
					windows = append(windows, window{at: y*g.w + x})
				}
				*room = windows
				for _, w := range f.judge(g.p, pairs, windows) {
					if w.score > 0 {
						found[i] = append(found[i], hit{float32(w.at - y*g.w), float32(y), float32(size), w.score})
					}
				}
			})
		})
		hits = slices.Concat(hits, slices.Concat(found...))
	}
	return hits
}

// spans returns the columns in which windows of a size in a row may show the faces of the regions, without overlaps.
func spans(regions []hit, size, y float32) [][2]int {
	var out [][2]int
	for _, r := range regions {
		if size > 0.55*r.size && size < 1.8*r.size && abs(y-r.y) < 0.5*r.size {
			out = append(out, [2]int{int(r.x - 0.5*r.size), int(r.x + 0.5*r.size)})
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	for i := 1; i < len(out); i++ {
		out[i][0] = max(out[i][0], out[i-1][1]+1)
		out[i][1] = max(out[i][1], out[i-1][1])
	}
	return out
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
