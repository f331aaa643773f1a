package paper

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// grid holds a slow field on the corners of cells of the endless sheet; pixels between are interpolated.
type grid struct {
	cell  int
	x, y  int // lattice position of the plane's first sample
	plane *raster.Plane
}

// lattice are the lattice points every cell pixels that cover the pixels of r, aligned to the sheet and not to r.
func lattice(r image.Rectangle, cell int) image.Rectangle {
	return image.Rect(floorDiv(r.Min.X, cell), floorDiv(r.Min.Y, cell), floorDiv(r.Max.X-1, cell)+2, floorDiv(r.Max.Y-1, cell)+2)
}

// newGrid covers the pixels of r.
func newGrid(r image.Rectangle, cell int) grid {
	at := lattice(r, cell)
	return grid{cell: cell, x: at.Min.X, y: at.Min.Y, plane: raster.New(at.Dx(), at.Dy())}
}

// newMottle is the felt's variation over the pixels of r, 0…1 around 0.5; length in pixels.
func newMottle(ctx context.Context, r image.Rectangle, cell int, length float32, seed uint64) grid {
	at := lattice(r, cell)
	return grid{cell: cell, x: at.Min.X, y: at.Min.Y, plane: raster.FBMEvery(ctx, at, cell, length, 3, seed^0x6d6f74746c65)}
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// row writes the field along sheet row y into dst, from sheet column x on.
func (g grid) row(dst []float32, x, y int) {
	gy := floorDiv(y, g.cell)
	fy := float32(y-gy*g.cell) / float32(g.cell)
	a := g.plane.Row(gy - g.y)
	if g.cell == 1 {
		copy(dst, a[x-g.x:])
		return
	}
	b := g.plane.Row(gy - g.y + 1)
	for i := range dst {
		gx := floorDiv(x+i, g.cell)
		fx := float32(x+i-gx*g.cell) / float32(g.cell)
		j := gx - g.x
		top := a[j] + fx*(a[j+1]-a[j])
		bottom := b[j] + fx*(b[j+1]-b[j])
		dst[i] = top + fy*(bottom-top)
	}
}

// fillGrain fills the grid with white noise through a difference of Gaussians of 0.5 s and 1.3 s cells, scaled to
// unit deviation. The scale is computed from the kernels and not measured, so that every window gets the same.
func (g grid) fillGrain(ctx context.Context, s float32, seed uint64) {
	fine, coarse := gaussian(0.5*s), gaussian(1.3*s)
	w, h, r := g.plane.W, g.plane.H, len(coarse)-1
	a, b := raster.New(w, h+2*r), raster.New(w, h+2*r) // rows blurred by fine and coarse
	defer raster.Free(a, b)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		white := make([]float32, w+2*r)
		for y := y0; y < y1; y++ {
			for x := range white {
				white[x] = float32(raster.Hash(seed, g.x+x-r, g.y+y-r)>>40)/(1<<24) - 0.5
			}
			filterRow(a.Row(y), white, fine, r)
			filterRow(b.Row(y), white, coarse, r)
		}
	})
	unit := deviation(fine, coarse)
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			dst := g.plane.Row(y)
			addRows(dst, a, y+r, fine, unit)
			addRows(dst, b, y+r, coarse, -unit)
		}
	})
}

// gaussian returns the right half of a normalised kernel, centre first.
func gaussian(sigma float32) []float32 {
	half := make([]float32, 1+int(math.Ceil(3*float64(sigma))))
	sum := 0.0
	for i := range half {
		v := math.Exp(-0.5 * float64(i*i) / float64(sigma*sigma))
		half[i] = float32(v)
		sum += 2 * v
	}
	sum -= 1
	for i := range half {
		half[i] = float32(float64(half[i]) / sum)
	}
	return half
}

// filterRow convolves src, which is padded by pad samples at both ends, into dst.
func filterRow(dst, src, half []float32, pad int) {
	centre := src[pad : pad+len(dst)]
	for x := range dst {
		dst[x] = half[0] * centre[x]
	}
	for i := 1; i < len(half); i++ {
		k := half[i]
		left, right := src[pad-i:pad-i+len(dst)], src[pad+i:pad+i+len(dst)]
		for x := range dst {
			dst[x] += k * (left[x] + right[x])
		}
	}
}

// addRows adds scale times the column convolution of src around row y to dst.
func addRows(dst []float32, src *raster.Plane, y int, half []float32, scale float32) {
	for x, v := range src.Row(y) {
		dst[x] += scale * half[0] * v
	}
	for i := 1; i < len(half); i++ {
		k := scale * half[i]
		up, down := src.Row(y-i), src.Row(y+i)
		for x := range dst {
			dst[x] += k * (up[x] + down[x])
		}
	}
}

// deviation returns what to multiply filtered uniform noise by for a deviation of one.
func deviation(fine, coarse []float32) float32 {
	var ff, fc, cc float64
	for i, c := range coarse {
		n := 2.0
		if i == 0 {
			n = 1
		}
		cc += n * float64(c) * float64(c)
		if i < len(fine) {
			ff += n * float64(fine[i]) * float64(fine[i])
			fc += n * float64(fine[i]) * float64(c)
		}
	}
	return float32(math.Sqrt(12 / (ff*ff - 2*fc*fc + cc*cc)))
}
