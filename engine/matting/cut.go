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
	credit          float32 // of the belief that it began from
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
	n := v.network(b)
	defer v.keep(n)
	leans := make([]float32, len(b.likely))
	for i, p := range b.likely {
		if b.fixed[i] == 0 {
			leans[i] = odds(p)
		}
	}
	for round := range rounds {
		if ctx.Err() != nil || !s.learn(v, b, r, round == 0 && (start == nil || b.fresh)) {
			break
		}
		weight := b.trust
		if round == 0 && start == nil {
			weight = 3
		}
		v.load(ctx, n, b.fixed, leans, s, weight)
		n.Solve(ctx)
		flips := 0
		for y := range v.h {
			row, first := s.in[y*v.w:(y+1)*v.w], n.Node(0, y)
			for x := range row {
				if in := n.Inside(first + int32(x)); in != row[x] {
					flips++
					row[x] = in
				}
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

// network is the graph of one view: a flow that was found on it stays and is changed where the pulls change, which gives the
// same cut sooner (Kohli and Torr 2007).
type network struct {
	*graphcut.Grid[graphcut.Eight]

	pulled []int32 // by pixel: what its node is pulled with so far
	stiff  float32 // of the belief that its edges are for
}

// network returns a graph with the edges that a belief asks for: one that was used before if there is one.
func (v *view) network(b *belief) *network {
	v.mu.Lock()
	var n *network
	if last := len(v.networks) - 1; last >= 0 {
		n, v.networks = v.networks[last], v.networks[:last]
	}
	v.mu.Unlock()
	switch {
	case n == nil:
		n = &network{Grid: graphcut.New[graphcut.Eight](v.w, v.h), pulled: make([]int32, len(v.pixel))}
	case n.stiff == b.stiff && b.star == nil:
		return n
	default:
		n.Reset()
		clear(n.pulled)
	}
	n.stiff = b.stiff
	for i, d := range b.star { // star convexity (Gulshan and others 2010)
		if d >= 0 && b.fixed[i] == 0 {
			n.stiff = shaped
			n.Link(n.Node(i%v.w, i/v.w), int(d), certain)
		}
	}
	for k, s := range steps {
		for y := range v.h - s.dy {
			x0, x1 := max(0, -s.dx), v.w-max(0, s.dx)
			here, there := n.Node(0, y), n.Node(s.dx, y+s.dy)
			for x, e := range v.edges[y*v.w:][x0:x1] {
				c := int32(b.stiff * float32(e[k]))
				n.Link(here+int32(x0+x), s.d, c)
				n.Link(there+int32(x0+x), s.d^1, c)
			}
		}
	}
	return n
}

// shaped is the stiffness of a network with edges that no other belief has.
const shaped = -1

// keep hands a network back for the next cut of the view.
func (v *view) keep(n *network) {
	v.mu.Lock()
	v.networks = append(v.networks, n)
	v.mu.Unlock()
}

// load sets the pulls of a network's nodes, from the colour models and the odds by which the belief leans to the subject.
func (v *view) load(ctx context.Context, n *network, fixed []int8, leans []float32, s *segment, weight float32) {
	raster.Rows(ctx, v.h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			subject, ground := 0, 0
			for x := range v.w {
				i := y*v.w + x
				pull := int32(fixed[i]) * certain
				if pull == 0 {
					var here, beside float32
					subject, here = s.subject.bestFrom(subject, &v.pixel[i])
					ground, beside = s.ground.bestFrom(ground, &v.pixel[i])
					colour := raster.Clamp(beside-here, -7, 7)
					pull = int32(unit * (colour + weight*leans[i]))
				}
				if pull != n.pulled[i] {
					n.Pull(n.Node(x, y), pull-n.pulled[i])
					n.pulled[i] = pull
				}
			}
		}
	})
}

// odds is the logarithm of the odds, bounded.
func odds(p float32) float32 { return float32(math.Log(float64((p + 0.01) / (1 - p + 0.01)))) }
