package painting

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// planned looks at a picture at its own size or less.
func planned(t testing.TB, img *image.NRGBA, most int) *plan.Plan {
	t.Helper()
	p, err := plan.New(context.Background(), img, plan.Options{MaxPixels: most, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// scene is a picture made by code: a light disc with a dark bar on a shaded ground.
func scene(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := float64(x)/float64(w)-.5, float64(y)/float64(h)-.45
			c := color.NRGBA{R: uint8(60 + 60*y/h), G: uint8(80 + 40*x/w), B: 120, A: 255}
			if math.Hypot(dx, dy) < .3 {
				c = color.NRGBA{R: 225, G: uint8(180 + 60*dx), B: 150, A: 255}
			}
			if math.Abs(dy-.08) < .03 && math.Abs(dx) < .15 {
				c = color.NRGBA{R: 60, G: 30, B: 30, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scale float32
		good  bool
	}{{0, true}, {1, true}, {2.7, true}, {16, true}, {.5, false}, {-1, false}, {17, false}, {float32(math.NaN()), false}, {float32(math.Inf(1)), false}} {
		if err := (Options{Scale: c.scale}).Check(); (err == nil) != c.good {
			t.Errorf("scale %v: %v", c.scale, err)
		}
	}
}

func TestRenderRefusesTooLarge(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{W: 1000, H: 500, K: .7}
	if _, err := Render(context.Background(), p, Options{Scale: 5}); err == nil {
		t.Error("a side of 5000 pixels was accepted")
	}
}

func TestRenderDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	p := planned(t, scene(260, 220), 57_200)
	var want *image.NRGBA
	counts, scale := []int{1, 2, 7}, float32(1.5)
	if testing.Short() {
		counts, scale = counts[1:], 1
	}
	for _, workers := range counts {
		got, err := Render(raster.WithWorkers(context.Background(), workers), p, Options{Seed: 9, Scale: scale})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%d workers paint another picture than one", workers)
		}
	}
	other, err := Render(context.Background(), p, Options{Seed: 10, Scale: scale})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(other.Pix, want.Pix) {
		t.Error("another seed paints the same picture")
	}
}

func TestRenderLargerIsTheSamePainting(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	ctx := context.Background()
	p := planned(t, scene(280, 220), 61_600)
	small, err := Render(ctx, p, Options{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	large, err := Render(ctx, p, Options{Seed: 2, Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Rect(0, 0, 2*p.W, 2*p.H); large.Rect != want {
		t.Fatalf("the large picture is %v, want %v", large.Rect, want)
	}
	enlarged := raster.ResizeNRGBA(ctx, small, large.Rect.Dx(), large.Rect.Dy())
	a, b := raster.Luma(ctx, raster.FromNRGBA(ctx, enlarged)), raster.Luma(ctx, raster.FromNRGBA(ctx, large))
	if s := raster.SSIM(ctx, a, b, 4); s < .95 {
		t.Errorf("blurred SSIM to the enlarged small picture is %.3f, want .95", s)
	}
	if s := raster.SSIM(ctx, a, b, 0); s > .995 {
		t.Errorf("SSIM %.4f: the large picture is a plain enlargement", s)
	}
}

// TestRenderOddSizes paints slips of pictures: no size may panic.
func TestRenderOddSizes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	for _, size := range []image.Point{{1, 1}, {2, 90}, {300, 3}, {17, 33}} {
		p := planned(t, scene(size.X, size.Y), size.X*size.Y)
		img, err := Render(context.Background(), p, Options{Scale: 2})
		if err != nil {
			t.Fatalf("%v: %v", size, err)
		}
		if img.Rect.Dx() != 2*p.W || img.Rect.Dy() != 2*p.H {
			t.Errorf("%v became %v", size, img.Rect)
		}
	}
}

func TestRenderStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	p := planned(t, scene(240, 200), 48_000)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stages := 0
	_, err := Render(ctx, p, Options{Progress: func(string, float64) {
		if stages++; stages == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if stages > 4 {
		t.Errorf("%d stages were begun after the third was cancelled", stages-3)
	}
}

func TestProgressRises(t *testing.T) {
	t.Parallel()
	p := planned(t, scene(160, 140), 22_400)
	last := -1.0
	_, err := Render(context.Background(), p, Options{Scale: 1.2, Progress: func(stage string, done float64) {
		if stage == "" || done < last || done > 1 {
			t.Errorf("%q at %v after %v", stage, done, last)
		}
		last = done
	}})
	if err != nil {
		t.Fatal(err)
	}
	if last != 1 {
		t.Errorf("ended at %v", last)
	}
}

func TestWhiteStaysWhite(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	img := image.NewNRGBA(image.Rect(0, 0, 200, 160))
	for i := range img.Pix {
		img.Pix[i] = 250
	}
	p := planned(t, img, 32_000)
	got, err := Render(context.Background(), p, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var tint float64
	for i := 0; i < len(got.Pix); i += 4 {
		tint += math.Abs(float64(got.Pix[i]) - float64(got.Pix[i+2]))
	}
	if tint /= float64(len(got.Pix) / 4); tint > 4 {
		t.Errorf("red and blue differ by %.1f of 255 on white", tint)
	}
}

// TestLikeness paints the astronaut: painterly, not photographic, and still found as a face.
func TestLikeness(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := planned(t, photo(t, "people/astronaut.png"), 0)
	if len(p.Faces) == 0 {
		t.Fatal("the plan has no face")
	}
	img, err := Render(ctx, p, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	painted := raster.Luma(ctx, raster.FromNRGBA(ctx, img))
	f := p.Faces[0]
	if s := raster.SSIM(ctx, around(p.Luma, f), around(painted, f), 2); s < .82 || s > .93 {
		t.Errorf("blurred SSIM of the face is %.3f, want .82….93", s)
	}
	found := face.Find(ctx, painted)
	if len(found) == 0 {
		t.Fatal("no face is found in the painting")
	}
	if d := math.Hypot(float64(found[0].X-f.X), float64(found[0].Y-f.Y)); d > .15*float64(f.Size) {
		t.Errorf("the painted face lies %.0f pixels from the photo's", d)
	}
}

// around cuts a face out of a plane.
func around(p *raster.Plane, f face.Face) *raster.Plane {
	x0, y0 := max(0, int(f.X-.5*f.Size)), max(0, int(f.Y-.55*f.Size))
	x1, y1 := min(p.W, int(f.X+.5*f.Size)), min(p.H, int(f.Y+.65*f.Size))
	out := raster.New(x1-x0, y1-y0)
	for y := range out.H {
		copy(out.Row(y), p.Row(y0 + y)[x0:x1])
	}
	return out
}
