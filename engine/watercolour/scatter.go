package watercolour

import (
	"context"
	"math"
	"math/rand/v2"

	"easel/engine/plan"
	"easel/engine/raster"
)

// drop is a splash of paint beside the wash; lengths in plan pixels.
type drop struct {
	x, y, r float32
	depth   float32
	hue     [3]float32
	seed    uint64
}

// bloom is a back-run: water that crept into a drying wash and pushed the pigment to a ragged rim.
type bloom struct {
	x, y, r float32
	seed    uint64
}

const (
	flicks     = 4   // bursts of drops
	dropsEach  = 6   // of about this many drops
	dropReach  = 34  // and this deviation, in length units
	wantBlooms = 2   // back-runs
	tries      = 600 // before a place for one is given up
)

// scatter places the accidents: drops near the edge of the wash and back-runs inside it, none of them on a face.
func (s *study) scatter(_ context.Context) {
	if s.background == plan.NoGround || s.background == plan.PlainGround {
		return // nothing lies beside the subject
	}
	random := raster.Rand(s.seed, "scatter", 0)
	for range flicks {
		x, y, ok := s.place(random, func(edge, look float32) bool {
			return edge > -0.10 && edge < 0.02 && look < 0.05
		})
		if !ok {
			continue
		}
		for range 2 + random.IntN(dropsEach) {
			s.addDrop(random, x+dropReach*s.k*float32(random.NormFloat64()), y+dropReach*s.k*float32(random.NormFloat64()))
		}
	}
	for range wantBlooms {
		x, y, ok := s.place(random, func(edge, look float32) bool { return edge > 0.08 && look < 0.03 })
		// In a deep wash a back-run looks like a hole.
		if ok && s.wet.Sample(x/4, y/4) < 1.1 {
			r := s.k * (34 + 46*random.Float32())
			s.blooms = append(s.blooms, bloom{x, y, r, random.Uint64()})
		}
	}
}

// place looks for a random spot where the edge field (above the threshold) and the importance suit; plan pixels.
func (s *study) place(random *rand.Rand, suits func(edge, look float32) bool) (x, y float32, ok bool) {
	for range tries {
		x, y = random.Float32()*float32(s.p.W), random.Float32()*float32(s.p.H)
		look := s.look.Sample(x/2, y/2)
		if suits(s.edge(x, y)-edgeAt, look) {
			return x, y, true
		}
	}
	return 0, 0, false
}

// edge is the edge field at a point.
func (s *study) edge(x, y float32) float32 {
	m := 1 - s.trust*(1-s.cut.Sample(x, y))
	return min(1.25*m+s.spread.Sample(x/4, y/4), s.page.Sample(x/4, y/4))
}

func (s *study) addDrop(random *rand.Rand, x, y float32) {
	size := raster.Clamp(float32(math.Exp(0.55+0.65*random.NormFloat64())), 0.8, 6.5)
	depth, seed := 0.25+0.6*random.Float32(), random.Uint64()
	if x < 0 || y < 0 || x >= float32(s.p.W) || y >= float32(s.p.H) || s.look.Sample(x/2, y/2) > 0.03 {
		return
	}
	d := drop{x: x, y: y, r: size * s.k, depth: depth, seed: seed}
	for c := range d.hue {
		d.hue[c] = s.wetHue[c].Sample(x/4, y/4)
	}
	s.drops = append(s.drops, d)
}
