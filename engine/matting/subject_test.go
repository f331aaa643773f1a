package matting

import (
	"context"
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// scene paints a picture of w×h whose subject, where in says so, has one noisy colour and its ground another.
func scene(w, h int, in func(x, y float32) bool) (raster.RGB, *raster.Plane) {
	c, truth := raster.NewRGB(w, h), raster.New(w, h)
	for y := range h {
		for x := range w {
			i := y*w + x
			colour := [3]float32{0.35, 0.45, 0.30}
			if in(float32(x), float32(y)) {
				colour, truth.P[i] = [3]float32{0.75, 0.55, 0.35}, 1
			}
			for k := range c {
				c[k].P[i] = raster.Clamp(colour[k]+0.3*(raster.White(uint64(k+1), x, y)-0.5), 0, 1)
			}
		}
	}
	return c, truth
}

func ellipse(cx, cy, rx, ry float32) func(x, y float32) bool {
	return func(x, y float32) bool { return math.Hypot(float64((x-cx)/rx), float64((y-cy)/ry)) < 1 }
}

func TestSubjectOnSyntheticPictures(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	person := func(x, y float32) bool {
		return ellipse(150, 90, 42, 55)(x, y) || ellipse(150, 290, 105, 140)(x, y)
	}
	for _, test := range []struct {
		name  string
		w, h  int
		in    func(x, y float32) bool
		faces []face.Face
	}{
		{"disc in the middle", 300, 240, ellipse(150, 120, 60, 60), nil},
		{"disc at the left", 300, 240, ellipse(95, 130, 50, 50), nil},
		{"upright ellipse at the right", 240, 300, ellipse(160, 160, 45, 90), nil},
		{"small disc", 300, 240, ellipse(150, 110, 26, 26), nil},
		{"bust below a face", 300, 300, person, []face.Face{{X: 150, Y: 95, Size: 70, Score: 90}}},
		{"leaves the frame at the bottom", 300, 240, ellipse(150, 200, 70, 110), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, truth := scene(test.w, test.h, test.in)
			alpha, confidence := Subject(t.Context(), c, test.faces, 1)
			if alpha.W != test.w || alpha.H != test.h {
				t.Fatalf("the matte is %d×%d, the picture %d×%d", alpha.W, alpha.H, test.w, test.h)
			}
			if iou := overlap(alpha, truth, false); iou < 0.95 {
				t.Errorf("overlap %.3f, want .95", iou)
			}
			if confidence < 0.6 || confidence > 1 {
				t.Errorf("confidence %.2f for an easy picture, want .6…1", confidence)
			}
			for i, v := range alpha.P {
				if v < 0 || v > 1 || v != v {
					t.Fatalf("sample %d is %v", i, v)
				}
			}
		})
	}
}

func TestConfidenceIsLowWithoutASubject(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	c, _ := scene(300, 240, func(x, y float32) bool { return false })
	if _, confidence := Subject(t.Context(), c, nil, 1); confidence > 0.5 {
		t.Errorf("confidence %.2f on plain noise, want at most .5", confidence)
	}
}

func TestSubjectOfOddSizes(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {2, 9}, {300, 3}, {5, 200}, {17, 16}} {
		c := raster.NewRGB(size[0], size[1])
		alpha, confidence := Subject(t.Context(), c, []face.Face{{X: 1, Y: 1, Size: 4}}, 1)
		if alpha.W != size[0] || alpha.H != size[1] || confidence < 0 || confidence > 1 {
			t.Errorf("%v: a matte of %d×%d with confidence %v", size, alpha.W, alpha.H, confidence)
		}
		if _, confidence = Subject(t.Context(), c, nil, 1); confidence > 0.5 {
			t.Errorf("%v: a black picture gives confidence %v", size, confidence)
		}
	}
}

func TestSubjectDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	c, _ := scene(280, 210, ellipse(120, 120, 55, 70))
	want, wantC := Subject(raster.WithWorkers(t.Context(), 1), c, nil, 5)
	counts := []int{2, 7}
	if testing.Short() {
		counts = counts[1:]
	}
	for _, n := range counts {
		got, gotC := Subject(raster.WithWorkers(t.Context(), n), c, nil, 5)
		if gotC != wantC {
			t.Errorf("%d workers: confidence %v, with one %v", n, gotC, wantC)
		}
		for i := range want.P {
			if want.P[i] != got.P[i] {
				t.Fatalf("%d workers: sample %d is %v, with one %v", n, i, got.P[i], want.P[i])
			}
		}
	}
}

func TestSubjectStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, _ := scene(200, 150, ellipse(100, 75, 40, 40))
	if alpha, _ := Subject(ctx, c, nil, 1); alpha == nil || alpha.W != 200 {
		t.Error("a cancelled search must still return a plane")
	}
}

func TestSaliencyMarksWhatDiffersFromTheBorder(t *testing.T) {
	t.Parallel()
	in := ellipse(120, 80, 30, 30)
	c, _ := scene(240, 160, in)
	v := newView(t.Context(), c, 240)
	stands := v.saliency(t.Context())
	inside, outside := raster.New(v.w, v.h), raster.New(v.w, v.h)
	for i := range inside.P {
		if in(float32(i%v.w), float32(i/v.w)) {
			inside.P[i] = 1
		} else {
			outside.P[i] = 1
		}
	}
	if a, b := stands.Mean(inside), stands.Mean(outside); a < 0.8 || b > 0.4 {
		t.Errorf("saliency is %.2f on the disc and %.2f beside it, want over .8 and under .4", a, b)
	}
}

func TestBarrierFollowsPaths(t *testing.T) {
	t.Parallel()
	p := raster.New(9, 7) // a closed ring of .6 with an inside of .1 on a ground of 0
	for y := 1; y < 6; y++ {
		for x := 2; x < 7; x++ {
			p.P[y*9+x] = 0.6
		}
	}
	for y := 2; y < 5; y++ {
		for x := 3; x < 6; x++ {
			p.P[y*9+x] = 0.1
		}
	}
	if d := barrier(p); abs(d.At(4, 3)-0.6) > 1e-6 || d.At(1, 3) != 0 {
		t.Errorf("inside the ring %v, want .6; outside %v, want 0", d.At(4, 3), d.At(1, 3))
	}
	p.P[3*9+2] = 0.1 // a gate
	if d := barrier(p); abs(d.At(4, 3)-0.1) > 1e-6 {
		t.Errorf("through the gate %v, want .1", d.At(4, 3))
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	c, _ := scene(100, 100, ellipse(50, 50, 10, 10))
	v := newView(t.Context(), c, 100)
	b := v.newBelief()
	for i := range b.likely {
		b.likely[i] = 0.5
	}
	in := make([]bool, v.w*v.h)
	fill := func(x0, y0, x1, y1 int, to bool) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				in[y*v.w+x] = to
			}
		}
	}
	fill(20, 20, 60, 60, true)  // the subject
	fill(30, 30, 33, 33, false) // a hole to close
	fill(40, 40, 50, 50, false) // a hole to keep
	fill(80, 80, 84, 84, true)  // a crumb
	fill(70, 5, 95, 25, true)   // a piece large enough to keep
	fill(5, 90, 8, 93, true)    // a crumb that is sure
	b.fixed[91*v.w+6] = 1
	open := v.tidy(in, b)
	for _, p := range []struct {
		x, y int
		want bool
	}{{25, 25, true}, {31, 31, true}, {45, 45, false}, {82, 82, false}, {80, 10, true}, {6, 91, true}} {
		if in[p.y*v.w+p.x] != p.want {
			t.Errorf("(%d, %d) is %v, want %v", p.x, p.y, !p.want, p.want)
		}
	}
	if want := float32(100) / (1600 + 500 + 9); abs(open-want) > 0.002 {
		t.Errorf("holes take %v, want %v", open, want)
	}
}
