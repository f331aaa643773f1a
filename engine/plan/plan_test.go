package plan

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// pet returns a light round animal with two dark eyes and a nose on a darker ground; no photo is needed.
func pet(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	r := 0.32 * float64(min(w, h))
	cx, cy := float64(w)/2, float64(h)/2
	for y := range h {
		for x := range w {
			v := 70 + 30*float64(raster.White(1, x, y))
			d := math.Hypot(float64(x)-cx, float64(y)-cy)
			if d < r {
				v = 205 - 40*d/r + 8*float64(raster.White(2, x, y))
			}
			for _, at := range [][3]float64{{-.35, -.25, .09}, {.35, -.25, .09}, {0, .2, .10}} {
				if math.Hypot(float64(x)-cx-at[0]*r, float64(y)-cy-at[1]*r) < at[2]*r {
					v = 20
				}
			}
			g := v
			if d >= r {
				g = 1.2 * v
			}
			img.SetNRGBA(x, y, color.NRGBA{uint8(v), uint8(min(255, g)), uint8(0.9 * v), 255})
		}
	}
	return img
}

func TestNewSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		photo image.Point
		most  int
		w, h  int
		out   image.Point
	}{
		{image.Pt(4000, 3000), 0, 1633, 1225, image.Pt(1633, 1225)},
		{image.Pt(1000, 900), 0, 1000, 900, image.Pt(1000, 900)},
		{image.Pt(400, 300), 0, 1095, 822, image.Pt(400, 300)},
		{image.Pt(400, 300), 120_000, 400, 300, image.Pt(400, 300)},
		{image.Pt(4000, 3000), 300_000, 632, 474, image.Pt(632, 474)},
		{image.Pt(5000, 1), 100, 1000, 1, image.Pt(1000, 1)},
	} {
		p := sized(c.photo, c.most)
		if p.W != c.w && c.photo.Y > 1 || p.H != c.h {
			t.Errorf("%v at most %d: %dx%d, want %dx%d", c.photo, c.most, p.W, p.H, c.w, c.h)
		}
		if p.Out != c.out && c.photo.Y > 1 {
			t.Errorf("%v: result %v, want %v", c.photo, p.Out, c.out)
		}
		if k := float32(max(p.W, p.H)) / 1400; p.K != k {
			t.Errorf("%v: unit %v, want %v", c.photo, p.K, k)
		}
	}
}

