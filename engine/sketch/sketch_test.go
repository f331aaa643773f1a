package sketch

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image"
	"io"
	"math"
	"strings"
	"testing"

	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
	"easel/internal/sitter"
)

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

func luma(img *image.NRGBA) *raster.Plane {
	ctx := context.Background()
	c := raster.FromNRGBA(ctx, img)
	defer c.Free()
	return raster.Luma(ctx, c)
}

func TestSameSeedSamePixelsOnAnyCores(t *testing.T) {
	t.Parallel()
	p := portrait(t, 70_000)
	var first *image.NRGBA
	for _, workers := range []int{1, 16} {
		img, err := Render(raster.WithWorkers(context.Background(), workers), p, Options{Seed: 5, Scale: 1.5})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = img
			continue
		}
		for i, v := range img.Pix {
			if v != first.Pix[i] {
				t.Fatalf("byte %d is %d with one worker and %d with sixteen", i, first.Pix[i], v)
			}
		}
	}
	other, err := Render(context.Background(), p, Options{Seed: 6, Scale: 1.5})
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
		t.Error("another seed draws the same picture")
	}
}

func TestLargerIsTheSameDrawing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	ctx := context.Background()
	p := portrait(t, 70_000)
	one, err := Render(ctx, p, Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	two, err := Render(ctx, p, Options{Seed: 5, Scale: 2})
	if err != nil {
		t.Fatal(err)
	}
	if two.Rect.Dx() != 2*p.W || two.Rect.Dy() != 2*p.H {
		t.Fatalf("size %v of a plan of %d×%d", two.Rect, p.W, p.H)
	}
	a := raster.Enlarge(ctx, luma(one), 2*p.W, 2*p.H)
	if s := raster.SSIM(ctx, a, luma(two), 3); s < 0.95 {
		t.Errorf("SSIM with the enlarged drawing is %.3f", s)
	}
}

func TestLinesFollowThePhotoAndPaperStaysWhite(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	ctx := context.Background()
	p := portrait(t, 250_000)
	img, err := Render(ctx, p, Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	if d := agreement(ctx, p, img); d < 0.80 {
		t.Errorf("direction of edges on the face agrees by %.3f", d)
	}
	white := 0
	drawn := luma(img)
	for _, v := range drawn.P {
		if v > 0.9 {
			white++
		}
	}
	if share := float64(white) / float64(len(drawn.P)); share < 0.45 || share > 0.92 {
		t.Errorf("paper is left white on %.2f of the sheet", share)
	}
	if lo := raster.Gaussian(ctx, drawn, 1).Percentile(0.005, nil); lo > 0.5 {
		t.Errorf("the darkest accent is %.2f", lo)
	}
}

// agreement is the mean |cos| between the gradients of drawing and photo where the plan finds importance, weighted
// by the photo's gradient.
func agreement(ctx context.Context, p *plan.Plan, img *image.NRGBA) float64 {
	a, b := raster.Gaussian(ctx, p.Luma, 2), raster.Gaussian(ctx, luma(img), 2)
	var sum, weight float64
	for y := 1; y < p.H-1; y++ {
		for x := 1; x < p.W-1; x++ {
			if p.Importance.At(x, y) < 0.5 {
				continue
			}
			ax, ay := float64(a.At(x+1, y)-a.At(x-1, y)), float64(a.At(x, y+1)-a.At(x, y-1))
			bx, by := float64(b.At(x+1, y)-b.At(x-1, y)), float64(b.At(x, y+1)-b.At(x, y-1))
			w := math.Hypot(ax, ay)
			sum += w * math.Abs(ax*bx+ay*by) / (w*math.Hypot(bx, by) + 1e-9)
			weight += w
		}
	}
	return sum / weight
}

func TestCancelStopsTheDrawing(t *testing.T) {
	t.Parallel()
	p := portrait(t, 70_000)
	for _, at := range []float64{0, 0.3, 0.8} {
		ctx, cancel := context.WithCancel(context.Background())
		last := 0.0
		img, err := Render(ctx, p, Options{Progress: func(_ string, done float64) {
			if last = done; done >= at {
				cancel()
			}
		}})
		cancel()
		if img != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at %v: error %v", at, err)
		}
		if last > at+0.4 {
			t.Errorf("cancelled at %v, went on to %v", at, last)
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
		img, err := Render(context.Background(), p, Options{Seed: 1})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if img.Rect.Dx() != p.W || img.Rect.Dy() != p.H {
			t.Errorf("%s: %v of a plan of %d×%d", c.name, img.Rect, p.W, p.H)
		}
		p.Free()
	}
}

func TestProgressRises(t *testing.T) {
	t.Parallel()
	last, calls := -1.0, 0
	_, err := Render(context.Background(), portrait(t, 40_000), Options{Progress: func(stage string, done float64) {
		if stage == "" || done < last || done > 1 {
			t.Errorf("%q at %v after %v", stage, done, last)
		}
		last = done
		calls++
	}})
	if err != nil || last != 1 || calls < 7 {
		t.Errorf("%d reports, the last %v, error %v", calls, last, err)
	}
}

func TestSVGIsASmallWellFormedDrawing(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := SVG(context.Background(), portrait(t, 500_000), Options{Seed: 5}, &out); err != nil {
		t.Fatal(err)
	}
	if out.Len() < 20_000 || out.Len() > 2_000_000 {
		t.Errorf("%d bytes", out.Len())
	}
	dec := xml.NewDecoder(&out)
	strokes := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "path" {
			strokes += strings.Count(e.Attr[0].Value, "M")
		}
	}
	if strokes < 2000 {
		t.Errorf("%d strokes", strokes)
	}
}

func TestOptionsCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o  Options
		ok bool
	}{
		{Options{}, true},
		{Options{Scale: 2.5, Ink: stroke.Sanguine}, true},
		{Options{Scale: -1}, false},
		{Options{Scale: float32(math.NaN())}, false},
		{Options{Scale: float32(math.Inf(1))}, false},
		{Options{Ink: stroke.Pen}, true},
		{Options{Ink: 200}, false},
	} {
		if err := c.o.Check(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
	if _, err := Render(context.Background(), portrait(t, 40_000), Options{Scale: 30}); err == nil {
		t.Error("a result of more than 4096 pixels a side was drawn")
	}
}

func BenchmarkRender(b *testing.B) {
	large := raster.ResizeNRGBA(b.Context(), sitter.Sitting(b), 1265, 1581)
	p, err := plan.New(b.Context(), large, plan.Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(p.W*p.H)/1e6, "MP")
	for b.Loop() {
		if _, err := Render(context.Background(), p, Options{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
