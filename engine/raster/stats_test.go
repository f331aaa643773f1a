package raster

import (
	"context"
	"image"
	"math"
	"testing"
)

func TestPercentileAndMean(t *testing.T) {
	t.Parallel()
	p, mask := New(100, 10), New(100, 10)
	for i := range p.P {
		p.P[i] = float32(i)
		if i >= 500 && i < 600 {
			mask.P[i] = 1
		}
	}
	for _, c := range []struct {
		q    float32
		mask *Plane
		want float64
	}{{0, nil, 0}, {0.5, nil, 500}, {0.9, nil, 900}, {1, nil, 999}, {0.5, mask, 550}, {1, mask, 599}, {0, mask, 500}} {
		if got := float64(p.Percentile(c.q, c.mask)); math.Abs(got-c.want) > 1.5 {
			t.Errorf("percentile %v (masked: %v) is %v, want %v", c.q, c.mask != nil, got, c.want)
		}
	}
	if got := p.Mean(mask); got != 549.5 {
		t.Errorf("mean %v, want 549.5", got)
	}
	nothing, flat := New(100, 10), New(3, 3)
	flat.Fill(0.3)
	if got := p.Percentile(0.5, nothing); got != 0 {
		t.Errorf("percentile of nothing is %v", got)
	}
	if got := p.Mean(nothing); got != 0 {
		t.Errorf("mean of nothing is %v", got)
	}
	if got := flat.Percentile(0.7, nil); got != 0.3 {
		t.Errorf("percentile of a constant is %v", got)
	}
}

func TestSmoothstep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, x, want float32 }{
		{0, 1, -1, 0}, {0, 1, 0.5, 0.5}, {0, 1, 2, 1}, {2, 4, 3, 0.5},
		{0.35, 0.12, 0.5, 0}, {0.35, 0.12, 0.1, 1}, {1, 1, 0.9, 0}, {1, 1, 1, 1},
	} {
		if got := Smoothstep(c.a, c.b, c.x); math.Abs(float64(got-c.want)) > 1e-6 {
			t.Errorf("Smoothstep(%v, %v, %v) = %v, want %v", c.a, c.b, c.x, got, c.want)
		}
	}
}

func TestDistanceMatchesTheDefinition(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for seed := range uint64(6) {
		m := New(41, 33)
		for y := range 33 {
			for x := range 41 {
				if White(seed, x, y) > 0.985 {
					m.P[y*41+x] = 1
				}
			}
		}
		want := New(41, 33)
		for i := range want.P {
			best := math.Inf(1)
			for j, v := range m.P {
				if v > 0.5 {
					best = min(best, math.Hypot(float64(i%41-j%41), float64(i/41-j/41)))
				}
			}
			want.P[i] = float32(best)
		}
		near(t, "Distance", Distance(ctx, m), want, 1e-5)
	}
	if got := Distance(ctx, New(7, 5)).P[3]; got != 12 {
		t.Errorf("distance to nothing is %v, want 12", got)
	}
}

func TestSSIM(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := noisy(64, 64, 1)
	if got := SSIM(ctx, a, a, 0); math.Abs(float64(got)-1) > 1e-5 {
		t.Errorf("a plane is %v like itself", got)
	}
	b := noisy(64, 64, 2) // the same forms under other noise
	sharp, blurred := SSIM(ctx, a, b, 0), SSIM(ctx, a, b, 3)
	if sharp > 0.6 || blurred < 0.8 {
		t.Errorf("unlike noise: %v, blurred %v", sharp, blurred)
	}
}

func TestFBM(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const length = 9.5
	p := FBM(ctx, 150, 120, length, 3, 42)
	lo, hi, _ := p.spread(nil)
	if lo < 0 || hi > 1 || hi-lo < 0.5 {
		t.Errorf("noise lies in %v…%v", lo, hi)
	}
	if m := p.Mean(nil); m < 0.47 || m > 0.53 {
		t.Errorf("noise has mean %v", m)
	}
	for y := 0; y < 120; y += 7 {
		for x := 0; x < 150; x += 3 {
			if got := FBMAt(float32(x), float32(y), length, 3, 42); got != p.At(x, y) {
				t.Fatalf("FBMAt(%d, %d) = %v, the plane has %v", x, y, got, p.At(x, y))
			}
			large := FBMAt(2.5*float32(x), 2.5*float32(y), 2.5*length, 3, 42)
			if math.Abs(float64(large-p.At(x, y))) > 1e-4 {
				t.Fatalf("larger by 2.5 the noise at (%d, %d) is %v, was %v", x, y, large, p.At(x, y))
			}
		}
	}
	every := FBMEvery(ctx, image.Rect(-7, 3, 20, 15), 4, length, 3, 42)
	for y := range every.H {
		for x := range every.W {
			if want := FBMAt(float32(4*(x-7)), float32(4*(y+3)), length, 3, 42); every.At(x, y) != want {
				t.Fatalf("sample (%d, %d) of every fourth is %v, want %v", x, y, every.At(x, y), want)
			}
		}
	}
	if FBMAt(-3.25, -8, length, 3, 42) == FBMAt(3.25, 8, length, 3, 42) {
		t.Error("the noise repeats mirrored")
	}
}
