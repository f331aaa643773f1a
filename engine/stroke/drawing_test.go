package stroke

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"easel/engine/raster"
)

// straight is a stroke of one width and full pressure.
func straight(x0, y0, x1, y1, width float32, nodes int) []Node {
	path := make([]Node, nodes)
	for i := range path {
		t := float32(i) / float32(nodes-1)
		path[i] = Node{x0 + t*(x1-x0), y0 + t*(y1-y0), width, 1}
	}
	return path
}

func TestDrawingKeepsStrokes(t *testing.T) {
	t.Parallel()
	var a, b Drawing
	a.Add([]Node{{1, 2, 1.5, 0.25}, {3, 4, 2.5, 1}}, 0.5)
	b.Add([]Node{{9, 9, 1, 1}}, 1)
	b.Add([]Node{{5, 6, 300, 2}, {7, 8, -1, -1}}, -0.25)
	a.Append(&b)
	if a.Len() != 2 {
		t.Fatalf("%d strokes, want 2: a single node is no stroke", a.Len())
	}
	var darks []float32
	var last []Node
	for path, dark := range a.All() {
		darks = append(darks, dark)
		last = append(last[:0], path...)
	}
	if darks[0] != 0.5 || darks[1] != -0.25 {
		t.Errorf("darkness %v", darks)
	}
	if last[0].X != 5 || last[1].Y != 8 || last[0].Width < 255 || last[0].Pressure != 1 || last[1].Width != 0 || last[1].Pressure != 0 {
		t.Errorf("nodes %v were not kept within their ranges", last)
	}
}

func TestNibCoversTheStrokesArea(t *testing.T) {
	t.Parallel()
	for _, width := range []float32{1, 2, 3.3, 7} {
		for _, angle := range []float64{0, 0.3, math.Pi / 4, 1.2, math.Pi / 2, 2.5} {
			s, c := math.Sincos(angle)
			height := raster.New(120, 120)
			sheet := NewSheet(height, Lead{Smooth: 1})
			sheet.Draw(straight(60-40*float32(c), 60-40*float32(s), 60+40*float32(c), 60+40*float32(s), width, 5), 1)
			got := float64(sheet.Density.Mean(nil)) * 120 * 120
			want := 80*float64(width)*0.95 + math.Pi*float64(width*width)/4
			if got < 0.8*want || got > 1.18*want {
				t.Errorf("width %v at %.1f rad: ink %.0f, want about %.0f", width, angle, got, want)
			}
		}
	}
}

func TestStrokeIsNotHitTwiceAtItsBends(t *testing.T) {
	t.Parallel()
	height := raster.New(40, 40)
	height.Fill(0.5)
	sheet := NewSheet(height, Lead{Smooth: 1})
	path := []Node{{5, 20, 6, 1}, {20, 20, 6, 1}, {35, 20, 6, 1}, {20, 20, 6, 1}, {5, 20, 6, 1}}
	sheet.Draw(path, 0.5)
	for x := 8; x < 32; x++ {
		if v := sheet.Density.At(x, 20); v > 0.501 {
			t.Fatalf("density %v at %d, one stroke leaves at most 0.5", v, x)
		}
	}
}

func TestLightPressureCatchesThePeaksOnly(t *testing.T) {
	t.Parallel()
	peak, valley := raster.New(30, 30), raster.New(30, 30)
	peak.Fill(0.9)
	valley.Fill(0.1)
	light := straight(5, 15, 25, 15, 4, 3)
	for i := range light {
		light[i].Pressure = 0.25
	}
	ink := func(h *raster.Plane, path []Node) float32 {
		s := NewSheet(h, Lead{})
		s.Draw(path, 1)
		return s.Density.At(15, 15)
	}
	if p, v := ink(peak, light), ink(valley, light); p < 4*v+0.1 {
		t.Errorf("light pressure: peak %v, valley %v", p, v)
	}
	heavy := straight(5, 15, 25, 15, 4, 3)
	if p, v := ink(peak, heavy), ink(valley, heavy); v < 0.9*p {
		t.Errorf("heavy pressure: peak %v, valley %v", p, v)
	}
}

func TestReplayIsTheSheet(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	height := raster.FBM(ctx, 150, 130, 4, 2, 9)
	sheet := NewSheet(height, Lead{})
	target := ramp(150, 130)
	sheet.Shade(ctx, target, Straight{0.6, -0.8}, Pass{Length: 30, Width: 2, Dark: 0.5, Spacing: 5, Threshold: 0.05, Rounds: 2}, 3, "tone", nil)
	sheet.Draw(straight(10, 10, 140, 120, 9, 12), -0.8)
	again := Replay(ctx, &sheet.Drawing, height, 1, sheet.Lead)
	for i, v := range again.P {
		if d := v - sheet.Density.P[i]; d > 1e-4 || d < -1e-4 {
			t.Fatalf("pixel %d: %v on the sheet, %v replayed", i, sheet.Density.P[i], v)
		}
	}
	one := Replay(raster.WithWorkers(ctx, 1), &sheet.Drawing, height, 1, sheet.Lead)
	for i, v := range one.P {
		if v != again.P[i] {
			t.Fatal("the replay depends on the number of workers")
		}
	}
	large := raster.Shrink(ctx, Replay(ctx, &sheet.Drawing, raster.Enlarge(ctx, height, 450, 390), 3, sheet.Lead), 3)
	if s := raster.SSIM(ctx, large, sheet.Density, 2); s < 0.97 {
		t.Errorf("replayed three times as large it is another drawing: SSIM %v", s)
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	t.Parallel()
	paper, ink := Sanguine.Colours()
	d := Drawing{W: 200, H: 100}
	d.Add(straight(10, 10, 180, 90, 2, 20), 0.9)
	d.Add(straight(10, 10, 14, 12, 2, 3), 0.9)
	d.Add(straight(0, 0, 200, 100, 30, 3), -1)
	var out bytes.Buffer
	if err := d.SVG(context.Background(), &out, paper, ink, nil); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "M"); n != 2 {
		t.Errorf("%d strokes, want 2: an eraser cannot be drawn", n)
	}
	dec := xml.NewDecoder(&out)
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSVGStopsWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d := Drawing{W: 20, H: 20}
	d.Add(straight(1, 1, 9, 9, 2, 3), 1)
	paper, ink := Graphite.Colours()
	if err := d.SVG(ctx, io.Discard, paper, ink, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestInkCheck(t *testing.T) {
	t.Parallel()
	for ink := Graphite; ink <= Pen; ink++ {
		if err := ink.Check(); err != nil {
			t.Errorf("ink %d: %v", ink, err)
		}
	}
	if (Pen + 1).Check() == nil {
		t.Error("an ink that does not exist was accepted")
	}
}
