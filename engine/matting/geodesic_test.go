package matting

import (
	"context"
	"image"
	"testing"

	"easel/engine/raster"
)

// A way goes round a wall where that is shorter than climbing it, and its steps lead back to the seed.
func TestAWayGoesRoundAWall(t *testing.T) {
	t.Parallel()
	c := raster.NewRGB(40, 30)
	for k := range c {
		c[k].Fill(0.3)
		for y := range 25 {
			c[k].P[y*40+20] = 0.9
		}
	}
	v := newView(t.Context(), c, 400)
	defer v.free()
	seeds := make([]bool, 40*30)
	seeds[5*40+10] = true
	cost, first := v.geodesic(seeds)
	if got := cost[5*40+4]; got != 6*plain {
		t.Errorf("six pixels of even ground cost %d, want %d", got, 6*plain)
	}
	if got := cost[5*40+30]; got < 40*plain || got > 60*plain {
		t.Errorf("the way round the wall costs %d, want 40 to 60 pixels of %d", got, plain)
	}
	x, y, low := 30, 5, 0
	for range 200 {
		d := first[y*40+x]
		if d < 0 {
			break
		}
		x, y = x+compass[d][0], y+compass[d][1]
		low = max(low, y)
	}
	if x != 10 || y != 5 || low < 25 {
		t.Errorf("the steps lead to (%d, %d) by way of row %d, want the seed at (10, 5) by way of the gate", x, y, low)
	}
}

// Without a seed there is no way.
func TestNoWayWithoutASeed(t *testing.T) {
	t.Parallel()
	v := newView(t.Context(), raster.NewRGB(6, 5), 400)
	defer v.free()
	if cost, first := v.geodesic(make([]bool, 30)); cost[7] != farthestWay || first[7] != -1 {
		t.Errorf("from nowhere a pixel has cost %d and step %d", cost[7], first[7])
	}
}

// A stroke along a stem holds what hangs on it, thin and far, and leaves alone what has its colours and stands apart.
func TestAStrokeHoldsThinParts(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	const w, h = 320, 240
	stem, apart := ellipse(90, 150, 30, 60), ellipse(270, 200, 14, 14)
	leaf := func(x, y float32) bool { return x > 90 && x < 280 && y > 58+(x-90)/8 && y < 64+(x-90)/8 }
	want := raster.New(w, h)
	c := coloured(w, h, func(x, y float32) int {
		if stem(x, y) || leaf(x, y) || y > 60 && y < 100 && x > 86 && x < 94 {
			want.P[int(y)*w+int(x)] = 1
			return 1
		}
		if apart(x, y) {
			return 1
		}
		return 0
	})
	alpha := Segment(t.Context(), c, Hints{Strokes: []Stroke{{Points: []image.Point{{90, 110}, {90, 190}}, Radius: 6, Keep: true}}}, 1)
	if iou := overlap(alpha, want, false); iou < 0.9 {
		t.Errorf("overlap %.3f, want .9", iou)
	}
}

// Strokes that keep nothing of the photo say no more than none.
func TestStrokesBesideThePhoto(t *testing.T) {
	t.Parallel()
	c, truth := scene(120, 100, ellipse(60, 50, 25, 30))
	beside := Stroke{Points: []image.Point{{-50, -50}, {-40, -60}}, Radius: 4, Keep: true}
	alpha := Segment(t.Context(), c, Hints{Strokes: []Stroke{beside, {Points: []image.Point{{5, 5}, {5, 90}}, Radius: 4}}}, 1)
	if iou := overlap(alpha, truth, false); iou < 0.9 {
		t.Errorf("overlap %.3f, want .9", iou)
	}
}

// When nobody waits any more, mending ends without a cut.
func TestMendingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c, _ := scene(120, 100, ellipse(60, 50, 25, 30))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	on := Stroke{Points: []image.Point{{60, 40}, {60, 60}}, Radius: 4, Keep: true}
	alpha := Segment(ctx, c, Hints{Strokes: []Stroke{on, {Points: []image.Point{{5, 5}, {5, 90}}, Radius: 4}}}, 1)
	if alpha.W != 120 || alpha.H != 100 {
		t.Errorf("the matte is %d×%d, want 120×100", alpha.W, alpha.H)
	}
}
