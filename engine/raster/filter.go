package raster

import (
	"context"
	"math"

	"easel/engine/raster/vec"
)

const (
	// firSigma is the largest deviation that is filtered with explicit taps; above it three boxes are cheaper and
	// hardly differ.
	firSigma = 3
	// coarseSigma is the deviation above which a quarter-size copy is blurred instead.
	coarseSigma = 24
	// tileColumns is the width of the column tiles of vertical filters: their rows stay in the first-level cache.
	tileColumns = 512
)

// Gaussian returns src blurred with standard deviation sigma in pixels; beyond the edge lies the edge sample. A sigma
// of 0 or less gives a copy. Up to 3 the kernel is sampled out to three deviations; above, it is three boxes of the
// same variance (Wells 1986); above 24 the boxes run on a quarter-size copy.
func Gaussian(ctx context.Context, src *Plane, sigma float32) *Plane {
	switch {
	case sigma <= 0.05:
		return src.Clone()
	case sigma <= firSigma:
		return convolve(ctx, src, taps(sigma))
	case sigma > coarseSigma && min(src.W, src.H) >= 32:
		return coarseGaussian(ctx, src, sigma)
	}
	return tripleBox(ctx, src, boxRadii(sigma))
}

// taps returns the right half of a normalised Gaussian, the centre first.
func taps(sigma float32) []float32 {
	r := int(math.Ceil(float64(3 * sigma)))
	exact := make([]float64, r+1)
	total := 0.0
	for i := range exact {
		exact[i] = math.Exp(-0.5 * float64(i*i) / float64(sigma) / float64(sigma))
		total += exact[i]
		if i > 0 {
			total += exact[i]
		}
	}
	k := make([]float32, r+1)
	for i := range k {
		k[i] = float32(exact[i] / total)
	}
	return k
}

// convolve filters rows, then columns, with a symmetric kernel given by its right half.
func convolve(ctx context.Context, src *Plane, k []float32) *Plane {
	r := len(k) - 1
	across := dirty(src.W, src.H)
	defer across.Free()
	padded := func() []float32 { return make([]float32, src.W+2*r) }
	RowsWith(ctx, src.H, padded, func(buf []float32, y0, y1 int) {
		for y := y0; y < y1; y++ {
			pad(buf, src.Row(y), r)
			row := across.Row(y)
			vec.Scale(row, buf[r:], k[0])
			addPairs(row, k, func(i int) ([]float32, []float32) { return buf[r-i:], buf[r+i:] })
		}
	})
	dst := dirty(src.W, src.H)
	Rows(ctx, src.H, func(y0, y1 int) {
		for x0 := 0; x0 < src.W; x0 += tileColumns {
			x1 := min(src.W, x0+tileColumns)
			for y := y0; y < y1; y++ {
				row := dst.Row(y)[x0:x1:x1]
				vec.Scale(row, across.Row(y)[x0:], k[0])
				addPairs(row, k, func(i int) ([]float32, []float32) {
					return across.Row(max(0, y-i))[x0:], across.Row(min(src.H-1, y+i))[x0:]
				})
			}
		}
	})
	return dst
}

// pad copies a row into the middle of buf and repeats its ends r times on both sides.
func pad(buf, row []float32, r int) {
	n := copy(buf[r:], row)
	for i := range r {
		buf[i] = row[0]
		buf[r+n+i] = row[n-1]
	}
}

// addPairs adds the tap pairs 1…len(k)-1 to d, two pairs at a time to halve the traffic on d.
func addPairs(d, k []float32, pair func(i int) (a, b []float32)) {
	i := 1
	for ; i+1 < len(k); i += 2 {
		a, b := pair(i)
		e, f := pair(i + 1)
		vec.AddPairs(d, a, b, e, f, k[i], k[i+1])
	}
	if i < len(k) {
		a, b := pair(i)
		vec.AddPair(d, a, b, k[i])
	}
}

// coarseGaussian blurs a copy of a quarter the size; the deviation is lowered by what shrinking and enlarging add.
func coarseGaussian(ctx context.Context, src *Plane, sigma float32) *Plane {
	const added = 15.0/12 + 16.0/6 // variances of a box of 4 samples and of linear interpolation over 4
	small := Shrink(ctx, src, 4)
	inner := Gaussian(ctx, small, float32(math.Sqrt(float64(sigma*sigma)-added))/4)
	small.Free()
	dst := enlarge(ctx, inner, src.W, src.H, 0.25, 0.25)
	inner.Free()
	return dst
}
