package matting

import (
	"math"
	"math/rand/v2"
)

// feature is what the colour models see of a pixel: OKLab L, 2a, 2b and, where a prior knows the subject's place, the
// position. Unused dimensions are zero.
type feature [5]float32

// gaussian is one component of a mixture.
type gaussian struct {
	mean feature
	root [15]float32 // rows of the inverse of the covariance's lower Cholesky factor
	cost float32     // -ln weight + half the log determinant
}

// mixture is a set of Gaussians with full covariance over the first dims dimensions.
type mixture struct {
	dims  int
	parts []gaussian
}

// nll is the negative log likelihood of v under its best component, up to a constant of the dimension.
func (m *mixture) nll(v *feature) float32 {
	_, c := m.best(v)
	return c
}

// best is the component that explains v best, the first of equals, and its negative log likelihood.
func (m *mixture) best(v *feature) (int, float32) { return m.bestFrom(0, v) }

// bestFrom is best, sooner where the component at is likely the one: a component is given up as soon as it is worse than the best
// so far, and the distance only grows with each dimension.
func (m *mixture) bestFrom(at int, v *feature) (int, float32) {
	least := m.parts[at].cost + 0.5*m.parts[at].mahalanobis(v, m.dims)
	first := at
	for k := range m.parts {
		p := &m.parts[k]
		r := &p.root
		a, b, c := v[0]-p.mean[0], v[1]-p.mean[1], v[2]-p.mean[2]
		x := float32(r[0] * a)
		sum := float32(x * x)
		if p.cost+0.5*sum > least {
			continue
		}
		y := float32(r[1]*a) + float32(r[2]*b)
		z := float32(r[3]*a) + float32(r[4]*b) + float32(r[5]*c)
		sum = sum + float32(y*y) + float32(z*z)
		cost := p.cost + 0.5*sum
		if cost > least || k == first {
			continue
		}
		if m.dims == 5 {
			cost = p.cost + 0.5*p.mahalanobis(v, m.dims)
		}
		if cost < least || cost == least && k < at {
			at, least = k, cost
		}
	}
	return at, least
}

// mahalanobis is the squared distance of v in units of the component's spread.
func (p *gaussian) mahalanobis(v *feature, dims int) float32 {
	r := &p.root
	a, b, c := v[0]-p.mean[0], v[1]-p.mean[1], v[2]-p.mean[2]
	x := float32(r[0] * a)
	y := float32(r[1]*a) + float32(r[2]*b)
	z := float32(r[3]*a) + float32(r[4]*b) + float32(r[5]*c)
	sum := float32(x*x) + float32(y*y) + float32(z*z)
	if dims == 5 {
		d, e := v[3]-p.mean[3], v[4]-p.mean[4]
		x = float32(r[6]*a) + float32(r[7]*b) + float32(r[8]*c) + float32(r[9]*d)
		y = float32(r[10]*a) + float32(r[11]*b) + float32(r[12]*c) + float32(r[13]*d) + float32(r[14]*e)
		sum += float32(x*x) + float32(y*y)
	}
	return sum
}

// fitMixture starts a mixture of at most n components by k-means++ seeding over the samples and refines it by rounds
// of hard expectation and maximisation. It needs at least one sample.
func fitMixture(samples []feature, dims, n, rounds int, r *rand.Rand) *mixture {
	m := &mixture{dims: dims}
	seeds := scatter(samples, n, r)
	label := make([]uint8, len(samples))
	for i := range samples {
		label[i] = uint8(nearest(&samples[i], seeds))
	}
	m.estimate(samples, label, len(seeds))
	m.refine(samples, rounds)
	return m
}

// refine runs more rounds of hard expectation and maximisation.
func (m *mixture) refine(samples []feature, rounds int) {
	label := make([]uint8, len(samples))
	for range rounds {
		for i := range samples {
			k, _ := m.bestFrom(min(int(label[i]), len(m.parts)-1), &samples[i])
			label[i] = uint8(k)
		}
		m.estimate(samples, label, len(m.parts))
	}
}

// scatter chooses up to n samples far from one another (k-means++, Arthur and Vassilvitskii 2007).
func scatter(samples []feature, n int, r *rand.Rand) []feature {
	seeds := []feature{samples[r.IntN(len(samples))]}
	gap := make([]float64, len(samples))
	for i := range gap {
		gap[i] = math.MaxFloat64
	}
	for len(seeds) < n {
		last, total := &seeds[len(seeds)-1], 0.0
		for i := range samples {
			gap[i] = min(gap[i], float64(away(&samples[i], last)))
			total += gap[i]
		}
		if total < 1e-9 {
			break
		}
		pick := r.Float64() * total
		at := 0
		for ; at < len(gap)-1 && pick >= gap[at]; at++ {
			pick -= gap[at]
		}
		seeds = append(seeds, samples[at])
	}
	return seeds
}

func nearest(v *feature, seeds []feature) int {
	at, least := 0, float32(math.MaxFloat32)
	for k := range seeds {
		if d := away(v, &seeds[k]); d < least {
			at, least = k, d
		}
	}
	return at
}

// away is the squared distance of two features.
func away(a, b *feature) float32 {
	sum := float32(0)
	for i, v := range a {
		d := v - b[i]
		sum += float32(d * d)
	}
	return sum
}

// moments are the sums from which one component is estimated.
type moments struct {
	n     float64
	first [5]float64
	cross [15]float64
}

// estimate sets the components from labelled samples; components without samples vanish.
func (m *mixture) estimate(samples []feature, label []uint8, n int) {
	sums := make([]moments, n)
	for i := range samples {
		sums[label[i]].add(&samples[i], m.dims)
	}
	m.parts = m.parts[:0]
	for k := range sums {
		if sums[k].n > 0 {
			m.parts = append(m.parts, sums[k].gaussian(m.dims, float64(len(samples))))
		}
	}
}

// add counts one sample.
func (s *moments) add(v *feature, dims int) {
	s.n++
	k := 0
	for a := range dims {
		x := float64(v[a])
		s.first[a] += x
		for b := 0; b <= a; b++ {
			s.cross[k] += x * float64(v[b])
			k++
		}
	}
}

// floor keeps components of flat areas from becoming needles: the variance of about one grey level in 80.
const floor = 1.5e-4

// gaussian turns sums into a component: mean, inverse Cholesky factor of the covariance and cost.
func (s *moments) gaussian(dims int, total float64) gaussian {
	var g gaussian
	var mean [5]float64
	for a := range dims {
		mean[a] = s.first[a] / s.n
		g.mean[a] = float32(mean[a])
	}
	var l [5][5]float64 // lower Cholesky factor
	logDet, k := 0.0, 0
	for a := range dims {
		for b := 0; b <= a; b++ {
			v := s.cross[k]/s.n - mean[a]*mean[b]
			k++
			for c := range b {
				v -= l[a][c] * l[b][c]
			}
			if a == b {
				l[a][a] = math.Sqrt(max(v+floor, floor/2))
				logDet += 2 * math.Log(l[a][a])
			} else {
				l[a][b] = v / l[b][b]
			}
		}
	}
	var inv [5][5]float64
	k = 0
	for a := range dims {
		inv[a][a] = 1 / l[a][a]
		for b := range a {
			sum := 0.0
			for c := b; c < a; c++ {
				sum += l[a][c] * inv[c][b]
			}
			inv[a][b] = -sum / l[a][a]
		}
		for b := 0; b <= a; b++ {
			g.root[k] = float32(inv[a][b])
			k++
		}
	}
	g.cost = float32(-math.Log(s.n/total) + logDet/2)
	return g
}
