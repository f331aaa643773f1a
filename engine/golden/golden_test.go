package golden

import (
	"context"
	"image"
	"math"
	"testing"

	"easel/engine/raster"
)

// made fills a plane from a function.
func made(w, h int, f func(x, y float64) float64) *raster.Plane {
	p := raster.New(w, h)
	for i := range p.P {
		p.P[i] = float32(f(float64(i%w), float64(i/w)))
	}
	return p
}

func near(t *testing.T, what string, got, want, by float32) {
	t.Helper()
	if math.Abs(float64(got-want)) > float64(by) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const w = 64
	right := made(w, w, func(x, _ float64) float64 { return x / w })
	left := made(w, w, func(x, _ float64) float64 { return 1 - x/w })
	down := made(w, w, func(_, y float64) float64 { return y / w })
	slant := made(w, w, func(x, y float64) float64 { return (x + y) / (2 * w) })
	flat := made(w, w, func(_, _ float64) float64 { return 0.5 })
	diagonal := float32(math.Sqrt2 / 2)
	for _, c := range []struct {
		name           string
		photo, drawing *raster.Plane
		want           Likeness
	}{
		{"itself", right, right, Likeness{1, 1, 1, 1}},
		{"its negative", right, left, Likeness{1, 1, -1, -1}},
		{"across it", right, down, Likeness{1, 0, 0, 0}},
		{"half across it", right, slant, Likeness{0.99, diagonal, diagonal, 0}},
		{"nothing", right, flat, Likeness{0.86, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Compare(context.Background(), c.photo, c.drawing, nil, 0)
			near(t, "gradient similarity", got.GMS, c.want.GMS, 0.01)
			near(t, "direction", got.Direction, c.want.Direction, 0.001)
			near(t, "tone", got.Tone, c.want.Tone, 0.001)
			if c.want.SSIM == 1 && got.SSIM < 0.9999 || c.want.SSIM < 1 && got.SSIM > 0.9 {
				t.Errorf("structural similarity is %v", got.SSIM)
			}
		})
	}
}

func TestCompareForgivesStrokesAndKnowsItsMask(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	photo := made(64, 64, func(x, y float64) float64 { return 0.5 + 0.4*math.Sin(x/9)*math.Cos(y/11) })
	hatched := made(64, 64, func(x, y float64) float64 {
		return 0.5 + 0.4*math.Sin(x/9)*math.Cos(y/11) + 0.1*float64(1-2*(int(x)%2))
	})
	sharp, blurred := Compare(ctx, photo, hatched, nil, 0), Compare(ctx, photo, hatched, nil, 2)
	if blurred.SSIM < 0.98 || sharp.SSIM > 0.8 || blurred.Direction < 0.98 {
		t.Errorf("fine hatching counts: %+v sharp, %+v blurred", sharp, blurred)
	}
	half := photo.Clone()
	mask := raster.New(64, 64)
	for i := range half.P {
		if i%64 < 32 {
			mask.P[i] = 1
		} else {
			half.P[i] = 1 - half.P[i]
		}
	}
	if in, all := Compare(ctx, photo, half, mask, 0), Compare(ctx, photo, half, nil, 0); in.Tone < 0.999 || all.Tone > 0.5 || in.SSIM < 0.999 || all.SSIM > 0.6 {
		t.Errorf("%+v in the mask and %+v over all", in, all)
	}
	for i := range mask.P {
		mask.P[i] = 1 - mask.P[i]
	}
	if out := Compare(ctx, photo, half, mask, 0); out.Tone > -0.5 || out.SSIM > 0 {
		t.Errorf("the negative half is %+v", out)
	}
	if none := Compare(ctx, photo, half, raster.New(64, 64), 0); none != (Likeness{}) {
		t.Errorf("no samples give %+v", none)
	}
}

func TestCutAndBounds(t *testing.T) {
	t.Parallel()
	p := made(8, 6, func(x, y float64) float64 { return 10*y + x })
	part := Cut(p, image.Rect(6, 4, 20, 20))
	if part.W != 2 || part.H != 2 || part.At(0, 0) != 46 || part.At(1, 1) != 57 {
		t.Errorf("the corner is %dx%d: %v", part.W, part.H, part.P)
	}
	mask := raster.New(8, 6)
	if b := Bounds(mask); !b.Empty() {
		t.Errorf("nothing is in %v", b)
	}
	mask.P[1*8+2], mask.P[4*8+5], mask.P[0] = 0.6, 1, 0.5
	if b := Bounds(mask); b != image.Rect(2, 1, 6, 5) {
		t.Errorf("the bounds are %v", b)
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct {
		name      string
		luma      func(x, y float64) float64
		white     float32
		fineMost  float32
		fineLeast float32
		tones     int
	}{
		{"bare paper", func(_, _ float64) float64 { return 0.97 }, 1, 0, 0, 1},
		{"half a wash", func(x, _ float64) float64 { return map[bool]float64{true: 0.97, false: 0.4}[x < 50] }, 0.5, 0.05, 0, 2},
		{"a board of points", func(x, y float64) float64 { return float64((int(x) + int(y)) % 2) }, 1, 1.05, 0.95, 2},
		{"a slope", func(x, _ float64) float64 { return x / 100 }, 0.06, 0.01, 0, 32},
	} {
		got := Look(ctx, made(100, 100, c.luma), 2)
		near(t, c.name+": white", got.White, c.white, 0.025)
		if got.Fine < c.fineLeast || got.Fine > c.fineMost || got.Tones != c.tones {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestDistanceOfHistograms(t *testing.T) {
	t.Parallel()
	dark, light := Histogram(made(4, 4, func(_, _ float64) float64 { return -1 }), 2), Histogram(made(4, 4, func(_, _ float64) float64 { return 2 }), 2)
	both := []float32{0.5, 0.5}
	near(t, "the distance to itself", Distance(dark, dark), 0, 1e-6)
	near(t, "from black to white", Distance(dark, light), 1, 1e-6)
	near(t, "from black to both", Distance(dark, both), 1.0/3, 1e-6)
}

func TestGrid(t *testing.T) {
	t.Parallel()
	g := Grid(context.Background(), made(64, 32, func(x, _ float64) float64 { return map[bool]float64{true: 0.2, false: 0.8}[x < 32] }), 4)
	near(t, "the left", g.At(0, 2), 0.2, 0.02)
	near(t, "the right", g.At(3, 1), 0.8, 0.02)
}
