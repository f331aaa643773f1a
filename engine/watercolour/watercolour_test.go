package watercolour

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math"
	"sync"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// whiteShare is the share of pixels that show bare paper.
func whiteShare(img *image.NRGBA) float64 {
	n := 0
	for i := 0; i < len(img.Pix); i += 4 {
		if min(img.Pix[i], img.Pix[i+1], img.Pix[i+2]) > 232 {
			n++
		}
	}
	return float64(n) / float64(len(img.Pix)/4)
}

// likeness is the structural similarity of the planned tones and the picture, blurred, in the box of the main face; 0
// without one.
func likeness(t testing.TB, p *plan.Plan, img *image.NRGBA) float32 {
	t.Helper()
	if len(p.Faces) == 0 {
		return 0
	}
	ctx := context.Background()
	f := p.Faces[0]
	r := f.Size / 2
	box := image.Rect(int(f.X-r), int(f.Y-r), int(f.X+r), int(f.Y+r)).
		Intersect(image.Rect(0, 0, p.W, p.H))
	c := raster.FromNRGBA(ctx, img)
	defer c.Free()
	luma := raster.Luma(ctx, c)
	told := p.Tone(ctx, newStudy(ctx, p, Options{}).skinTarget(), 1) // the tones that the painter is told, which are lighter than a dull photo's
	a, b := luma.Crop(box), told.Crop(box)
	defer raster.Free(luma, told, a, b)
	return raster.SSIM(ctx, a, b, 2*p.K)
}

// portrait is a picture made by code: a light oval head with eyes and mouth, dark shoulders, a gray ground.
func portrait(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	in := func(x, y, cx, cy, rx, ry float64) bool {
		dx, dy := (x/float64(w)-cx)/rx, (y/float64(h)-cy)/ry
		return dx*dx+dy*dy < 1
	}
	for y := range h {
		for x := range w {
			fx, fy := float64(x), float64(y)
			c := [3]float64{150, 160, 170}
			switch {
			case in(fx, fy, 0.42, 0.40, 0.025, 0.02), in(fx, fy, 0.58, 0.40, 0.025, 0.02):
				c = [3]float64{40, 30, 28}
			case in(fx, fy, 0.5, 0.55, 0.08, 0.02):
				c = [3]float64{160, 70, 70}
			case in(fx, fy, 0.5, 0.42, 0.19, 0.26):
				c = [3]float64{225 - 60*fx/float64(w), 185 - 60*fx/float64(w), 160 - 60*fx/float64(w)}
			case in(fx, fy, 0.5, 1.05, 0.42, 0.40):
				c = [3]float64{40, 48, 80}
			}
			i := img.PixOffset(x, y)
			for k := range c {
				img.Pix[i+k] = uint8(c[k] + 6*math.Sin(0.7*fx)*math.Cos(0.5*fy))
			}
			img.Pix[i+3] = 255
		}
	}
	return img
}