func TestNewOfAPet(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	ctx := context.Background()
	img := pet(220, 180)
	kept := append([]uint8(nil), img.Pix...)
	last, calls := -1.0, 0
	p, err := New(ctx, img, Options{MaxPixels: 40_000, Seed: 3, Progress: func(stage string, done float64) {
		if done < last || stage == "" || done > 1 {
			t.Errorf("progress went from %v to %v (%q)", last, done, stage)
		}
		last, calls = done, calls+1
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	if last != 1 || calls < 4 {
		t.Errorf("progress ended at %v after %d calls", last, calls)
	}
	if string(kept) != string(img.Pix) {
		t.Error("the photo was changed")
	}
	if len(p.Faces) != 0 || !p.LightSubject {
		t.Errorf("%d faces, light subject %v", len(p.Faces), p.LightSubject)
	}
	if in, out := p.Matte.At(p.W/2, p.H/2), p.Matte.At(3, 3); in < 0.9 || out > 0.1 {
		t.Errorf("matte is %v on the pet and %v beside it", in, out)
	}
	r := 0.32 * float32(min(p.W, p.H))
	eye, belly := p.Importance.At(p.W/2-int(.35*r), p.H/2-int(.25*r)), p.Importance.At(p.W/2, p.H/2+int(.6*r))
	if eye < 0.5 || belly > 0.2 {
		t.Errorf("importance is %v on an eye and %v on the belly", eye, belly)
	}
	behind := p.Behind(ctx, 12, 5)
	step := int(1.1 * r)
	near := max(behind.At(p.W/2-step, p.H/2), behind.At(p.W/2+step, p.H/2), behind.At(p.W/2, p.H/2-step))
	if on, far := behind.At(p.W/2, p.H/2), behind.At(1, 1); on > 0.05 || near < 0.2 || far > near/2 {
		t.Errorf("the ground is %v on the pet, %v beside it, %v far off", on, near, far)
	}
	p.LightSubject = false
	for _, v := range p.Behind(ctx, 12, 5).P {
		if v != 0 {
			t.Fatal("a dark subject has a ground band")
		}
	}
}

func TestNewDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	img := pet(160, 130)
	look := func(n int) []*raster.Plane {
		ctx := raster.WithWorkers(context.Background(), n)
		p, err := New(ctx, img, Options{MaxPixels: 21_000, Seed: 9})
		if err != nil {
			t.Fatal(err)
		}
		tone := p.Tone(ctx, 0.7, 1.4)
		c := p.Tinted(ctx, tone, 1.1)
		return []*raster.Plane{p.Luma, p.Matte, p.Importance, p.Flow.Tx, tone, c[0], c[2], p.Behind(ctx, 9, 2)}
	}
	want := look(1)
	for _, n := range []int{2, 16} {
		for k, got := range look(n) {
			for i, v := range got.P {
				if v != want[k].P[i] {
					t.Fatalf("%d workers: plane %d differs at %d", n, k, i)
				}
			}
		}
	}
}

func TestNewCrops(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	whole := pet(200, 160)
	img := whole.SubImage(image.Rect(20, 10, 180, 150)).(*image.NRGBA)
	p, err := New(ctx, img, Options{Crop: image.Rect(30, 20, 130, 120), MaxPixels: 10_000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	if p.W != 100 || p.H != 100 {
		t.Fatalf("the crop is %dx%d, want 100x100", p.W, p.H)
	}
	want := whole.NRGBAAt(20+30+7, 10+20+9)
	if got := p.Colour[0].At(7, 9); math.Abs(float64(got)-float64(want.R)/255) > 1e-6 {
		t.Errorf("pixel (7, 9) is %v, want %v", got, float64(want.R)/255)
	}
	for _, crop := range []image.Rectangle{image.Rect(500, 500, 600, 600), image.Rect(-20, 0, -10, 10)} {
		if _, err := New(ctx, img, Options{Crop: crop}); !errors.Is(err, ErrCrop) {
			t.Errorf("crop %v: %v", crop, err)
		}
	}
	if _, err := New(ctx, image.NewNRGBA(image.Rectangle{}), Options{}); !errors.Is(err, ErrCrop) {
		t.Errorf("an empty photo: %v", err)
	}
}

func TestNewStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	_, err := New(ctx, pet(200, 160), Options{MaxPixels: 32_000, Progress: func(_ string, done float64) {
		if done > 0 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled look returned %v", err)
	}
}

func TestTintedKeepsHues(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]float32{{.8, .6, .5}, {.35, .22, .16}, {.2, .12, .09}, {.9, .1, .1}, {.1, .3, .8}, {.95, .9, .2}, {.5, .5, .5}} {
		for _, luma := range []float32{0.1, 0.4, 0.68, 0.9} {
			r, g, b := tint(c[0], c[1], c[2], luma, 1.18, raster.Lab{})
			before, after := raster.ToLab(c[0], c[1], c[2]), raster.ToLab(r, g, b)
			if min(r, g, b) < 0 || max(r, g, b) > 1 {
				t.Fatalf("%v at %v: %v %v %v", c, luma, r, g, b)
			}
			was, is := vividness(before), vividness(after)
			if was < 0.01 {
				if is > 0.01 {
					t.Errorf("grey %v became coloured: %v", c, is)
				}
				continue
			}
			if is > 0.02 {
				cos := (before.A*after.A + before.B*after.B) / (was * is)
				if cos < 0.995 {
					t.Errorf("%v at %v: the hue turned, cosine %v", c, luma, cos)
				}
			}
			if is > was*1.25*1.8 {
				t.Errorf("%v at %v: chroma %v became %v", c, luma, was, is)
			}
		}
		l := 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
		r, g, b := tint(c[0], c[1], c[2], l, 1, raster.Lab{})
		if got := 0.2126*r + 0.7152*g + 0.0722*b; math.Abs(float64(got-l)) > 0.05 {
			t.Errorf("%v with its own luma %v came out at %v", c, l, got)
		}
	}
}

func TestNoise(t *testing.T) {
	t.Parallel()
	for _, want := range []float64{0, 0.02, 0.08} {
		l := raster.New(200, 150)
		random := raster.Rand(1, "noise", 0)
		for i := range l.P {
			l.P[i] = 0.3 + 0.4*float32(i%200)/200 + float32(want*random.NormFloat64())
		}
		if got := float64(noise(context.Background(), l)); math.Abs(got-want) > 0.1*want+0.001 {
			t.Errorf("noise of %v was measured as %v", want, got)
		}
	}
	if noise(context.Background(), raster.New(2, 9)) != 0 {
		t.Error("a sliver has noise")
	}
}

func TestFaceImportance(t *testing.T) {
	t.Parallel()
	p := &Plan{W: 200, H: 200, Faces: []face.Face{{
		X: 100, Y: 90, Size: 80, HasEyes: true, HasMouth: true,
		LeftEye: face.Point{X: 85, Y: 84}, RightEye: face.Point{X: 115, Y: 84},
		MouthL: face.Point{X: 88, Y: 117}, MouthR: face.Point{X: 112, Y: 117},
	}}}
	imp := p.faceImportance(context.Background())
	for _, c := range []struct {
		x, y   int
		lo, hi float32
	}{
		{85, 84, 1, 1}, {115, 84, 1, 1}, {100, 117, 1, 1}, {100, 98, 0.8, 0.9}, {100, 5, 0, 0.3}, {5, 5, 0, 0},
	} {
		if got := imp.At(c.x, c.y); got < c.lo || got > c.hi {
			t.Errorf("importance at (%d, %d) is %v, want %v…%v", c.x, c.y, got, c.lo, c.hi)
		}
	}
}

func TestTouchedCountsBorders(t *testing.T) {
	t.Parallel()
	p := &Plan{W: 100, H: 100, Matte: raster.New(100, 100)}
	for y := 40; y < 100; y++ {
		for x := range 60 {
			p.Matte.P[y*100+x] = 1
		}
	}
	if got := p.touched(); got != 2 {
		t.Errorf("%d borders are touched, want 2: left and bottom", got)
	}
}

func BenchmarkNew(b *testing.B) {
	img := photo(b, "people/obama.jpg")
	img = raster.ResizeNRGBA(context.Background(), img, 1265, 1580)
	for b.Loop() {
		p, err := New(context.Background(), img, Options{Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		p.Free()
	}
}

func BenchmarkTone(b *testing.B) {
	ctx := context.Background()
	p, err := New(ctx, photo(b, "people/obama.jpg"), Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		tone := p.Tone(ctx, 0.68, 1.4)
		p.Tinted(ctx, tone, 1.1).Free()
		tone.Free()
	}
}
