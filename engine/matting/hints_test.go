package matting

import (
	"image"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"easel/engine/raster"
	"easel/internal/sitter"
)

func TestSegmentFollowsABox(t *testing.T) {
	t.Parallel()
	left, right := ellipse(80, 120, 40, 50), ellipse(220, 120, 40, 50)
	c, _ := scene(300, 240, func(x, y float32) bool { return left(x, y) || right(x, y) })
	_, truth := scene(300, 240, right)
	alpha := Segment(t.Context(), c, Hints{Box: image.Rect(165, 55, 280, 185)}, 1)
	if iou := overlap(alpha, truth, false); iou < 0.95 {
		t.Errorf("overlap with what is in the box %.3f, want .95", iou)
	}
}

func TestSegmentFollowsStrokes(t *testing.T) {
	t.Parallel()
	left, right := ellipse(80, 120, 40, 50), ellipse(220, 120, 40, 50)
	c, both := scene(300, 240, func(x, y float32) bool { return left(x, y) || right(x, y) })
	_, one := scene(300, 240, left)
	hints := Hints{Strokes: []Stroke{
		{Points: []image.Point{{80, 100}, {80, 140}}, Radius: 6, Keep: true},
		{Points: []image.Point{{220, 90}, {220, 150}}, Radius: 6, Keep: true},
	}}
	alpha := Segment(t.Context(), c, hints, 1)
	if iou := overlap(alpha, both, false); iou < 0.95 {
		t.Errorf("overlap after two strokes that keep %.3f, want .95", iou)
	}
	var lines []image.Point // scribble the right one away
	for y := 80; y <= 160; y += 20 {
		lines = append(lines, image.Pt(190, y), image.Pt(250, y+10))
	}
	hints = Hints{Before: alpha, Strokes: append(hints.Strokes[:1], Stroke{Points: lines, Radius: 9})}
	alpha = Segment(t.Context(), c, hints, 1)
	if iou := overlap(alpha, one, false); iou < 0.95 {
		t.Errorf("overlap after erasing one %.3f, want .95", iou)
	}
}

func TestSegmentOfPairsWithABox(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(sitter.Photos(t), "pairs")
	for name, least := range map[string]float32{"ox-pyrenees177": 0.60, "ox-shorthair103": 0.90, "gc-llama": 0.90} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := readPhoto(t, filepath.Join(dir, name+".jpg"), 1600)
			truth := readMask(t, filepath.Join(dir, name+"_mask.png"))
			alpha := Segment(t.Context(), c, Hints{Box: around(truth, 8)}, 1)
			t.Logf("overlap %.3f", overlap(alpha, truth, true))
			if iou := overlap(alpha, truth, true); iou < least {
				t.Errorf("overlap with a loose box %.3f, want %.2f", iou, least)
			}
		})
	}
}

// around is the mask's bounding box with a margin.
func around(mask *raster.Plane, margin int) image.Rectangle {
	var box image.Rectangle
	for i, v := range mask.P {
		if v > 0.9 {
			x, y := i%mask.W, i/mask.W
			box = box.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return box.Inset(-margin).Intersect(image.Rect(0, 0, mask.W, mask.H))
}

// BenchmarkSegment is a cut of 1.2 megapixels as somebody pointed at its subject, with no cut before.
func BenchmarkSegment(b *testing.B) {
	path := filepath.Join(sitter.Photos(b), "people/obama.jpg")
	if _, err := os.Stat(path); err != nil {
		b.Skip(err)
	}
	small := readPhoto(b, path, 4000)
	c := raster.ResizeRGB(b.Context(), small, 980, 1225)
	keep := Stroke{Points: []image.Point{{490, 200}, {490, 500}, {500, 1000}}, Radius: 20, Keep: true}
	drop := Stroke{Points: []image.Point{{60, 60}, {60, 500}}, Radius: 20}
	for _, way := range []struct {
		name  string
		hints Hints
	}{
		{"box", Hints{Box: image.Rect(60, 30, 980, 1225)}},
		{"stroke", Hints{Strokes: []Stroke{keep}}},
		{"two strokes", Hints{Strokes: []Stroke{keep, drop}}},
	} {
		b.Run(way.name, func(b *testing.B) {
			begun := processor(b)
			for b.Loop() {
				Segment(b.Context(), c, way.hints, 1).Free()
			}
			b.ReportMetric(float64((processor(b)-begun).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// processor is the processor time that the program has used.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