func small(t testing.TB) *plan.Plan {
	t.Helper()
	p, err := plan.New(context.Background(), portrait(240, 280), plan.Options{MaxPixels: 240 * 280, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Free)
	return p
}

func paint(t testing.TB, ctx context.Context, p *plan.Plan, o Options) *image.NRGBA {
	t.Helper()
	img, err := Render(ctx, p, o)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestSamePixelsOnAnyNumberOfCores(t *testing.T) {
	t.Parallel()
	p := small(t)
	one := paint(t, raster.WithWorkers(context.Background(), 1), p, Options{Seed: 3})
	many := paint(t, raster.WithWorkers(context.Background(), 16), p, Options{Seed: 3})
	if !bytes.Equal(one.Pix, many.Pix) {
		t.Error("one worker and sixteen paint different pictures")
	}
	other := paint(t, context.Background(), p, Options{Seed: 4})
	if bytes.Equal(one.Pix, other.Pix) {
		t.Error("two seeds paint the same picture")
	}
}

func TestLargerSheetIsTheSameDrawing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := small(t)
	once := paint(t, ctx, p, Options{Seed: 3})
	for _, scale := range []float32{1.5, 2, 3} {
		large := paint(t, ctx, p, Options{Seed: 3, Scale: scale})
		want := image.Pt(int(float32(p.W)*scale+0.5), int(float32(p.H)*scale+0.5))
		if large.Rect.Size() != want {
			t.Fatalf("scale %g gives %v, want %v", scale, large.Rect.Size(), want)
		}
		enlarged := raster.ResizeNRGBA(ctx, once, want.X, want.Y)
		a, b := raster.FromNRGBA(ctx, large), raster.FromNRGBA(ctx, enlarged)
		la, lb := raster.Luma(ctx, a), raster.Luma(ctx, b)
		if v := raster.SSIM(ctx, la, lb, 2*scale); v < 0.95 {
			t.Errorf("scale %g: similarity %.3f to the enlarged picture, want 0.95", scale, v)
		}
		if v := raster.SSIM(ctx, la, lb, 0); v > 0.97 {
			t.Errorf("scale %g: similarity %.3f without a blur: this is an enlargement", scale, v)
		}
		a.Free()
		b.Free()
		raster.Free(la, lb)
	}
}

func TestCancelledRenderReturnsTheReason(t *testing.T) {
	t.Parallel()
	p := small(t)
	for _, at := range []float64{0, 0.5, 0.75, 0.85} {
		ctx, cancel := context.WithCancel(context.Background())
		var once sync.Once
		_, err := Render(ctx, p, Options{Progress: func(_ string, done float64) {
			if done >= at {
				once.Do(cancel)
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at %g: error %v", at, err)
		}
	}
}

func TestProgressRises(t *testing.T) {
	t.Parallel()
	last, calls := -1.0, 0
	paint(t, context.Background(), small(t), Options{Progress: func(stage string, done float64) {
		if stage == "" || done < last || done > 1 {
			t.Errorf("stage %q: %g after %g", stage, done, last)
		}
		last, calls = done, calls+1
	}})
	if last != 1 || calls < 5 {
		t.Errorf("%d reports, the last %g", calls, last)
	}
}

func TestCheckRefusesScales(t *testing.T) {
	t.Parallel()
	for scale, ok := range map[float32]bool{
		0: true, 1: true, 2.9: true, MaxScale: true, 0.5: false, -1: false, MaxScale + 1: false,
		float32(math.NaN()): false, float32(math.Inf(1)): false,
	} {
		err := Options{Scale: scale}.Check()
		if (err == nil) != ok {
			t.Errorf("scale %g: %v", scale, err)
		}
	}
	if _, err := Render(context.Background(), nil, Options{Scale: -1}); err == nil {
		t.Error("Render accepts a scale that Check refuses")
	}
}

func TestPortraitsStayPortraits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct {
		name       string
		least, max float64 // share of white paper
	}{
		{"people/astronaut.png", 0.25, 0.6}, {"people/obama.jpg", 0.05, 0.6}, {"people/passport-man.jpg", 0.15, 0.7},
	} {
		p := planned(t, c.name, 500_000)
		img := paint(t, ctx, p, Options{Seed: 7})
		if w := whiteShare(img); w < c.least || w > c.max {
			t.Errorf("%s: white paper %.2f, want %g to %g", c.name, w, c.least, c.max)
		}
		if v := likeness(t, p, img); v < 0.80 || v > 0.92 {
			t.Errorf("%s: likeness %.3f, want a painting of 0.82 to 0.90", c.name, v)
		}
		colours := raster.FromNRGBA(ctx, img)
		luma := raster.Luma(ctx, colours)
		found := face.Find(ctx, luma)
		if len(found) == 0 {
			t.Errorf("%s: the face is not found in the painting", c.name)
		} else {
			was := p.Faces[0]
			d := math.Hypot(float64(found[0].X-was.X), float64(found[0].Y-was.Y))
			if d > 0.15*float64(was.Size) {
				t.Errorf("%s: the face has moved by %.0f pixels", c.name, d)
			}
		}
		colours.Free()
		luma.Free()
	}
}

func BenchmarkRender(b *testing.B) {
	p := planned(b, "people/longhair-forest.jpg", 2_000_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Render(context.Background(), p, Options{Seed: 7}); err != nil {
			b.Fatal(err)
		}
	}
}
