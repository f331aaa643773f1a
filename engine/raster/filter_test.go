package raster

import (
	"context"
	"math"
	"testing"
)

// slowGaussian is the definition: a sampled two-dimensional Gaussian over edge-extended samples.
func slowGaussian(p *Plane, sigma float64) *Plane {
	r := int(math.Ceil(4 * sigma))
	out := New(p.W, p.H)
	for y := range p.H {
		for x := range p.W {
			sum, total := 0.0, 0.0
			for j := -r; j <= r; j++ {
				for i := -r; i <= r; i++ {
					k := math.Exp(-0.5 * float64(i*i+j*j) / sigma / sigma)
					sum += k * float64(p.At(x+i, y+j))
					total += k
				}
			}
			out.P[y*p.W+x] = float32(sum / total)
		}
	}
	return out
}

func slowBox(p *Plane, r int) *Plane {
	out := New(p.W, p.H)
	for y := range p.H {
		for x := range p.W {
			sum := 0.0
			for j := -r; j <= r; j++ {
				for i := -r; i <= r; i++ {
					sum += float64(p.At(x+i, y+j))
				}
			}
			out.P[y*p.W+x] = float32(sum / float64((2*r+1)*(2*r+1)))
		}
	}
	return out
}

func TestGaussianMatchesItsDefinition(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct {
		sigma     float32
		w, h      int
		tolerance float64
	}{
		{0.5, 31, 22, 2e-3},
		{1.3, 31, 22, 2e-3},
		{2.9, 40, 33, 2e-3},
		{2, 1, 1, 1e-6},
		{2, 1, 30, 2e-3},
		{4, 50, 41, 0.012}, // three boxes: close, not equal
		{8, 70, 60, 0.012},
	} {
		p := noisy(c.w, c.h, 4)
		near(t, "Gaussian", Gaussian(ctx, p, c.sigma), slowGaussian(p, float64(c.sigma)), c.tolerance)
	}
}

func TestWideGaussianHasTheRightVariance(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, sigma := range []float32{3.5, 11, 24, 25, 40} {
		p := New(601, 5)
		for y := range 5 {
			p.P[y*601+300] = 1
		}
		row := Gaussian(ctx, p, min(sigma, coarseSigma)).Row(2)
		if sigma > coarseSigma { // the quarter-size way needs height
			p = New(601, 64)
			for y := range 64 {
				p.P[y*601+300] = 1
			}
			row = Gaussian(ctx, p, sigma).Row(30)
		}
		total, moment := 0.0, 0.0
		for x, v := range row {
			total += float64(v)
			moment += float64(v) * float64((x-300)*(x-300))
		}
		if got := math.Sqrt(moment / total); math.Abs(got/float64(sigma)-1) > 0.02 {
			t.Errorf("sigma %v came out as %v", sigma, got)
		}
		if math.Abs(total-1) > 1e-3 {
			t.Errorf("sigma %v changes the sum to %v", sigma, total)
		}
	}
}

func TestGaussianLeavesConstantsAlone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := New(130, 90)
	p.Fill(0.7)
	for _, sigma := range []float32{0, 0.4, 2, 5, 30, 200} {
		near(t, "constant", Gaussian(ctx, p, sigma), p, 1e-5)
	}
}

func TestBoxMatchesItsDefinition(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct{ w, h, r int }{{20, 15, 1}, {33, 70, 4}, {7, 5, 9}, {1, 1, 2}, {90, 75, 12}, {12, 3, 0}} {
		p := noisy(c.w, c.h, 8)
		near(t, "Box", Box(ctx, p, c.r), slowBox(p, c.r), 1e-6)
	}
}

func TestBoxOfOnePixel(t *testing.T) {
	t.Parallel()
	p := New(5, 5)
	p.P[2*5+2] = 9
	got := Box(context.Background(), p, 1)
	want := []float32{0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0}
	near(t, "Box", got, &Plane{5, 5, want}, 1e-7)
}

// slowGuided follows He 2010 literally with a gray guide.
func slowGuided(guide, p *Plane, r int, eps float64) *Plane {
	product := func(a, b *Plane) *Plane {
		out := New(a.W, a.H)
		for i := range out.P {
			out.P[i] = a.P[i] * b.P[i]
		}
		return out
	}
	mi, mp := slowBox(guide, r), slowBox(p, r)
	mii, mip := slowBox(product(guide, guide), r), slowBox(product(guide, p), r)
	a, b := New(p.W, p.H), New(p.W, p.H)
	for i := range a.P {
		x, y := float64(mi.P[i]), float64(mp.P[i])
		k := (float64(mip.P[i]) - x*y) / (float64(mii.P[i]) - x*x + eps)
		a.P[i], b.P[i] = float32(k), float32(y-k*x)
	}
	a, b = slowBox(a, r), slowBox(b, r)
	for i := range a.P {
		a.P[i] = a.P[i]*guide.P[i] + b.P[i]
	}
	return a
}

func TestGuidedMatchesItsDefinition(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	guide, p := noisy(37, 29, 1), noisy(37, 29, 2)
	near(t, "Guided", Guided(ctx, guide, p, 3, 0.01), slowGuided(guide, p, 3, 0.01), 1e-5)
	// A gray picture as colour guide has the variance of one channel three times, so eps counts three times less.
	gray := RGB{guide, guide, guide}
	near(t, "GuidedRGB", GuidedRGB(ctx, gray, p, 3, 0.03), slowGuided(guide, p, 3, 0.01), 1e-4)
}

func TestGuidedRGBSeesEdgesOfEqualLuma(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c, p := NewRGB(40, 20), New(40, 20)
	for y := range 20 {
		for x := range 40 {
			i := y*40 + x
			c[0].P[i], c[1].P[i] = 0.8, 0.2
			if x >= 20 {
				c[0].P[i], c[1].P[i] = 0.1, 0.408
				p.P[i] = 1
			}
		}
	}
	got := GuidedRGB(ctx, c, p, 4, 1e-4)
	if left, right := got.At(19, 10), got.At(20, 10); left > 0.02 || right < 0.98 {
		t.Errorf("the edge is %v | %v, want 0 | 1", left, right)
	}
}

func TestGuidedFilterIsSymmetric(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	// The matting solver relies on <F(p), q> = <p, F(q)>; it holds away from the borders.
	guide := noisyRGB(60, 60)
	g := NewGuided(ctx, guide, 2, 1e-3)
	defer g.Free()
	p, q := New(60, 60), New(60, 60)
	for y := 20; y < 40; y++ {
		for x := 20; x < 40; x++ {
			p.P[y*60+x], q.P[y*60+x] = White(1, x, y), White(2, x, y)
		}
	}
	a, b := dot(g.Apply(ctx, p), q), dot(p, g.Apply(ctx, q))
	if math.Abs(a-b) > 1e-3*math.Abs(a) {
		t.Errorf("%v and %v should be equal", a, b)
	}
}

func dot(a, b *Plane) float64 {
	sum := 0.0
	for i := range a.P {
		sum += float64(a.P[i]) * float64(b.P[i])
	}
	return sum
}

func TestGuidedDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	guide, p := noisyRGB(75, 150), noisy(75, 150, 9)
	sameForAllWorkers(t, func(ctx context.Context) []*Plane {
		return []*Plane{Guided(ctx, guide[0], p, 5, 0.01), GuidedRGB(ctx, guide, p, 5, 0.01)}
	})
}
