package stroke_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image"
	"math"
	"strings"
	"testing"

	"easel/engine/golden"
	"easel/engine/pencil"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/sketch"
	"easel/engine/stroke"
	"easel/internal/sitter"
)

// manners are the styles that are drawn with strokes; what is tested here holds for all of them.
var manners = map[string]func(context.Context, *plan.Plan, stroke.Options) (*image.NRGBA, error){
	"rough sketch": sketch.Render, "detailed sketch": pencil.Render,
}

// portrait is a plan of the small test picture.
func portrait(t testing.TB, pixels int) *plan.Plan {
	t.Helper()
	p, err := plan.New(context.Background(), sitter.Sitting(t), plan.Options{Seed: 1, MaxPixels: pixels})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Free)
	return p
}

func TestSameSeedSamePixelsOnAnyCores(t *testing.T) {
	t.Parallel()
	p := portrait(t, sitter.Pixels(70_000))
	for name, render := range manners {
		var first *image.NRGBA
		for _, workers := range []int{1, 16} {
			img, err := render(raster.WithWorkers(context.Background(), workers), p, stroke.Options{Seed: 5, Scale: 1.5})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = img
			} else if !bytes.Equal(img.Pix, first.Pix) {
				t.Errorf("%s: one worker and sixteen draw different pictures", name)
			}
		}
		other, err := render(context.Background(), p, stroke.Options{Seed: 6, Scale: 1.5})
		if err != nil {
			t.Fatal(err)
		}
		same := 0
		for i := range other.Pix {
			if other.Pix[i] == first.Pix[i] {
				same++
			}
		}
		if same > len(other.Pix)*9/10 {
			t.Errorf("%s: another seed draws the same picture", name)
		}
	}
}

func TestLargerIsTheSameDrawing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	ctx := context.Background()
	p := portrait(t, 70_000)
	for name, render := range manners {
		for _, ground := range []plan.Background{plan.OwnGround, plan.PlainGround} {
			var strokes [2]int
			one, err := render(ctx, p, stroke.Options{Seed: 5, Background: ground, Count: func(n int) { strokes[0] = n }})
			if err != nil {
				t.Fatal(err)
			}
			two, err := render(ctx, p, stroke.Options{Seed: 5, Background: ground, Scale: 2, Count: func(n int) { strokes[1] = n }})
			if err != nil {
				t.Fatal(err)
			}
			if two.Rect.Dx() != 2*p.W || two.Rect.Dy() != 2*p.H {
				t.Fatalf("%s: size %v of a plan of %d×%d", name, two.Rect, p.W, p.H)
			}
			if strokes[0] < 500 || strokes[0] != strokes[1] {
				t.Errorf("%s: %d strokes, and %d at twice the size", name, strokes[0], strokes[1])
			}
			a := raster.Enlarge(ctx, golden.Luma(ctx, one), 2*p.W, 2*p.H)
			if s := raster.SSIM(ctx, a, golden.Luma(ctx, two), 3); s < 0.95 {
				t.Errorf("%s on background %d: SSIM with the enlarged drawing is %.3f", name, ground, s)
			}
		}
	}
}

func TestCancelStopsTheDrawing(t *testing.T) {
	t.Parallel()
	p := portrait(t, sitter.Pixels(70_000))
	for name, render := range manners {
		for _, at := range []float64{0, 0.3, 0.8} {
			ctx, cancel := context.WithCancel(context.Background())
			last := 0.0
			img, err := render(ctx, p, stroke.Options{Progress: func(_ string, done float64) {
				if last = done; done >= at {
					cancel()
				}
			}})
			cancel()
			if img != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("%s cancelled at %v: error %v", name, at, err)
			}
			if last > at+0.4 {
				t.Errorf("%s cancelled at %v, went on to %v", name, at, last)
			}
		}
	}
}

func TestOddPictures(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	noise := func(x, y int) uint8 { return uint8(raster.Hash(1, x, y)) }
	for _, c := range []struct {
		name string
		w, h int
		tone func(x, y int) uint8
	}{
		{"white", 160, 130, func(_, _ int) uint8 { return 255 }},
		{"black", 130, 160, func(_, _ int) uint8 { return 0 }},
		{"noise", 140, 140, noise},
		{"strip", 600, 9, noise},
		{"tower", 3, 400, noise},
		{"point", 1, 1, noise},
	} {
		src := image.NewNRGBA(image.Rect(0, 0, c.w, c.h))
		for i := range src.Pix {
			src.Pix[i] = 255
			if i%4 != 3 {
				src.Pix[i] = c.tone(i/4%c.w, i/4/c.w)
			}
		}
		p, err := plan.New(context.Background(), src, plan.Options{Seed: 1, MaxPixels: 20_000})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for name, render := range manners {
			for ground := range plan.PlainGround + 1 {
				img, err := render(context.Background(), p, stroke.Options{Seed: 1, Background: ground})
				if err != nil {
					t.Errorf("%s of %s: %v", name, c.name, err)
				} else if img.Rect.Dx() != p.W || img.Rect.Dy() != p.H {
					t.Errorf("%s of %s: %v of a plan of %d×%d", name, c.name, img.Rect, p.W, p.H)
				}
			}
		}
		p.Free()
	}
}

