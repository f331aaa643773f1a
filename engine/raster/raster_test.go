package raster

import (
	"context"
	"image"
	"math"
	"testing"
)

// noisy returns a plane of reproducible noise over a slope, so that both edges and flat parts are met.
func noisy(w, h int, seed uint64) *Plane {
	p := New(w, h)
	for y := range h {
		for x := range w {
			p.P[y*w+x] = 0.5*White(seed, x, y) + 0.3*float32(x)/float32(w)
			if x > w/2 && y > h/3 {
				p.P[y*w+x] += 0.2
			}
		}
	}
	return p
}

func noisyRGB(w, h int) RGB { return RGB{noisy(w, h, 1), noisy(w, h, 2), noisy(w, h, 3)} }

// near fails the test where two planes differ by more than tolerance.
func near(t *testing.T, name string, got, want *Plane, tolerance float64) {
	t.Helper()
	if got.W != want.W || got.H != want.H {
		t.Fatalf("%s: %dx%d, want %dx%d", name, got.W, got.H, want.W, want.H)
	}
	for i := range got.P {
		if d := math.Abs(float64(got.P[i] - want.P[i])); !(d <= tolerance) {
			t.Fatalf("%s: sample (%d, %d) is %v, want %v", name, i%got.W, i/got.W, got.P[i], want.P[i])
		}
	}
}

// sameForAllWorkers runs a kernel with 1, 2 and 16 goroutines and wants the same bits.
func sameForAllWorkers(t *testing.T, kernel func(ctx context.Context) []*Plane) {
	t.Helper()
	want := kernel(WithWorkers(context.Background(), 1))
	for _, n := range []int{2, 16} {
		got := kernel(WithWorkers(context.Background(), n))
		for k := range want {
			near(t, "with more workers", got[k], want[k], 0)
		}
	}
}

func TestKernelsDoNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	p, c := noisy(83, 71, 5), noisyRGB(83, 71)
	photo := c.NRGBA(context.Background())
	one := func(k func(context.Context) *Plane) func(context.Context) []*Plane {
		return func(ctx context.Context) []*Plane { return []*Plane{k(ctx)} }
	}
	for name, kernel := range map[string]func(context.Context) []*Plane{
		"taps":    one(func(ctx context.Context) *Plane { return Gaussian(ctx, p, 2) }),
		"boxes":   one(func(ctx context.Context) *Plane { return Gaussian(ctx, p, 9) }),
		"coarse":  one(func(ctx context.Context) *Plane { return Gaussian(ctx, p, 30) }),
		"box":     one(func(ctx context.Context) *Plane { return Box(ctx, p, 6) }),
		"resize":  one(func(ctx context.Context) *Plane { return Resize(ctx, p, 41, 200) }),
		"enlarge": one(func(ctx context.Context) *Plane { return Enlarge(ctx, p, 200, 150) }),
		"shrink":  one(func(ctx context.Context) *Plane { return Shrink(ctx, p, 3) }),
		"fbm":     one(func(ctx context.Context) *Plane { return FBM(ctx, 90, 70, 13, 3, 9) }),
		"luma":    one(func(ctx context.Context) *Plane { return Luma(ctx, c) }),
		"distance": one(func(ctx context.Context) *Plane {
			m := New(83, 71)
			m.P[71] = 1
			return Distance(ctx, m)
		}),
		"lab":   func(ctx context.Context) []*Plane { l := c.Lab(ctx); return l[:] },
		"photo": func(ctx context.Context) []*Plane { l := FromNRGBAAt(ctx, photo, 60, 90); return l[:] },
	} {
		t.Run(name, func(t *testing.T) { sameForAllWorkers(t, kernel) })
	}
}

func TestCancelledKernelReturns(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := noisy(64, 64, 1)
	if got := Gaussian(ctx, p, 4); got.W != 64 || got.H != 64 {
		t.Fatalf("a cancelled blur has size %dx%d", got.W, got.H)
	}
}

// shifted returns a picture whose bounds do not begin at zero, made by cutting a larger one.
func shifted() *image.NRGBA {
	whole := image.NewNRGBA(image.Rect(-3, -2, 9, 8))
	for i := range whole.Pix {
		whole.Pix[i] = uint8(i * 7)
	}
	return whole.SubImage(image.Rect(2, 1, 7, 5)).(*image.NRGBA)
}
