package sketch

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"easel/engine/golden"
	"easel/engine/plan"
	"easel/engine/raster"
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
	drawn := golden.Luma(ctx, img)
	if l := golden.Compare(ctx, p.Luma, drawn, p.Importance, 2); l.Direction < 0.80 {
		t.Errorf("direction of edges on the face agrees by %.3f", l.Direction)
	}
	white := 0
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
