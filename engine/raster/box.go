package raster

import (
	"context"
	"math"

	"easel/engine/raster/vec"
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

// tripleBox runs three boxes along rows, then three along columns. Edges are extended once, before the first box:
// extending anew for each would pull the borders towards their edge samples.
func tripleBox(ctx context.Context, src *Plane, radii [3]int) *Plane {
	w, h := src.W, src.H
	inner, last := radii[1]+radii[2], radii[2]
	reach := radii[0] + inner
	across := dirty(w, h)
	defer across.Free()
	type buffers struct{ a, b []float32 }
	lines := func() [2]buffers {
		var two [2]buffers
		for i := range two {
			two[i] = buffers{make([]float32, w+2*reach), make([]float32, w+2*inner)}
		}
		return two
	}
	RowsWith(ctx, h, lines, func(l [2]buffers, y0, y1 int) {
		for y := y0; y < y1; y += 2 {
			z := min(y+1, y1-1)
			p, q := l[0], l[1]
			pad(p.a, src.Row(y), reach)
			pad(q.a, src.Row(z), reach)
			boxRows(p.b, q.b, p.a, q.a, radii[0])
			boxRows(p.a[:w+2*last], q.a[:w+2*last], p.b, q.b, radii[1])
			boxRows(across.Row(y), across.Row(z), p.a[:w+2*last], q.a[:w+2*last], radii[2])
		}
	})
	dst := dirty(w, h)
	tiles := func() buffers {
		return buffers{make([]float32, boxTile*(h+2*inner)), make([]float32, boxTile*(h+2*last))}
	}
	Each(ctx, (w+boxTile-1)/boxTile, tiles, func(t buffers, i int) {
		x0, x1 := i*boxTile, min(w, (i+1)*boxTile)
		n := x1 - x0
		first := func(y int) []float32 { return across.Row(min(max(y, 0), h-1))[x0:x1:x1] }
		second := func(y int) []float32 { return t.a[(y+inner)*n:][:n:n] }
		third := func(y int) []float32 { return t.b[(y+last)*n:][:n:n] }
		boxColumns(second, first, -inner, h+inner, radii[0])
		boxColumns(third, second, -last, h+last, radii[1])
		boxColumns(func(y int) []float32 { return dst.Row(y)[x0:x1:x1] }, third, 0, h, radii[2])
	})
	return dst
}

// boxRows writes the mean of each 2r+1 neighbouring samples of two rows; dst is 2r shorter than src. A window's sum waits for the
// one before it, and two rows wait together.
func boxRows(dstA, dstB, srcA, srcB []float32, r int) {
	scale := 1 / float64(2*r+1)
	sumA, sumB := 0.0, 0.0
	for j, v := range srcA[:2*r+1] {
		sumA += float64(v)
		sumB += float64(srcB[j])
	}
	last := len(dstA) - 1
	inA, outA, dA := srcA[2*r+1:][:last], srcA[:last], dstA[:last]
	inB, outB, dB := srcB[2*r+1:][:last], srcB[:last], dstB[:last]
	for j, v := range inA {
		dA[j] = float32(sumA * scale)
		dB[j] = float32(sumB * scale)
		sumA += float64(v) - float64(outA[j])
		sumB += float64(inB[j]) - float64(outB[j])
	}
	dstA[last] = float32(sumA * scale)
	dstB[last] = float32(sumB * scale)
}

// boxColumns is boxRows down several columns at once, for the rows y0 … y1−1 of dst.
func boxColumns(dst, src func(y int) []float32, y0, y1, r int) {
	var sums [boxTile]float64
	scale := 1 / float64(2*r+1)
	s := sums[:len(src(y0))]
	for y := y0 - r; y < y0+r; y++ {
		for j, v := range src(y)[:len(s)] {
			s[j] += float64(v)
		}
	}
	for y := y0; y < y1; y++ {
		vec.Slide(dst(y)[:len(s)], s, src(y+r), src(y-r), scale)
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
			s.columns = append(s.columns, make([]float64, w+2*r))
			s.rows = append(s.rows, make([]float32, w))
		}
		return s
	}
	Each(ctx, (h+tall-1)/tall, scratch, func(s sums, i int) {
		y0, y1 := i*tall, min(h, (i+1)*tall)
		for k, p := range of {
			columns := s.columns[k][r : r+w]
			clear(columns)
			for y := y0 - r; y <= y0+r; y++ {
				addRow(columns, p, min(max(y, 0), h-1))
			}
		}
		for y := y0; y < y1; y++ {
			for k := 0; k < len(of); k += 2 {
				l := min(k+1, len(of)-1)
				meanRows(s.rows[k], s.rows[l], s.columns[k], s.columns[l], r)
			}
			emit(y, s.rows)
			if y+1 < y1 {
				for k, p := range of {
					moveRow(s.columns[k][r:r+w], p, min(y+r+1, h-1), max(y-r, 0))
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
	in, out := p.A.Row(enter), p.A.Row(leave)
	if p.B == nil {
		vec.Move(sum, in, out)
		return
	}
	vec.MoveProducts(sum, in, p.B.Row(enter), out, p.B.Row(leave))
}

// meanRows slides windows of 2r+1 columns along the column sums of two products, which have room for r more on both sides, and
// writes the window means. As in boxRows two sums wait together.
func meanRows(dstA, dstB []float32, a, b []float64, r int) {
	n := len(dstA)
	for i := range r {
		a[i], a[r+n+i] = a[r], a[r+n-1]
		b[i], b[r+n+i] = b[r], b[r+n-1]
	}
	scale := 1 / (float64(2*r+1) * float64(2*r+1))
	sumA, sumB := 0.0, 0.0
	for j, v := range a[:2*r+1] {
		sumA += v
		sumB += b[j]
	}
	inA, outA, dA := a[2*r+1:][:n-1], a[:n-1], dstA[:n-1]
	inB, outB, dB := b[2*r+1:][:n-1], b[:n-1], dstB[:n-1]
	for j, v := range inA {
		dA[j] = float32(sumA * scale)
		dB[j] = float32(sumB * scale)
		sumA += v - outA[j]
		sumB += inB[j] - outB[j]
	}
	dstA[n-1] = float32(sumA * scale)
	dstB[n-1] = float32(sumB * scale)
}
