package watercolour

import (
	"context"
	"image"
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

func TestLensReadsWhatEnlargingWouldGive(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	src := raster.FBM(ctx, 40, 30, 12, 2, 1)
	for _, scale := range []float32{1, 2, 3} {
		w, h := int(40*scale), int(30*scale)
		want := raster.Enlarge(ctx, src, w, h)
		l := newLens(w, 40, scale)
		row, line := make([]float32, w), make([]float32, 40)
		for y := range h {
			l.row(row, src, 1, y, line)
			for x, v := range row {
				if d := math.Abs(float64(v - want.At(x, y))); d > 1e-5 {
					t.Fatalf("scale %g at (%d, %d): %g, want %g", scale, x, y, v, want.At(x, y))
				}
			}
		}
	}
}

func TestGlazesDeepenWithTheTone(t *testing.T) {
	t.Parallel()
	g := glazes{at: evenStart, tone: [layers + 1]float32{0, 0.3, 0.6, 1.2, 1.9, 3}}
	sheet := &sheet{study: &study{bodyTones: g, faceTones: g}, scale: 1}
	for _, steep := range []float32{0, 0.02, 0.2} {
		last := float32(-1)
		for level := float32(0); level < 3.5; level += 0.01 {
			body, bead := sheet.glaze(level, steep, 0.5, 0.3)
			if body < last-1e-5 || bead < 0 {
				t.Fatalf("slope %g: at level %g the body is %g after %g, the bead %g", steep, level, body, last, bead)
			}
			last = body
		}
		if last < 2.9 {
			t.Errorf("slope %g: the deepest body is %g", steep, last)
		}
	}
}

func TestPigmentKeepsTheAmount(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]float32{{0.2, 0.2, 0.2}, {0.5, 1.1, 1.4}, {3, 3.1, 2.9}, {0.1, 0.9, 3}} {
		for _, temper := range []float32{-0.3, 0, 0.3} {
			r, g, b := pigment(c, temper, 0, nearby{})
			if mean := (r + g + b) / 3; mean < 0.9 || mean > 1.15 || min(r, g, b) <= 0 {
				t.Errorf("%v with %g: hue %.2f %.2f %.2f", c, temper, r, g, b)
			}
		}
	}
}

// TestSkinTargetKeepsTheOrder holds the promise that everybody is luminous and darker skin stays darker.
func TestSkinTargetKeepsTheOrder(t *testing.T) {
	t.Parallel()
	last := float32(0)
	for _, tone := range []float32{0.15, 0.3, 0.45, 0.6, 0.75, 0.9} {
		luma := raster.New(50, 50)
		luma.Fill(tone)
		s := &study{p: &plan.Plan{W: 50, H: 50, Luma: luma, Colour: raster.RGB{luma, luma, luma}, Faces: []face.Face{{X: 25, Y: 25, Size: 30}}}}
		target := s.skinTarget()
		if target < last || target < 0.6 || target > 0.8 {
			t.Errorf("skin of %.2f is painted at %.3f, after %.3f", tone, target, last)
		}
		last = target
	}
}

// TestCatchLightNeedsDarkAround: the white of an eye is no highlight.
func TestCatchLightNeedsDarkAround(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		r    float64
		want int
	}{{"a small light", 1.5, 1}, {"a large bright field", 9, 0}, {"nothing", 0, 0}} {
		luma := raster.New(100, 100)
		luma.Fill(0.2)
		for y := range 100 {
			for x := range 100 {
				if math.Hypot(float64(x-52), float64(y-49)) < c.r {
					luma.P[y*100+x] = 0.95
				}
			}
		}
		s := &study{p: &plan.Plan{W: 100, H: 100, Luma: luma}}
		s.catchLight(face.Point{X: 50, Y: 50}, 120)
		if len(s.sparks) != c.want {
			t.Errorf("%s: %d lights, want %d", c.name, len(s.sparks), c.want)
		}
	}
}

func TestTinyPicturesArePainted(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{24, 20}, {9, 60}} {
		p, err := plan.New(context.Background(), portrait(size.X, size.Y), plan.Options{MaxPixels: size.X * size.Y})
		if err != nil {
			t.Fatal(err)
		}
		img := paint(t, context.Background(), p, Options{Scale: 2})
		if img.Rect.Dx() != 2*p.W || img.Rect.Dy() != 2*p.H {
			t.Errorf("%v: the picture is %v", size, img.Rect)
		}
		p.Free()
	}
}

// TestDropsStayOffTheFace looks at many seeds.
func TestDropsStayOffTheFace(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	p := small(t)
	for i := range p.Importance.P {
		x, y := i%p.W, i/p.W
		p.Importance.P[i] = 0
		if math.Hypot(float64(x-p.W/2), float64(y-p.H/3)) < 50 {
			p.Importance.P[i] = 1
		}
	}
	count := 0
	for seed := range uint64(12) {
		s := newStudy(context.Background(), p, Options{Seed: seed})
		s.mixColours(context.Background())
		s.layGround(context.Background())
		s.scatter(context.Background())
		for _, d := range s.drops {
			if p.Importance.Sample(d.x, d.y) > 0.2 {
				t.Errorf("seed %d: a drop on the face at (%.0f, %.0f)", seed, d.x, d.y)
			}
		}
		count += len(s.drops)
		s.free()
	}
	if count == 0 {
		t.Error("no seed has drops")
	}
}

// TestThinnedDarksKeepTheirColour thins darks to a light wash: black and gray fur stay gray, brown stays brown.
func TestThinnedDarksKeepTheirColour(t *testing.T) {
	t.Parallel()
	table := newAbsorbance(blackest)
	for _, c := range []struct {
		name        string
		rgb         [3]float32
		beside      float32 // stain of what is around it
		least, most float32 // of red over blue in a wash of absorbance 1, gamma-encoded
	}{
		{"black", [3]float32{0.08, 0.08, 0.08}, 0, 0.93, 1.07},
		{"black that reflects the sky", [3]float32{0.10, 0.11, 0.15}, 0, 0.92, 1.07},
		{"gray", [3]float32{0.30, 0.30, 0.31}, 0, 0.93, 1.07},
		{"brown fur in the shade", [3]float32{0.17, 0.10, 0.06}, 0, 1.06, 1.6},
		{"brown fur", [3]float32{0.40, 0.26, 0.16}, 0, 1.12, 1.9},
		{"brown that is nearly black, in black fur", [3]float32{0.105, 0.085, 0.075}, 0, 0.93, 1.06},
		{"brown that is nearly black, in brown fur", [3]float32{0.105, 0.085, 0.075}, 0.2, 1.03, 1.6},
	} {
		for _, temper := range []float32{-0.2, 0, 0.2} {
			r, _, b := pigment([3]float32{table.of(c.rgb[0]), table.of(c.rgb[1]), table.of(c.rgb[2])}, temper, 0.5, nearby{wide: c.beside})
			got := float32(math.Exp(float64(b-r) / 2.2))
			if got < c.least || got > c.most {
				t.Errorf("%s with a drift of %v: red is %.3f of blue, want %v…%v", c.name, temper, got, c.least, c.most)
			}
		}
	}
}
