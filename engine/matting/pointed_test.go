package matting

import (
	"image"
	"slices"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

func TestATapFindsWhatSurroundsIt(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	large, small := ellipse(120, 110, 80, 90), ellipse(265, 60, 22, 22)
	c, _ := scene(300, 220, func(x, y float32) bool { return large(x, y) || small(x, y) })
	for _, test := range []struct {
		at   image.Point
		want func(x, y float32) bool
	}{{image.Pt(120, 110), large}, {image.Pt(265, 60), small}} {
		alpha := Segment(t.Context(), c, Hints{Strokes: []Stroke{{Points: []image.Point{test.at}, Radius: 6, Keep: true}}}, 1)
		if iou := overlap(alpha, held(300, 220, test.want), false); iou < 0.9 {
			t.Errorf("tapped at %v: overlap %.3f, want .9", test.at, iou)
		}
	}
}

// Whoever taps a shirt means its wearer, where a face is known; whoever taps a dog beside them does not.
func TestAStrokeMayMeanWhomItIsDrawnOver(t *testing.T) {
	t.Parallel()
	v := newView(t.Context(), raster.NewRGB(160, 120), boxSide)
	defer v.free()
	faces := []face.Face{{X: 50, Y: 30, Size: 24, Score: 90}}
	for _, test := range []struct {
		at   image.Point
		want bool
	}{{image.Pt(52, 75), true}, {image.Pt(130, 90), false}} {
		given := v.drawn([]Stroke{{Points: []image.Point{test.at}, Radius: 3, Keep: true}}, 160)
		if got := given.touches(v, faces); got != test.want {
			t.Errorf("a tap at %v is on somebody: %v, want %v", test.at, got, test.want)
		}
		people := 0
		stands := raster.New(v.w, v.h)
		for _, b := range v.nearStrokes(t.Context(), given, stands, faces, true, every) {
			if b.person {
				people++
			}
		}
		stands.Free()
		if people > 0 != test.want {
			t.Errorf("a tap at %v has %d beliefs of a person, want some: %v", test.at, people, test.want)
		}
	}
}

func TestACutThatEndsWhereItsBoxEnds(t *testing.T) {
	t.Parallel()
	v := &view{w: 40, h: 40}
	cut := func(in func(x, y int) bool) *segment {
		s := &segment{in: make([]bool, 40*40)}
		for i := range s.in {
			s.in[i] = in(i%40, i/40)
		}
		return s
	}
	box := image.Rect(10, 10, 31, 31)
	for _, test := range []struct {
		name        string
		box         image.Rectangle
		s           *segment
		least, most float32
	}{
		{"a disc", box, cut(func(x, y int) bool { return (x-20)*(x-20)+(y-20)*(y-20) < 64 }), 0, 0},
		{"one side", box, cut(func(x, y int) bool { return x >= 10 && x < 20 && y >= 13 && y < 28 }), 0.7, 0.8},
		{"all four", box, cut(func(x, y int) bool { return x >= 10 && y >= 10 && x <= 30 && y <= 30 }), 4, 4.5},
		{"the photo's own sides", image.Rect(0, 0, 40, 40), cut(func(int, int) bool { return true }), 0, 0},
		{"no box", image.Rectangle{}, cut(func(int, int) bool { return true }), 0, 0},
	} {
		if got := v.clings(test.box, 40, test.s); got < test.least || got > test.most {
			t.Errorf("%s clings by %.2f, want %.2f to %.2f", test.name, got, test.least, test.most)
		}
	}
}

// A stroke inside a box mends its own region; what it does not touch stays as the box gave it.
func TestAStrokeInABoxMendsTheBoxesCut(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	const w, h = 300, 240
	body, patch := ellipse(120, 120, 60, 80), ellipse(215, 150, 25, 30)
	c := coloured(w, h, func(x, y float32) int {
		switch {
		case body(x, y):
			return 1
		case patch(x, y):
			return 2
		}
		return 0
	})
	box := image.Rect(50, 30, 250, 210)
	for _, keep := range []bool{true, false} {
		want := held(w, h, func(x, y float32) bool { return body(x, y) || keep && patch(x, y) })
		stroke := Stroke{Points: []image.Point{{215, 140}, {215, 160}}, Radius: 5, Keep: keep}
		alpha := Segment(t.Context(), c, Hints{Box: box, Strokes: []Stroke{stroke}}, 1)
		if iou := overlap(alpha, want, false); iou < 0.95 {
			t.Errorf("kept %v: overlap %.3f, want .95", keep, iou)
		}
	}
}

// A stroke that keeps what lies beside the box was drawn by somebody who had drawn the box too small.
func TestAStrokeReachesBeyondItsBox(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	body := ellipse(150, 110, 60, 70)
	c, truth := scene(300, 220, body)
	stroke := Stroke{Points: []image.Point{{120, 110}, {205, 110}}, Radius: 5, Keep: true}
	alpha := Segment(t.Context(), c, Hints{Box: image.Rect(85, 35, 190, 185), Strokes: []Stroke{stroke}}, 1)
	if alpha.At(203, 110) < 0.5 {
		t.Error("what a stroke keeps beside the box is gone")
	}
	if iou := overlap(alpha, truth, false); iou < 0.8 {
		t.Errorf("overlap %.3f, want .8", iou)
	}
}

func TestCoveredIsWhatAStrokeCovers(t *testing.T) {
	t.Parallel()
	s := Stroke{Points: []image.Point{{-3, 4}, {12, 9}, {12, 9}, {30, 2}}, Radius: 3.3}
	for _, box := range []image.Rectangle{image.Rect(0, 0, 20, 15), image.Rect(-6, -2, 36, 14), image.Rect(50, 50, 60, 60), {}} {
		for i, on := range s.Covered(box) {
			if x, y := box.Min.X+i%box.Dx(), box.Min.Y+i/box.Dx(); on != s.Covers(x, y) {
				t.Fatalf("in %v the pixel (%d, %d) is covered: %v, want %v", box, x, y, on, !on)
			}
		}
	}
}

// A tap, and a box with strokes, give the same matte on any number of cores.
func TestHintsOnAnyNumberOfCores(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	c, _ := scene(120, 90, ellipse(60, 45, 30, 32))
	tap := Stroke{Points: []image.Point{{60, 45}}, Radius: 3, Keep: true}
	drop := Stroke{Points: []image.Point{{40, 20}, {45, 22}}, Radius: 2}
	for _, h := range []Hints{
		{Strokes: []Stroke{tap}, Faces: []face.Face{{X: 60, Y: 30, Size: 20, Score: 90}}},
		{Box: image.Rect(22, 8, 98, 84), Strokes: []Stroke{tap, drop}},
	} {
		one, four := Segment(raster.WithWorkers(t.Context(), 1), c, h, 3), Segment(raster.WithWorkers(t.Context(), 4), c, h, 3)
		if !slices.Equal(one.P, four.P) {
			t.Errorf("%d strokes give another matte on four cores", len(h.Strokes))
		}
	}
}
