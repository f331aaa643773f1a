package pencil

import (
	"context"
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/golden"
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

func TestToneFollowsThePlan(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	ctx := context.Background()
	p := portrait(t, 120_000)
	img, err := Render(ctx, p, Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	drawn := golden.Luma(ctx, img)
	if l := golden.Compare(ctx, p.Tone(ctx, 0.68, 1), drawn, p.Importance, 4); l.Tone < 0.85 {
		t.Errorf("tone of the face correlates with the plan by %.3f", l.Tone)
	}
	if lo := raster.Gaussian(ctx, drawn, 4).Percentile(0.01, nil); lo > 0.4 {
		t.Errorf("the darkest tone is %.2f: the blacks are grey", lo)
	}
	if l := golden.Compare(ctx, p.Luma, drawn, p.Importance, 2); l.Direction < 0.88 {
		t.Errorf("direction of edges on the face agrees by %.3f", l.Direction)
	}
}

func TestTheFaceIsFoundAgain(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	ctx := context.Background()
	p := portrait(t, 400_000)
	if len(p.Faces) == 0 {
		t.Fatal("the plan has no face")
	}
	img, err := Render(ctx, p, Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	want := p.Faces[0]
	for _, f := range face.Find(ctx, golden.Luma(ctx, img)) {
		if math.Hypot(float64(f.X-want.X), float64(f.Y-want.Y)) < 0.1*float64(want.Size) && f.Score >= 25 {
			return
		}
	}
	t.Error("the drawing has lost its face")
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

func TestAPenIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := Render(context.Background(), portrait(t, 40_000), Options{Ink: stroke.Pen}); err == nil {
		t.Error("tone was built with a pen")
	}
}
