package matting

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// Bounds is the smallest box around what the stroke covers.
func (s Stroke) Bounds() image.Rectangle {
	var box image.Rectangle
	r := int(math.Ceil(float64(s.Radius)))
	for _, p := range s.Points {
		box = box.Union(image.Rect(p.X-r, p.Y-r, p.X+r+1, p.Y+r+1))
	}
	return box
}

// Covers reports whether the stroke covers the pixel.
func (s Stroke) Covers(x, y int) bool {
	for n, p := range s.Points {
		q := s.Points[max(n-1, 0)]
		if touches(float32(x), float32(y), float32(q.X), float32(q.Y), float32(p.X), float32(p.Y), s.Radius) {
			return true
		}
	}
	return false
}

// Covered says of each pixel of a box, row by row, whether the stroke covers it: what Covers says, at the cost of what is covered.
func (s Stroke) Covered(box image.Rectangle) []bool {
	w := box.Dx()
	on := make([]bool, w*box.Dy())
	for n, p := range s.Points {
		q := s.Points[max(n-1, 0)]
		dab := Stroke{Points: []image.Point{q, p}, Radius: s.Radius}.Bounds().Intersect(box)
		for y := dab.Min.Y; y < dab.Max.Y; y++ {
			row := on[(y-box.Min.Y)*w : (y-box.Min.Y+1)*w]
			for x := dab.Min.X; x < dab.Max.X; x++ {
				if i := x - box.Min.X; !row[i] {
					row[i] = touches(float32(x), float32(y), float32(q.X), float32(q.Y), float32(p.X), float32(p.Y), s.Radius)
				}
			}
		}
	}
	return on
}

// Follow brings a matte that was found on a smaller copy of a photo to the photo's size and lets it follow the photo's own
// edges. Its samples are 0…1.
func Follow(ctx context.Context, c raster.RGB, alpha *raster.Plane) *raster.Plane {
	k := (max(c.W(), c.H()) + max(alpha.W, alpha.H) - 1) / max(alpha.W, alpha.H)
	if k <= 1 && c.W() == alpha.W && c.H() == alpha.H {
		return alpha.Clone()
	}
	return spread(ctx, c, alpha, max(2, 2*k), 1e-4)
}
