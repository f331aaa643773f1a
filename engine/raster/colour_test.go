package raster

import (
	"context"
	"image"
	"image/color"
	"math"
	"testing"
)

func TestFromNRGBA(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	img := shifted()
	c := FromNRGBA(ctx, img)
	if c.W() != 5 || c.H() != 4 {
		t.Fatalf("planes are %dx%d, want 5x4", c.W(), c.H())
	}
	for y := range 4 {
		for x := range 5 {
			px := img.NRGBAAt(2+x, 1+y)
			a := float64(px.A) / 255
			for k, v := range []uint8{px.R, px.G, px.B} {
				want := a*float64(v)/255 + 1 - a
				if got := float64(c[k].At(x, y)); math.Abs(got-want) > 1e-6 {
					t.Errorf("channel %d at (%d, %d) is %v, want %v", k, x, y, got, want)
				}
			}
		}
	}
}

func TestNRGBARoundsAndClamps(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := RGB{New(2, 1), New(2, 1), New(2, 1)}
	c[0].P = []float32{-0.5, 0.5}
	c[1].P = []float32{1.5, 100.4 / 255}
	c[2].P = []float32{1, 100.6 / 255}
	img := c.NRGBA(ctx)
	want := []color.NRGBA{{0, 255, 255, 255}, {128, 100, 101, 255}}
	for x, w := range want {
		if got := img.NRGBAAt(x, 0); got != w {
			t.Errorf("pixel %d is %v, want %v", x, got, w)
		}
	}
}

func TestEightBitValuesSurviveThePlanes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	img := image.NewNRGBA(image.Rect(0, 0, 256, 1))
	for x := range 256 {
		img.SetNRGBA(x, 0, color.NRGBA{uint8(x), uint8(255 - x), 7, 255})
	}
	back := FromNRGBA(ctx, img).NRGBA(ctx)
	for i := range img.Pix {
		if img.Pix[i] != back.Pix[i] {
			t.Fatalf("byte %d became %d, was %d", i, back.Pix[i], img.Pix[i])
		}
	}
}

func TestTransferCurves(t *testing.T) {
	t.Parallel()
	for i := range 2001 {
		v := float64(i) / 2000
		want := v / 12.92
		if v > 0.04045 {
			want = math.Pow((v+0.055)/1.055, 2.4)
		}
		if got := float64(ToLinear(float32(v))); math.Abs(got-want) > 1e-6 {
			t.Fatalf("ToLinear(%v) = %v, want %v", v, got, want)
		}
		if got := float64(ToGamma(float32(want))); math.Abs(got-v) > 3e-5 {
			t.Fatalf("ToGamma(%v) = %v, want %v", want, got, v)
		}
	}
	for _, v := range []float32{-1, 2, float32(math.NaN())} {
		if got := ToLinear(v); got < 0 || got > 1 {
			t.Errorf("ToLinear(%v) = %v", v, got)
		}
	}
}

func TestLab(t *testing.T) {
	t.Parallel()
	// Reference values: red, green and blue of sRGB as published with OKLab.
	for _, c := range []struct {
		name    string
		r, g, b float32
		want    Lab
	}{
		{"white", 1, 1, 1, Lab{1, 0, 0}},
		{"black", 0, 0, 0, Lab{}},
		{"red", 1, 0, 0, Lab{0.62796, 0.22486, 0.12585}},
		{"green", 0, 1, 0, Lab{0.86644, -0.23389, 0.17950}},
		{"blue", 0, 0, 1, Lab{0.45201, -0.03246, -0.31153}},
	} {
		got := ToLab(c.r, c.g, c.b)
		if math.Sqrt(float64(apart(got, c.want))) > 1e-4 {
			t.Errorf("%s is %v, want %v", c.name, got, c.want)
		}
		r, g, b := got.RGB()
		if d := max(r-c.r, c.r-r, g-c.g, c.g-g, b-c.b, c.b-b); d > 2e-3 {
			t.Errorf("%s came back as %v %v %v", c.name, r, g, b)
		}
	}
}

func TestPaletteFindsTheColoursByShare(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewRGB(60, 60)
	for y := range 60 {
		for x := range 60 {
			i := y*60 + x
			switch {
			case y < 36:
				c[0].P[i] = 0.9
			case y < 54:
				c[1].P[i] = 0.7
			default:
				c[2].P[i] = 0.8
			}
		}
	}
	got := Palette(ctx, c, nil, 5, 3)
	want := []Lab{ToLab(0.9, 0, 0), ToLab(0, 0.7, 0), ToLab(0, 0, 0.8)}
	if len(got) != len(want) {
		t.Fatalf("%d colours, want %d: %v", len(got), len(want), got)
	}
	for i := range want {
		if apart(got[i], want[i]) > 1e-6 {
			t.Errorf("colour %d is %v, want %v", i, got[i], want[i])
		}
	}
	weight := New(60, 60)
	if got := Palette(ctx, c, weight, 3, 3); got != nil {
		t.Errorf("colours where nothing counts: %v", got)
	}
}
