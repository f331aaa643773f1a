package raster

import (
	"context"
	"math"
)

// boxTile is the number of columns that vertical boxes work at a time.
const boxTile = 64

// boxRadii returns three box radii whose variances add up to that of a Gaussian.
func boxRadii(sigma float32) [3]int {
	v := 12 * float64(sigma) * float64(sigma)
	low := int(math.Floor(math.Sqrt(v/3 + 1)))
	if low%2 == 0 {
		low--
	}
	l := float64(low)
	narrow := int(math.Round((v - 3*l*l - 12*l - 9) / (-4*l - 4)))
	var radii [3]int
	for i := range radii {
		radii[i] = low / 2
		if i >= narrow {
			radii[i]++
		}
	}
	return radii
}

// tripleBox runs three boxes along rows, then three along columns.
func tripleBox(ctx context.Context, src *Plane, radii [3]int) *Plane {
	across := dirty(src.W, src.H)
	defer across.Free()
	scratch := func() []float32 { return make([]float32, src.W) }
	RowsWith(ctx, src.H, scratch, func(tmp []float32, y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := across.Row(y)
			boxRow(row, src.Row(y), radii[0])
			boxRow(tmp, row, radii[1])
			boxRow(row, tmp, radii[2])
		}
	})
	dst := dirty(src.W, src.H)
	type tiles struct{ a, b []float32 }
	pair := func() tiles {
		return tiles{make([]float32, boxTile*src.H), make([]float32, boxTile*src.H)}
	}
	Each(ctx, (src.W+boxTile-1)/boxTile, pair, func(t tiles, i int) {
		x := i * boxTile
		n := min(boxTile, src.W-x)
		boxColumns(t.a, n, across.P[x:], src.W, n, src.H, radii[0])
		boxColumns(t.b, n, t.a, n, n, src.H, radii[1])
		boxColumns(dst.P[x:], src.W, t.b, n, n, src.H, radii[2])
	})
	return dst
}

// boxRow writes the running mean over 2r+1 samples; beyond the ends lies the end sample.
func boxRow(dst, src []float32, r int) {
	n := len(src)
	dst = dst[:n]
	scale := 1 / float64(2*r+1)
	sum := float64(src[0]) * float64(r+1)
	for i := 1; i <= r; i++ {
		sum += float64(src[min(i, n-1)])
	}
	x := 0
	for ; x < min(r, n); x++ {
		dst[x] = float32(sum * scale)
		sum += float64(src[min(x+r+1, n-1)]) - float64(src[0])
	}
	if m := n - r - 1; m > x {
		in, out, d := src[x+r+1:n], src[x-r:], dst[x:]
		out, d = out[:len(in)], d[:len(in)]
		for j, v := range in {
			d[j] = float32(sum * scale)
			sum += float64(v) - float64(out[j])
		}
		x = m
	}
	for ; x < n; x++ {
		dst[x] = float32(sum * scale)
		sum += float64(src[n-1]) - float64(src[max(x-r, 0)])
	}
}

// boxColumns is boxRow down n columns at once; strides are in samples.
func boxColumns(dst []float32, dstStride int, src []float32, srcStride, n, h, r int) {
	var sums [boxTile]float64
	s := sums[:n]
	scale := 1 / float64(2*r+1)
	row := func(y int) []float32 {
		y = min(max(y, 0), h-1)
		return src[y*srcStride : y*srcStride+n]
	}
	for y := -r; y <= r; y++ {
		for j, v := range row(y) {
			s[j] += float64(v)
		}
	}
	for y := range h {
		d := dst[y*dstStride : y*dstStride+n]
		in, out := row(y+r+1), row(y-r)
		d, in, out = d[:len(s)], in[:len(s)], out[:len(s)]
		for j, v := range s {
			d[j] = float32(v * scale)
			s[j] = v + (float64(in[j]) - float64(out[j]))
		}
	}
}

