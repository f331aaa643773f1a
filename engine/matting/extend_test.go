package matting

import (
	"testing"

	"easel/engine/raster"
)

// A light head before a dark wall has two dark ears, which only their rims part from the wall.
func TestDarkEarsBeforeADarkWallBelongToTheHead(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	const w, h = 300, 240
	head := ellipse(150, 140, 62, 58)
	left, right := ellipse(110, 92, 16, 18), ellipse(190, 92, 16, 18)
	leftInner, rightInner := ellipse(110, 92, 13, 15), ellipse(190, 92, 13, 15)
	draw := func(rim float32) (raster.RGB, *raster.Plane) {
		c, truth := raster.NewRGB(w, h), raster.New(w, h)
		for i := range truth.P {
			x, y := float32(i%w), float32(i/w)
			colour := [3]float32{0.10, 0.11, 0.14}
			switch {
			case head(x, y):
				v := 0.62 - 0.5*raster.Smoothstep(0.2, 0.9, raster.FBMAt(x, y, 24, 2, 5)) // a dappled coat
				colour, truth.P[i] = [3]float32{v, v - 0.01, v}, 1
			case rim > 0 && (leftInner(x, y) || rightInner(x, y)):
				colour, truth.P[i] = [3]float32{0.11, 0.105, 0.12}, 1
			case left(x, y) || right(x, y):
				colour, truth.P[i] = [3]float32{0.10 + rim, 0.11 + rim, 0.14 + rim}, 1
			}
			for k := range c {
				c[k].P[i] = raster.Clamp(colour[k]+0.012*(raster.White(uint64(k+1), i%w, i/w)-0.5)+0.03*x/w, 0, 1)
			}
		}
		return c, truth
	}
	for _, c := range []struct {
		rim  float32
		ears bool
	}{{0.16, true}, {0, false}} {
		photo, truth := draw(c.rim)
		alpha, _ := Subject(t.Context(), photo, nil, 1)
		in, all := 0, 0
		for i, v := range alpha.P {
			if x, y := float32(i%w), float32(i/w); (leftInner(x, y) || rightInner(x, y)) && !head(x, y) {
				all++
				if v > 0.5 {
					in++
				}
			}
		}
		share := float32(in) / float32(all)
		if c.ears && (share < 0.9 || overlap(alpha, truth, false) < 0.95) || !c.ears && share > 0.3 {
			t.Errorf("with rims of %v the matte holds %.2f of the ears and overlaps by %.3f", c.rim, share, overlap(alpha, truth, false))
		}
	}
}
