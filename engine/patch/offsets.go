package patch

import (
	"cmp"
	"context"
	"slices"

	"easel/engine/raster"
)

// Repeats returns the n steps (dx, dy) by which the picture most often repeats itself, at least apart pixels long: bricks,
// boards, waves. They are good guesses for what continues behind a hole (He and Sun 2012).
func Repeats(ctx context.Context, img *Pixels, known []bool, apart, n int, seed uint64) [][2]int {
	s := &Search{Image: img, Target: known, Valid: known, Seed: seed}
	if !s.Ready() {
		return nil
	}
	f := s.Apart(ctx, apart, 4)
	const bin = 2 // steps that differ by a pixel are the same step
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
		counts[[2]int{dx / bin, dy / bin}]++
	}
	steps := make([][2]int, 0, len(counts))
	for step := range counts {
		steps = append(steps, step)
	}
	slices.SortFunc(steps, func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a[1], b[1]), cmp.Compare(a[0], b[0]))
	})
	steps = steps[:min(n, len(steps))]
	for i, step := range steps {
		steps[i] = [2]int{step[0] * bin, step[1] * bin}
	}
	return steps
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