// Box returns the mean over (2r+1)² samples around each; beyond the edge lies the edge sample.
func Box(ctx context.Context, src *Plane, r int) *Plane {
	if r <= 0 {
		return src.Clone()
	}
	dst := dirty(src.W, src.H)
	means(ctx, src.W, src.H, r, []product{{src, nil}}, func(y int, m [][]float32) { copy(dst.Row(y), m[0]) })
	return dst
}

// product names what a windowed mean is taken of: A·B, or A alone where B is nil.
type product struct{ A, B *Plane }

// means computes the means over (2r+1)² windows of several products at once and hands them out row by row; emit may
// be called for several rows at a time and must not keep the slices. Column sums are kept in float64: a variance
// E[x²] − E[x]² would lose three digits otherwise.
func means(ctx context.Context, w, h, r int, of []product, emit func(y int, m [][]float32)) {
	tall := min(max(4*r, 32), 256)
	type sums struct {
		columns [][]float64
		rows    [][]float32
	}
	scratch := func() sums {
		var s sums
		for range of {
			s.columns = append(s.columns, make([]float64, w))
			s.rows = append(s.rows, make([]float32, w))
		}
		return s
	}
	Each(ctx, (h+tall-1)/tall, scratch, func(s sums, i int) {
		y0, y1 := i*tall, min(h, (i+1)*tall)
		for k, p := range of {
			clear(s.columns[k])
			for y := y0 - r; y <= y0+r; y++ {
				addRow(s.columns[k], p, min(max(y, 0), h-1))
			}
		}
		for y := y0; y < y1; y++ {
			for k := range of {
				meanRow(s.rows[k], s.columns[k], r)
			}
			emit(y, s.rows)
			if y+1 < y1 {
				for k, p := range of {
					moveRow(s.columns[k], p, min(y+r+1, h-1), max(y-r, 0))
				}
			}
		}
	})
}

// addRow adds row y of a product to the column sums.
func addRow(sum []float64, p product, y int) {
	a := p.A.Row(y)[:len(sum)]
	if p.B == nil {
		for j, v := range a {
			sum[j] += float64(v)
		}
		return
	}
	b := p.B.Row(y)[:len(sum)]
	for j, v := range a {
		sum[j] += float64(v) * float64(b[j])
	}
}

// moveRow adds the row that enters the window and takes away the one that leaves it.
func moveRow(sum []float64, p product, enter, leave int) {
	in, out := p.A.Row(enter)[:len(sum)], p.A.Row(leave)[:len(sum)]
	if p.B == nil {
		for j := range sum {
			sum[j] += float64(in[j]) - float64(out[j])
		}
		return
	}
	in2, out2 := p.B.Row(enter)[:len(sum)], p.B.Row(leave)[:len(sum)]
	for j := range sum {
		sum[j] += float64(float64(in[j])*float64(in2[j])) - float64(float64(out[j])*float64(out2[j]))
	}
}

// meanRow slides a window of 2r+1 columns along the column sums and writes the window means.
func meanRow(dst []float32, columns []float64, r int) {
	n := len(columns)
	dst = dst[:n]
	scale := 1 / (float64(2*r+1) * float64(2*r+1))
	sum := columns[0] * float64(r+1)
	for i := 1; i <= r; i++ {
		sum += columns[min(i, n-1)]
	}
	x := 0
	for ; x < min(r, n); x++ {
		dst[x] = float32(sum * scale)
		sum += columns[min(x+r+1, n-1)] - columns[0]
	}
	if m := n - r - 1; m > x {
		in, out, d := columns[x+r+1:n], columns[x-r:], dst[x:]
		out, d = out[:len(in)], d[:len(in)]
		for j, v := range in {
			d[j] = float32(sum * scale)
			sum += v - out[j]
		}
		x = m
	}
	for ; x < n; x++ {
		dst[x] = float32(sum * scale)
		sum += columns[n-1] - columns[max(x-r, 0)]
	}
}
