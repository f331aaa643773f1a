// Package golden measures drawings for tests: how they keep to their photo, what their surface is like, and whether
// they are still the drawings that they were.
package golden

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// Likeness says how a drawing keeps to its photo; 1 is the photo itself in every measure.
type Likeness struct {
	GMS       float32 // gradient magnitude similarity (Xue 2014): as much contrast in the same places
	Direction float32 // contours run the same way: 0.64 is chance
	Tone      float32 // correlation of tones, -1…1: light where the photo is light
	SSIM      float32 // structural similarity without the strokes (Wang 2004)
}

// gradientFloor is the constant of gradient magnitude similarity: 100 on 0…255, squared units.
const gradientFloor = 100.0 / (255 * 255)

// Compare measures a drawing's luma against its photo's of the same size, samples in 0…1. Both are blurred by sigma
// pixels first, so that forms are compared and not strokes. Where a mask is given, only samples with mask above 0.5
// count: what a style leaves out behind a head says nothing about the likeness.
func Compare(ctx context.Context, photo, drawing, mask *raster.Plane, sigma float32) Likeness {
	if sigma > 0 {
		photo, drawing = raster.Gaussian(ctx, photo, sigma), raster.Gaussian(ctx, drawing, sigma)
		defer raster.Free(photo, drawing)
	}
	l := Likeness{Tone: correlation(photo, drawing, mask), SSIM: similarity(ctx, photo, drawing, mask)}
	var gms, n, along, weight float64
	for y := 1; y < photo.H-1; y++ {
		for x := 1; x < photo.W-1; x++ {
			if !counts(mask, y*photo.W+x) {
				continue
			}
			px, py := gradient(photo, x, y)
			dx, dy := gradient(drawing, x, y)
			p, d := math.Hypot(px, py), math.Hypot(dx, dy)
			gms += (2*p*d + gradientFloor) / (p*p + d*d + gradientFloor)
			n++
			if d > 0 {
				along += math.Abs(px*dx+py*dy) / d
			}
			weight += p
		}
	}
	if n > 0 {
		l.GMS = float32(gms / n)
	}
	if weight > 0 {
		l.Direction = float32(along / weight)
	}
	return l
}

// similarity is SSIM where the mask is: elsewhere the photo stands in for the drawing, and what that adds is taken off.
func similarity(ctx context.Context, photo, drawing, mask *raster.Plane) float32 {
	inside, all := 0, len(photo.P)
	patched := drawing.Clone()
	defer patched.Free()
	for i := range patched.P {
		if counts(mask, i) {
			inside++
		} else {
			patched.P[i] = photo.P[i]
		}
	}
	if inside == 0 {
		return 0
	}
	return 1 - (1-raster.SSIM(ctx, photo, patched, 0))*float32(all)/float32(inside)
}

func counts(mask *raster.Plane, i int) bool { return mask == nil || mask.P[i] > 0.5 }

// gradient is the slope at a sample off the border, by Scharr's stencil.
func gradient(p *raster.Plane, x, y int) (dx, dy float64) {
	a, b, c := p.Row(y - 1)[x-1:x+2], p.Row(y)[x-1:x+2], p.Row(y + 1)[x-1:x+2]
	const side, middle = 3.0 / 32, 10.0 / 32
	dx = side*float64(a[2]-a[0]+c[2]-c[0]) + middle*float64(b[2]-b[0])
	dy = side*float64(c[0]-a[0]+c[2]-a[2]) + middle*float64(c[1]-a[1])
	return dx, dy
}

// correlation is Pearson's, 0 where one of the planes is flat.
func correlation(a, b, mask *raster.Plane) float32 {
	var n, sa, sb, saa, sbb, sab float64
	for i := range a.P {
		if counts(mask, i) {
			u, v := float64(a.P[i]), float64(b.P[i])
			n, sa, sb, saa, sbb, sab = n+1, sa+u, sb+v, saa+u*u, sbb+v*v, sab+u*v
		}
	}
	const flat = 1e-9
	va, vb := n*saa-sa*sa, n*sbb-sb*sb
	if va <= flat*n*n || vb <= flat*n*n {
		return 0
	}
	return float32((n*sab - sa*sb) / math.Sqrt(va*vb))
}

// Luma returns a picture's luma. The caller owns the plane.
func Luma(ctx context.Context, img *image.NRGBA) *raster.Plane {
	c := raster.FromNRGBA(ctx, img)
	defer c.Free()
	return raster.Luma(ctx, c)
}

// Cut copies the part of a plane in a box, as far as there is one.
func Cut(p *raster.Plane, box image.Rectangle) *raster.Plane {
	return p.Crop(box.Intersect(image.Rect(0, 0, p.W, p.H)))
}

// Bounds is the smallest box around the samples above 0.5.
func Bounds(mask *raster.Plane) image.Rectangle {
	var box image.Rectangle
	for i, v := range mask.P {
		if v > 0.5 {
			box = box.Union(image.Rect(i%mask.W, i/mask.W, i%mask.W+1, i/mask.W+1))
		}
	}
	return box
}
