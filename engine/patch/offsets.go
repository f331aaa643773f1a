package patch

import (
	"cmp"
	"context"
	"slices"

	"easel/engine/raster"
)

// Repeats returns the n steps (dx, dy) by which the picture most often repeats itself, at least apart pixels long: bricks,
// boards, waves; of steps a pixel or two from each other only the most common. They are good guesses for what continues
// behind a hole (He and Sun 2012). The field says how like each known patch is to the most like it that is so far away; nil when
// nothing is known.
func Repeats(ctx context.Context, img *Pixels, known []bool, apart, n int, seed uint64) ([][2]int, *Field) {
	s := &Search{Image: img, Target: known, Valid: known, Seed: seed}
	if !s.Ready() {
		return nil, nil
	}
	f := s.Apart(ctx, apart, 4)
	counts := map[[2]int]int{}
	for t, from := range f.Source {
		if from < 0 || f.Distance[t] > 0.02*Side*Side*3 {
			continue
		}
		dx, dy := int(from)%img.W-t%img.W, int(from)/img.W-t/img.W
		if dx*dx+dy*dy < apart*apart {
			continue
		}
		if dy < 0 || dy == 0 && dx < 0 { // there and back again is one step
			dx, dy = -dx, -dy
		}
		counts[[2]int{dx, dy}]++
	}
	return Peaks(counts, n), f
}

// Peaks returns the n most common steps, counted with those a pixel beside them; of steps within two pixels only the most
// common.
func Peaks(counts map[[2]int]int, n int) [][2]int {
	type peak struct {
		step   [2]int
		weight int
	}
	all := make([]peak, 0, len(counts))
	for step, own := range counts {
		weight := own // which counts twice
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				weight += counts[[2]int{step[0] + dx, step[1] + dy}]
			}
		}
		all = append(all, peak{step, weight})
	}
	slices.SortFunc(all, func(a, b peak) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.step[1], b.step[1]), cmp.Compare(a.step[0], b.step[0]))
	})
	best := make([][2]int, 0, n)
	for _, p := range all {
		if len(best) == n {
			break
		}
		if !slices.ContainsFunc(best, func(b [2]int) bool {
			return max(b[0]-p.step[0], p.step[0]-b[0]) <= 2 && max(b[1]-p.step[1], p.step[1]-b[1]) <= 2
		}) {
			best = append(best, p.step)
		}
	}
	return best
}

// Apart matches every target with a source that is at least apart pixels away, in so many sweeps; the search must be
// ready.
func (s *Search) Apart(ctx context.Context, apart, sweeps int) *Field {
	f := s.Random(ctx)
	s.least = apart * apart
	defer func() { s.least = 0 }()
	s.away(ctx, f)
	for sweep := range sweeps {
		s.Improve(ctx, f, sweep)
	}
	return f
}

// away replaces matches that are too near to say anything: every patch is most like the one beside it.
func (s *Search) away(ctx context.Context, f *Field) {
	for y, row := range s.rows {
		r := raster.Rand(s.Seed, "patch apart", y)
		for _, t := range row {
			for tries := 0; s.near(t, f.Source[t]) && tries < 20; tries++ {
				f.Source[t] = s.sources[r.IntN(len(s.sources))]
			}
		}
	}
	s.Measure(ctx, f)
}
