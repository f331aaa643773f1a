package matting

import "easel/engine/raster"

// evidence is what speaks for or against a cut, measured on the view. Contrast along the outline, roundness, size,
// place and sharpness were tried too; they told nothing more on photos that were left out of the fit.
type evidence [evidences]float32

const (
	solid     = iota // 1 - holes over area
	apart            // share of the pixels near the cut that the colour models alone put on their side
	distinct         // 1 - overlap of the two sides' colour histograms
	stands           // mean saliency inside less that outside
	agreement        // mean overlap with what other beliefs led to
	evidences
)

// The estimate of the overlap with the truth is linear in the evidence: weights fitted by ridge regression to the cuts
// of 120 crops of photos with known masks.
const base = -0.208

func weights() evidence {
	return evidence{solid: -0.202, apart: 0.503, distinct: 0.340, stands: 0.139, agreement: 0.541}
}

// estimate is the estimated overlap with the true subject, 0…1, of one of several cuts.
func (e *evidence) estimate() float32 {
	sum := float32(base)
	for i, w := range weights() {
		sum += e[i] * w
	}
	return raster.Clamp(sum, 0, 1)
}

// worth is how much speaks for a cut against other cuts of the same view.
func (s *segment) worth() float32 {
	return s.evidence[apart] + 0.3*(s.evidence[distinct]+s.evidence[agreement])
}

// What the sureness of a cut that began from no face is worth as an overlap with the truth: a line through the cuts of the
// photos that constants are tuned on.
const (
	sureBase  = -0.34
	sureSlope = 1.49
)

// expected is the overlap with the true subject that is to be expected of a cut of a given sureness, 0…1.
func expected(sureness float32) float32 { return raster.Clamp(sureBase+sureSlope*sureness, 0, 1) }

// sureness says how sure a cut is, 0…1: how well colours tell its sides apart, times how well it agrees with the votes of a
// closer look, which began from other beliefs.
func (v *view) sureness(in []bool, closer *raster.Plane) float32 {
	var inside, outside side
	both, either := float32(0), float32(0)
	for i, is := range in {
		p := &outside
		if is {
			p = &inside
			both += closer.P[i]
			either++
		} else {
			either += closer.P[i]
		}
		p.n++
		p.colours[bin(&v.pixel[i])]++
	}
	if inside.n == 0 || outside.n == 0 || both == 0 {
		return 0
	}
	return (1 - inside.shared(&outside)) * both / either
}

// weighs measures the evidence for a cut, but for the agreement.
func (v *view) weighs(s *segment, saliency *raster.Plane, holes float32) evidence {
	var in, out side
	for i, is := range s.in {
		p := &out
		if is {
			p = &in
		}
		p.n++
		p.stands += float64(saliency.P[i])
		p.colours[bin(&v.pixel[i])]++
	}
	if in.n == 0 || out.n == 0 {
		return evidence{}
	}
	return evidence{
		solid:    1 - holes,
		apart:    v.beside(s, max(3, max(v.w, v.h)/28)),
		distinct: 1 - in.shared(&out),
		stands:   float32(in.stands/in.n - out.stands/out.n),
	}
}

// side sums what one side of a cut looks like.
type side struct {
	n, stands float64
	colours   [8 * 8 * 8]float64
}

// bin is the colour's cell of the histogram.
func bin(f *feature) int {
	l, a, b := raster.Clamp(8*f[0], 0, 7), raster.Clamp(10*(f[1]+0.4), 0, 7), raster.Clamp(10*(f[2]+0.4), 0, 7)
	return int(l)*64 + int(a)*8 + int(b)
}

// shared is the part of the colour histograms that both sides have in common, 0…1.
func (p *side) shared(q *side) float32 {
	sum := 0.0
	for i, c := range p.colours {
		sum += min(c/p.n, q.colours[i]/q.n)
	}
	return float32(sum)
}

// beside is the share of the pixels within reach of the cut that the colour models alone put on their side.
func (v *view) beside(s *segment, reach int) float32 {
	if s.subject == nil {
		return 0
	}
	near := make([]bool, len(s.in))
	v.pairs(func(i, j, k int) {
		if k >= 2 || s.in[i] == s.in[j] {
			return
		}
		x, y := i%v.w, i/v.w
		for a := max(0, y-reach); a <= min(v.h-1, y+reach); a++ {
			row := near[a*v.w : (a+1)*v.w]
			for b := max(0, x-reach); b <= min(v.w-1, x+reach); b++ {
				row[b] = true
			}
		}
	})
	hits, count := 0, 0
	for i, ok := range near {
		if !ok {
			continue
		}
		count++
		if (s.subject.nll(&v.pixel[i]) < s.ground.nll(&v.pixel[i])) == s.in[i] {
			hits++
		}
	}
	return float32(hits) / float32(max(count, 1))
}

// same is intersection over union of two cuts.
func same(a, b []bool) float32 {
	both, either := 0, 0
	for i, in := range a {
		if in && b[i] {
			both++
		}
		if in || b[i] {
			either++
		}
	}
	return float32(both) / float32(max(either, 1))
}
