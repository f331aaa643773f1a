package matting

import (
	"context"
	"math"
	"math/rand/v2"

	"easel/engine/graphcut"
	"easel/engine/raster"
)

// Components of the colour models and samples that each is fitted to.
const (
	subjectParts = 7
	groundParts  = 10
	sampleLimit  = 3000
)

// segment is a cut of the view: which pixels are the subject, and the colour models that it was cut with.
type segment struct {
	in              []bool
	subject, ground *mixture
	evidence        evidence
}

// cut is GrabCut (Rother, Kolmogorov and Blake 2004): fit colour models to both sides, cut where they disagree, and
// again, starting from start or, where that is nil, from what the belief makes likely.
func (v *view) cut(ctx context.Context, b *belief, start []bool, rounds int, r *rand.Rand) *segment {
	s := &segment{in: start}
	if start == nil {
		s.in = make([]bool, len(v.pixel))
		for i := range s.in {
			s.in[i] = b.fixed[i] > 0 || b.fixed[i] == 0 && b.likely[i] > 0.5
		}
	}
	g := graphcut.New[graphcut.Eight](v.w, v.h)
	for round := range rounds {
		if ctx.Err() != nil || !s.learn(v, b, r, round == 0 && (start == nil || b.fresh)) {
			break
		}
		weight := b.trust
		if round == 0 && start == nil {
			weight = 3
		}
		v.load(ctx, g, b, s, weight)
		g.Solve(ctx)
		flips := 0
		for i := range s.in {
			in := g.Inside(g.Node(i%v.w, i/v.w))
			if in != s.in[i] {
				flips++
				s.in[i] = in
			}
		}
		if flips*500 < len(s.in) {
			break
		}
	}
	return s
}

// learn fits the colour models to the two sides of the current cut; false when a side is all but empty. At first only
// pixels with a clear belief count.
func (s *segment) learn(v *view, b *belief, r *rand.Rand, first bool) bool {
	var subject, ground []int32
	for i, in := range s.in {
		if first && b.fixed[i] == 0 && b.likely[i] > b.doubt[0] && b.likely[i] < b.doubt[1] {
			continue
		}
		if in {
			subject = append(subject, int32(i))
		} else {
			ground = append(ground, int32(i))
		}
	}
	if min(len(subject), len(ground)) < 20 {
		return false
	}
	if b.said != nil {
		subject, ground = louder(subject, b.said, 1), louder(ground, b.said, -1)
	}
	s.subject = v.model(subject, s.subject, subjectParts, b.dims, r)
	s.ground = v.model(ground, s.ground, groundParts, b.dims, r)
	return true
}

// loud is the least share of a side's samples that strokes make up: what a person covered is sure, and seldom large.
const loud = 0.2

// louder repeats the pixels of one side that strokes cover until they are loud.
func louder(from []int32, said []int8, mark int8) []int32 {
	var covered []int32
	for _, i := range from {
		if said[i] == mark {
			covered = append(covered, i)
		}
	}
	for n := len(covered); n > 0 && float32(n) < loud*float32(len(from)); n += len(covered) {
		from = append(from, covered...)
	}
	return from
}

// model fits a mixture to some of the pixels, from the previous round's where there is one.
func (v *view) model(from []int32, old *mixture, parts, dims int, r *rand.Rand) *mixture {
	samples := make([]feature, min(len(from), sampleLimit))
	for k := range samples {
		i := from[k]
		if len(from) > sampleLimit {
			i = from[r.IntN(len(from))]
		}
		samples[k] = v.pixel[i]
		if dims == 3 {
			samples[k][3], samples[k][4] = 0, 0
		}
	}
	if old != nil && old.dims == dims {
		old.refine(samples, 3)
		return old
	}
	return fitMixture(samples, dims, parts, 6, r)
}

// certain outweighs every edge of a pixel.
const certain = 1 << 20

// load sets the graph's capacities: edges from the view, terminals from the colour models and the belief.
func (v *view) load(ctx context.Context, g *graphcut.Grid[graphcut.Eight], b *belief, s *segment, weight float32) {
	g.Reset()
	raster.Rows(ctx, v.h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range v.w {
				i := y*v.w + x
				node := g.Node(x, y)
				switch b.fixed[i] {
				case 1:
					g.Pull(node, certain)
				case -1:
					g.Pull(node, -certain)
				default:
					colour := raster.Clamp(s.ground.nll(&v.pixel[i])-s.subject.nll(&v.pixel[i]), -7, 7)
					g.Pull(node, int32(unit*(colour+weight*odds(b.likely[i]))))
				}
			}
		}
	})
	for i, d := range b.star { // star convexity (Gulshan and others 2010)
		if d >= 0 && b.fixed[i] == 0 {
			g.Link(g.Node(i%v.w, i/v.w), int(d), certain)
		}
	}
	v.pairs(func(i, _, k int) { g.Join(i%v.w, i/v.w, steps[k].d, int32(b.stiff*float32(v.edges[i][k]))) })
}

// odds is the logarithm of the odds, bounded.
func odds(p float32) float32 { return float32(math.Log(float64((p + 0.01) / (1 - p + 0.01)))) }
