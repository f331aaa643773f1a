package stroke

import (
	"context"
	"math"
	"testing"

	"easel/engine/raster"
)

// ramp is a target that darkens from left to right, with paper left white at both ends.
func ramp(w, h int) *raster.Plane {
	p := raster.New(w, h)
	for y := 12; y < h-12; y++ {
		for x := 12; x < w-12; x++ {
			p.P[y*w+x] = 0.8 * float32(x) / float32(w)
		}
	}
	return p
}

func TestShadeConservesTone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	target := ramp(320, 200)
	height := raster.FBM(ctx, 320, 200, 3, 2, 5)
	sheet := NewSheet(height, Lead{})
	for _, p := range []Pass{
		{Length: 50, Width: 2, Dark: 0.5, Spacing: 5, Threshold: 0.05, Jitter: 0.1, Rounds: 2},
		{Length: 20, Width: 1.5, Dark: 0.6, Spacing: 3, Threshold: 0.05, Jitter: 0.1, Rounds: 3},
	} {
		sheet.Shade(ctx, target, Straight{0.7071, -0.7071}, p, 1, "tone", nil)
	}
	seen, want := raster.Gaussian(ctx, sheet.Density, 6), raster.Gaussian(ctx, target, 6)
	if c := correlation(seen.P, want.P); c < 0.98 {
		t.Errorf("correlation with the target %.3f", c)
	}
	if d := sheet.Density.Mean(nil) - target.Mean(nil); d > 0.03 || d < -0.06 {
		t.Errorf("mean density is off by %.3f", d)
	}
	for y := range 200 {
		if v := sheet.Density.At(1, y); v > 0.02 {
			t.Fatalf("density %v where the paper is to stay white", v)
		}
	}
}

func correlation(a, b []float32) float64 {
	var sa, sb, aa, bb, ab float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		sa, sb, aa, bb, ab = sa+x, sb+y, aa+x*x, bb+y*y, ab+x*y
	}
	n := float64(len(a))
	return (ab - sa*sb/n) / math.Sqrt((aa-sa*sa/n)*(bb-sb*sb/n))
}

func TestShadeDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	height := raster.FBM(context.Background(), 700, 560, 3, 2, 5)
	draw := func(workers int) *Sheet {
		ctx := raster.WithWorkers(context.Background(), workers)
		s := NewSheet(height, Lead{})
		s.Shade(ctx, ramp(700, 560), Straight{0.7071, -0.7071}, Pass{Length: 60, Width: 2, Dark: 0.6, Spacing: 8, Threshold: 0.05, Jitter: 0.1, Rounds: 2}, 1, "tone", nil)
		return s
	}
	a, b := draw(1), draw(16)
	if a.Drawing.Len() == 0 || a.Drawing.Len() != b.Drawing.Len() {
		t.Fatalf("%d strokes with one worker, %d with sixteen", a.Drawing.Len(), b.Drawing.Len())
	}
	for i, v := range a.Density.P {
		if v != b.Density.P[i] {
			t.Fatalf("pixel %d differs", i)
		}
	}
}

func TestShadeStopsWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	height := raster.New(600, 600)
	s := NewSheet(height, Lead{})
	calls := 0
	s.Shade(ctx, ramp(600, 600), Straight{1, 0}, Pass{Length: 40, Width: 2, Dark: 0.3, Spacing: 5, Threshold: 0.05, Rounds: 50}, 1, "tone", func(done float64) {
		calls++
		cancel()
		if done > 0.5 {
			t.Error("went on after the cancel")
		}
	})
	if calls != 1 {
		t.Errorf("%d reports, want one", calls)
	}
}

func TestGridMixesDirectionsNotAngles(t *testing.T) {
	t.Parallel()
	// 10° and 170° are 20° apart; their mean is level, not upright.
	g := NewGrid(context.Background(), 64, 64, 2, 12, func(x, _ int) (c, s float32) {
		a := 10 * math.Pi / 180
		if x >= 32 {
			a = -a
		}
		sin, cos := math.Sincos(2 * a)
		return float32(cos), float32(sin)
	})
	if tx, ty := g.At(32, 32); math.Abs(float64(tx)) < 0.99 || math.Abs(float64(ty)) > 0.1 {
		t.Errorf("direction (%v, %v)", tx, ty)
	}
	for _, a := range []float64{0, 0.5, 1.5, -1.2, 3} {
		sin, cos := math.Sincos(a)
		tx, ty := half(Double(float32(cos), float32(sin)))
		if d := math.Abs(float64(tx)*cos + float64(ty)*sin); d < 0.9999 {
			t.Errorf("angle %v came back as (%v, %v)", a, tx, ty)
		}
	}
}
