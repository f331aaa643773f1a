package watercolour

import (
	"context"

	"easel/engine/raster"
)

// nearby is the stain of the colours far around a place, and the mean absorbance and stain of the deepest close by, of which
// it may be the rim.
type nearby struct{ wide, depth, stain float32 }

// masses returns the mean absorbance of the deepest colour around each place, and its stain.
func masses(ctx context.Context, c raster.RGB, table *absorbance) (depth, tinge *raster.Plane) {
	const reach = 2 // samples, at a quarter of the plan's size
	w, h := c.W(), c.H()
	depth, tinge = raster.New(w, h), raster.New(w, h)
	raster.Rows(ctx, h, func(y0, y1 int) {
		for i := y0 * w; i < y1*w; i++ {
			a := [3]float32{table.of(c[0].P[i]), table.of(c[1].P[i]), table.of(c[2].P[i])}
			depth.P[i], tinge.P[i] = (a[0]+a[1]+a[2])/3, stain(a)
		}
	})
	line, hues := make([]float32, max(w, h)), make([]float32, max(w, h))
	deepest := func(n, at, step int) {
		for i := range n {
			line[i], hues[i] = depth.P[at+i*step], tinge.P[at+i*step]
		}
		for i := range n {
			best := i
			for j := max(0, i-reach); j <= min(n-1, i+reach); j++ {
				if line[j] > line[best] {
					best = j
				}
			}
			depth.P[at+i*step], tinge.P[at+i*step] = line[best], hues[best]
		}
	}
	for y := range h {
		deepest(w, y*w, 1)
	}
	for x := range w {
		deepest(h, x, w)
	}
	return depth, tinge
}

// notGreen returns the absorbance of green for a place around a face, eyes apart, that has something of this depth close by:
// dark hair, and what it borders on. Hair is not green; where a camera's blacks are, a wash of them would be.
func notGreen(c [3]float32, look, depth float32) float32 {
	const brown = 0.25 // of the way from red to blue is the green of the yellowest hair
	less := min(c[0], c[2]) + brown*max(0, c[2]-c[0]) - c[1]
	if less <= 0 {
		return c[1]
	}
	around := raster.Smoothstep(0.05, 0.25, look) * raster.Smoothstep(0.98, 0.88, look)
	return c[1] + less*around*raster.Smoothstep(1.2, 2.4, depth)
}
