package face

import (
	"context"
	"math"

	"easel/engine/raster"
)

// gray is a picture of 8-bit samples, as the cascades were trained on.
type gray struct {
	w, h int
	p    []uint8
}

func newGray(p *raster.Plane) gray {
	g := gray{p.W, p.H, make([]uint8, len(p.P))}
	for i, v := range p.P {
		g.p[i] = uint8(raster.Clamp(v, 0, 1)*255 + 0.5)
	}
	return g
}

// view maps pixels of a copy to the picture it was taken from: a turn about its middle, a scale and a shift.
type view struct {
	cx, cy   float32 // the middle of the copy, in the picture
	mx, my   float32 // the same, in the copy
	cos, sin float32 // of the angle by which the copy's rows are turned in the picture, clockwise
	step     float32 // picture pixels for one pixel of the copy
}

func newView(cx, cy, angle, step float32, w, h int) view {
	s, c := math.Sincos(float64(angle))
	return view{cx, cy, float32(w-1) / 2, float32(h-1) / 2, float32(c), float32(s), step}
}

func (v view) out(x, y float32) Point {
	x, y = (x-v.mx)*v.step, (y-v.my)*v.step
	return Point{v.cx + v.cos*x - v.sin*y, v.cy + v.sin*x + v.cos*y}
}

func (v view) in(p Point) (x, y float32) {
	dx, dy := (p.X-v.cx)/v.step, (p.Y-v.cy)/v.step
	return v.mx + v.cos*dx + v.sin*dy, v.my - v.sin*dx + v.cos*dy
}

// cut samples a w×h copy of the picture; outside lies the edge.
func (v view) cut(ctx context.Context, p *raster.Plane, w, h int) gray {
	g := gray{w, h, make([]uint8, w*h)}
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				at := v.out(float32(x), float32(y))
				g.p[y*w+x] = uint8(raster.Clamp(p.Sample(at.X, at.Y), 0, 1)*255 + 0.5)
			}
		}
	})
	return g
}
