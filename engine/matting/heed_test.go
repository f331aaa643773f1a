package matting

import (
	"image"
	"testing"

	"easel/engine/raster"
)

// coloured paints noisy regions: 0 is the ground.
func coloured(w, h int, region func(x, y float32) int) raster.RGB {
	c := raster.NewRGB(w, h)
	colours := [][3]float32{{0.35, 0.45, 0.30}, {0.75, 0.55, 0.35}, {0.35, 0.42, 0.60}}
	for y := range h {
		for x := range w {
			colour := colours[region(float32(x), float32(y))]
			for k := range c {
				c[k].P[y*w+x] = raster.Clamp(colour[k]+0.2*(raster.White(uint64(k+1), x, y)-0.5), 0, 1)
			}
		}
	}
	return c
}

// One dab in a region that is on the wrong side brings all of it over, whatever the rest of the subject looks like.
func TestADabBringsItsRegion(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	const w, h = 300, 240
	left, right := ellipse(95, 120, 50, 60), ellipse(190, 130, 50, 40)
	both, one := raster.New(w, h), raster.New(w, h)
	c := coloured(w, h, func(x, y float32) int {
		i := int(y)*w + int(x)
		if left(x, y) {
			both.P[i], one.P[i] = 1, 1
			return 1
		}
		if right(x, y) {
			both.P[i] = 1
			return 2
		}
		return 0
	})
	dab := []image.Point{{196, 130}, {200, 132}}
	for _, test := range []struct {
		name         string
		before, want *raster.Plane
		keep         bool
	}{{"kept", one, both, true}, {"removed", both, one, false}} {
		alpha := Segment(t.Context(), c, Hints{Before: test.before, Strokes: []Stroke{{Points: dab, Radius: 6, Keep: test.keep}}}, 1)
		if iou := overlap(alpha, test.want, false); iou < 0.97 {
			t.Errorf("%s: overlap %.3f after a dab, want .97", test.name, iou)
		}
	}
}

// Barriers are counted from any pixels, and only along ways that lead there.
func TestBarrierFromAPixel(t *testing.T) {
	t.Parallel()
	p := raster.New(8, 5)
	for y := range p.H {
		p.P[y*8+3] = 0.5 // a wall with a gate at the bottom
		for x := 4; x < 8; x++ {
			p.P[y*8+x] = 0.1
		}
	}
	p.P[4*8+3] = 0.2
	from := make([]bool, len(p.P))
	from[0] = true
	d := barrierFrom(p, from)
	for _, at := range []struct {
		x, y int
		want float32
	}{{0, 0, 0}, {2, 4, 0}, {3, 1, 0.5}, {6, 0, 0.2}} {
		if got := d.At(at.x, at.y); abs(got-at.want) > 1e-6 {
			t.Errorf("the barrier at (%d, %d) is %v, want %v", at.x, at.y, got, at.want)
		}
	}
	if d = barrierFrom(p, make([]bool, len(p.P))); d.At(5, 2) != 1 {
		t.Errorf("from nowhere the barrier is %v, want 1", d.At(5, 2))
	}
}