func TestProgressRises(t *testing.T) {
	t.Parallel()
	p := portrait(t, 40_000)
	for name, render := range manners {
		last, calls := -1.0, 0
		_, err := render(context.Background(), p, stroke.Options{Progress: func(stage string, done float64) {
			if stage == "" || done < last || done > 1 {
				t.Errorf("%s: %q at %v after %v", name, stage, done, last)
			}
			last = done
			calls++
		}})
		if err != nil || last != 1 || calls < 7 {
			t.Errorf("%s: %d reports, the last %v, error %v", name, calls, last, err)
		}
	}
}

func TestOptionsCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o  stroke.Options
		ok bool
	}{
		{stroke.Options{}, true},
		{stroke.Options{Scale: 2.5, Ink: stroke.Sanguine}, true},
		{stroke.Options{Ink: stroke.Pen}, true},
		{stroke.Options{Background: plan.PlainGround, Strength: 0.5}, true},
		{stroke.Options{Scale: -1}, false},
		{stroke.Options{Scale: float32(math.NaN())}, false},
		{stroke.Options{Scale: float32(math.Inf(1))}, false},
		{stroke.Options{Ink: 200}, false},
		{stroke.Options{Background: plan.PlainGround + 1}, false},
		{stroke.Options{Strength: 0.4}, false},
		{stroke.Options{Strength: float32(math.NaN())}, false},
	} {
		if err := c.o.Check(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
	p := portrait(t, 40_000)
	for name, render := range manners {
		for _, o := range []stroke.Options{{Scale: 30}, {Strength: 2}} {
			if _, err := render(context.Background(), p, o); err == nil {
				t.Errorf("%s was drawn with %+v", name, o)
			}
		}
	}
}

// A delicate hand leaves less ink than a bold one, and each leaves the paper bare where the other does.
func TestStrengthIsInk(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	ctx := context.Background()
	p := portrait(t, 70_000)
	for name, render := range manners {
		last := float32(2)
		for _, strength := range []float32{0.5, 1, 1.5} {
			img, err := render(ctx, p, stroke.Options{Seed: 5, Strength: strength})
			if err != nil {
				t.Fatal(err)
			}
			luma := golden.Luma(ctx, img)
			mean := luma.Mean(nil)
			if mean > last-0.01 {
				t.Errorf("%s at strength %v is %.3f light, weaker it was %.3f", name, strength, mean, last)
			}
			if top := luma.Percentile(0.99, nil); top < 0.93 {
				t.Errorf("%s at strength %v leaves no paper: %.3f", name, strength, top)
			}
			last = mean
		}
	}
}

// ball is a plan of a light ball on a striped wall.
func ball(t *testing.T) *plan.Plan {
	t.Helper()
	const side = 280
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		x, y := float64(i%side-side/2), float64(i/side-side/2)
		v := 70 + 40*math.Sin(x/6)
		c := [3]float64{0.8 * v, v, 1.1 * v}
		if d := math.Hypot(x, y) / (0.2 * side); d < 1 {
			v = 225 - 90*d*d
			c = [3]float64{v, 0.8 * v, 0.6 * v}
		}
		copy(img.Pix[4*i:], []uint8{uint8(c[0]), uint8(c[1]), uint8(c[2]), 255})
	}
	p, err := plan.New(context.Background(), img, plan.Options{MaxPixels: side * side})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Free)
	return p
}

// Behind the subject each background is what it says.
func TestBackgrounds(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	ctx := context.Background()
	p := ball(t)
	far := raster.Gaussian(ctx, p.Matte, 6)
	for i, v := range far.P {
		far.P[i] = 0
		if v < 0.01 {
			far.P[i] = 1
		}
	}
	for name, render := range manners {
		tone := map[plan.Background]float32{}
		for ground := range plan.PlainGround + 1 {
			img, err := render(ctx, p, stroke.Options{Seed: 5, Background: ground})
			if err != nil {
				t.Fatal(err)
			}
			tone[ground] = golden.Luma(ctx, img).Mean(far)
		}
		if bare := tone[plan.NoGround]; bare < 0.95 || bare < tone[plan.SoftGround]+0.02 || bare < tone[plan.EdgedGround]+0.002 || bare < tone[plan.PlainGround]+0.05 {
			t.Errorf("%s: behind the subject the means are %v", name, tone)
		}
	}
}

func TestThePlainColourIsInTheLinesToo(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	var out bytes.Buffer
	if err := sketch.SVG(context.Background(), ball(t), stroke.Options{Seed: 5, Background: plan.PlainGround}, &out); err != nil {
		t.Fatal(err)
	}
	var drawing struct {
		Rect struct {
			Fill string `xml:"fill,attr"`
		} `xml:"rect"`
		Path struct {
			Fill string `xml:"fill,attr"`
			D    string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(out.Bytes(), &drawing); err != nil {
		t.Fatal(err)
	}
	if drawing.Rect.Fill == drawing.Path.Fill || drawing.Path.Fill == "" {
		t.Errorf("the ground is %q and the subject %q", drawing.Rect.Fill, drawing.Path.Fill)
	}
	if n := strings.Count(drawing.Path.D, "M"); n != 1 || strings.Count(drawing.Path.D, "z") != n || len(drawing.Path.D) < 60 {
		t.Errorf("a ball's outline is %q", drawing.Path.D)
	}
}
