package raster

import (
	"context"
	"image"
	"image/color"
	"math"
	"testing"
)

func TestShrinkOfUnevenSize(t *testing.T) {
	t.Parallel()
	p := &Plane{5, 3, []float32{
		1, 3, 5, 7, 9,
		1, 3, 5, 7, 11,
		2, 4, 6, 8, 20,
	}}
	got := Shrink(context.Background(), p, 2)
	near(t, "Shrink", got, &Plane{3, 2, []float32{2, 6, 10, 3, 7, 20}}, 1e-6)
}

func TestEnlargeInterpolatesBetweenCentres(t *testing.T) {
	t.Parallel()
	p := &Plane{2, 1, []float32{0, 1}}
	got := Enlarge(context.Background(), p, 4, 2)
	want := []float32{0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1}
	near(t, "Enlarge", got, &Plane{4, 2, want}, 1e-6)
}

func TestResizeKeepsSlopes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := New(80, 60)
	for y := range 60 {
		for x := range 80 {
			p.P[y*80+x] = (float32(x) + 0.5) / 80
		}
	}
	for _, size := range []image.Point{{40, 30}, {27, 60}, {160, 90}, {80, 60}, {8, 8}} {
		got := Resize(ctx, p, size.X, size.Y)
		if got.W != size.X || got.H != size.Y {
			t.Fatalf("size %dx%d, want %v", got.W, got.H, size)
		}
		for x := size.X / 4; x < size.X*3/4; x++ {
			want := (float64(x) + 0.5) / float64(size.X)
			if d := math.Abs(float64(got.At(x, size.Y/2)) - want); d > 2e-3 {
				t.Errorf("%v: sample %d is off by %v", size, x, d)
			}
		}
	}
}

func TestResizeToTheSameSizeIsExact(t *testing.T) {
	t.Parallel()
	p := noisy(33, 21, 1)
	near(t, "Resize", Resize(context.Background(), p, 33, 21), p, 1e-6)
}

func TestResizeCountsEverySampleWhenShrinking(t *testing.T) {
	t.Parallel()
	// Stripes of one pixel have a mean of one half; skipping samples would show them as patterns.
	p := New(300, 300)
	for i := range p.P {
		p.P[i] = float32(i % 300 % 2)
	}
	for _, v := range Resize(context.Background(), p, 70, 70).Row(30)[3:67] {
		if v < 0.48 || v > 0.52 {
			t.Fatalf("a stripe pattern of mean 0.5 became %v", v)
		}
	}
}

func TestResizeNRGBAKeepsHiddenColoursHidden(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(5, 5, 25, 25))
	for y := 5; y < 25; y++ {
		for x := 5; x < 25; x++ {
			c := color.NRGBA{200, 100, 50, 255}
			if x >= 15 {
				c = color.NRGBA{0, 255, 0, 0} // green that nobody can see
			}
			img.SetNRGBA(x, y, c)
		}
	}
	got := ResizeNRGBA(context.Background(), img, 13, 13)
	if got.Rect != image.Rect(0, 0, 13, 13) {
		t.Fatalf("bounds %v", got.Rect)
	}
	for x := range 13 {
		p := got.NRGBAAt(x, 6)
		if p.A > 0 && (p.R < 199 || p.R > 201 || p.G < 99 || p.G > 101) {
			t.Errorf("pixel %d is %v: the hidden green bled", x, p)
		}
	}
	if l, r := got.NRGBAAt(1, 6).A, got.NRGBAAt(11, 6).A; l != 255 || r != 0 {
		t.Errorf("opacity %d | %d, want 255 | 0", l, r)
	}
}

func TestFromNRGBAAtIsReadThenResize(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	img := shifted()
	whole := FromNRGBA(ctx, img)
	for _, size := range []image.Point{{5, 4}, {3, 3}, {9, 11}} {
		got := FromNRGBAAt(ctx, img, size.X, size.Y)
		want := ResizeRGB(ctx, whole, size.X, size.Y)
		for k := range got {
			for i, v := range want[k].P {
				want[k].P[i] = Clamp(v, 0, 1)
			}
			near(t, "FromNRGBAAt", got[k], want[k], 1e-5)
		}
	}
}
