package inpaint

import (
	"testing"

	"easel/engine/patch"
	"easel/engine/raster"
)

// A switch on a wall is there once; stripes, the edge of a floor and grass go on.
func TestWhatIsThereOnceIsOdd(t *testing.T) {
	t.Parallel()
	const w, h = 200, 170
	lawn := func(x, y int) float32 { return 0.2 + 0.5*raster.FBMAt(float32(x), float32(y), 5, 3, 8) }
	for name, c := range map[string]struct {
		light      func(x, y int) float32
		x, y       int
		least, top float32
	}{
		"a switch":     {func(x, y int) float32 { return 0.6 }, 100, 60, 0.5, 1.01},
		"an edge":      {func(x, y int) float32 { return 0.6 - 0.3*float32(y/100) }, 100, 100, -1, 0.1},
		"stripes":      {func(x, y int) float32 { return 0.3 + 0.3*float32(x/8%2) }, 100, 60, -1, 0.1},
		"grass":        {lawn, 100, 60, -1, 0.1},
		"a plain wall": {func(x, y int) float32 { return 0.6 }, 100, 60, -1, 0.1},
	} {
		img, known := patch.NewPixels(w, h), make([]bool, w*h)
		for i := range known {
			x, y := i%w, i/w
			v := c.light(x, y) + 0.03*(raster.White(5, x, y)-0.5)
			if name == "a switch" && x > 94 && x < 106 && y > 52 && y < 68 {
				v = 0.1 + 0.5*float32((x+y)/4%2)
			}
			img.P[3*i], img.P[3*i+1], img.P[3*i+2] = v, v, v
			known[i] = img.Inner(x, y)
		}
		_, like := patch.Repeats(t.Context(), img, known, 14, 8, 1)
		odd := oddness(t.Context(), img, like)
		if v := odd.At(c.x, c.y); v < c.least || v > c.top {
			t.Errorf("%s is odd by %.2f, want %.1f to %.1f", name, v, c.least, c.top)
		}
	}
}
