//go:build unix

package raster

import (
	"context"
	"syscall"
	"testing"
)

// The benchmarks run on half a megapixel and report nanoseconds of all cores together per pixel, which unlike the time
// on the clock hardly depend on what else the machine does.

func perPixel(b *testing.B, run func(ctx context.Context, c RGB, f *Flow)) {
	const w, h = 800, 640
	ctx := context.Background()
	c := noisyRGB(w, h)
	f := NewFlow(ctx, c, 2, 2)
	run(ctx, c, f)
	b.ResetTimer()
	before := spent(b)
	for range b.N {
		run(ctx, c, f)
	}
	b.ReportMetric(float64(spent(b)-before)/float64(b.N)/(w*h), "cpu-ns/px")
}

// spent is the processor time of this process in nanoseconds.
func spent(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func plane(kernel func(ctx context.Context, p *Plane) *Plane) func(context.Context, RGB, *Flow) {
	return func(ctx context.Context, c RGB, _ *Flow) { kernel(ctx, c[0]).Free() }
}

func BenchmarkGaussianTaps(b *testing.B) {
	perPixel(b, plane(func(ctx context.Context, p *Plane) *Plane { return Gaussian(ctx, p, 2) }))
}

func BenchmarkGaussianBoxes(b *testing.B) {
	perPixel(b, plane(func(ctx context.Context, p *Plane) *Plane { return Gaussian(ctx, p, 9) }))
}

func BenchmarkGaussianCoarse(b *testing.B) {
	perPixel(b, plane(func(ctx context.Context, p *Plane) *Plane { return Gaussian(ctx, p, 40) }))
}

func BenchmarkBox(b *testing.B) {
	perPixel(b, plane(func(ctx context.Context, p *Plane) *Plane { return Box(ctx, p, 12) }))
}

func BenchmarkGuided(b *testing.B) {
	perPixel(b, func(ctx context.Context, c RGB, _ *Flow) { Guided(ctx, c[0], c[1], 12, 0.01).Free() })
}

func BenchmarkGuidedRGB(b *testing.B) {
	perPixel(b, func(ctx context.Context, c RGB, _ *Flow) { GuidedRGB(ctx, c, c[1], 8, 0.01).Free() })
}

func BenchmarkGuidedApply(b *testing.B) {
	var g *GuidedFilter
	perPixel(b, func(ctx context.Context, c RGB, _ *Flow) {
		if g == nil {
			g = NewGuided(ctx, c, 8, 0.01)
		}
		g.Apply(ctx, c[1]).Free()
	})
}

func BenchmarkFlow(b *testing.B) {
	perPixel(b, func(ctx context.Context, c RGB, _ *Flow) { NewFlow(ctx, c, 3, 4).Free() })
}

func BenchmarkFDoG(b *testing.B) {
	perPixel(b, func(ctx context.Context, c RGB, f *Flow) { FDoG(ctx, c[0], f, 2, 5, 0.995).Free() })
}

func BenchmarkKuwahara3(b *testing.B) {
	perPixel(b, func(ctx context.Context, c RGB, f *Flow) { Kuwahara(ctx, c, f, 3).Free() })
}

func BenchmarkKuwahara45(b *testing.B) {
	perPixel(b, func(ctx context.Context, c RGB, f *Flow) { Kuwahara(ctx, c, f, 4.5).Free() })
}

func BenchmarkResizeHalf(b *testing.B) {
	perPixel(b, plane(func(ctx context.Context, p *Plane) *Plane { return Resize(ctx, p, p.W/2, p.H/2) }))
}

func BenchmarkEnlarge(b *testing.B) {
	var small *Plane
	perPixel(b, plane(func(ctx context.Context, p *Plane) *Plane {
		if small == nil {
			small = Shrink(ctx, p, 4)
		}
		return Enlarge(ctx, small, p.W, p.H)
	}))
}

func BenchmarkFBM(b *testing.B) {
	perPixel(b, plane(func(ctx context.Context, p *Plane) *Plane { return FBM(ctx, p.W, p.H, 50, 3, 1) }))
}

func BenchmarkLab(b *testing.B) {
	perPixel(b, func(ctx context.Context, c RGB, _ *Flow) { c.Lab(ctx).Free() })
}

func BenchmarkDistance(b *testing.B) {
	perPixel(b, plane(Distance))
}
