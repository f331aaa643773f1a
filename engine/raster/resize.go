package raster

import (
	"context"
	"image"
	"math"
)

// resizeBand is the number of result rows worked at a time; rows of the source between two bands are filtered twice.
const resizeBand = 32

// Resize returns src at w×h by a separable Lanczos-2 kernel, widened when shrinking so that every source sample
// counts. Overshoot at hard edges is kept: values may leave the range of src by some percent.
func Resize(ctx context.Context, src *Plane, w, h int) *Plane {
	dst := dirty(w, h)
	resample(ctx, src.W, src.H, []*Plane{dst}, func(y int, rows [][]float32) { rows[0] = src.Row(y) })
	return dst
}

// ResizeRGB resizes three planes; see Resize.
func ResizeRGB(ctx context.Context, src RGB, w, h int) RGB {
	dst := RGB{dirty(w, h), dirty(w, h), dirty(w, h)}
	resample(ctx, src.W(), src.H(), dst[:], func(y int, rows [][]float32) {
		for i, p := range src {
			rows[i] = p.Row(y)
		}
	})
	return dst
}

// ResizeNRGBA resizes a picture on its gamma-encoded values, with colours weighted by their opacity so that hidden
// colours do not bleed.
func ResizeNRGBA(ctx context.Context, src *image.NRGBA, w, h int) *image.NRGBA {
	planes := []*Plane{dirty(w, h), dirty(w, h), dirty(w, h), dirty(w, h)}
	defer Free(planes...)
	size := src.Bounds().Size()
	resample(ctx, size.X, size.Y, planes, func(y int, rows [][]float32) {
		in := pixelRow(src, y)
		for x := range size.X {
			p := in[4*x : 4*x+4 : 4*x+4]
			a := float32(p[3])
			rows[3][x] = a
			a /= 255
			rows[0][x], rows[1][x], rows[2][x] = a*float32(p[0]), a*float32(p[1]), a*float32(p[2])
		}
	})
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			r, g, b, a := planes[0].Row(y), planes[1].Row(y), planes[2].Row(y), planes[3].Row(y)
			out := pixelRow(dst, y)
			for x := range a {
				if a[x] < 0.5 {
					continue
				}
				k := 255 / a[x]
				p := out[4*x : 4*x+4 : 4*x+4]
				p[0], p[1], p[2], p[3] = round8(r[x]*k), round8(g[x]*k), round8(b[x]*k), round8(a[x])
			}
		}
	})
	return dst
}

// round8 rounds a value of 0…255 and clamps it.
func round8(v float32) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }

// window is the part of the source that makes one result sample.
type window struct {
	first   int
	weights []float32
}

// windows returns the Lanczos-2 windows of every result sample along one axis.
func windows(from, to int) []window {
	ratio := float64(from) / float64(to)
	wide := max(1, ratio)
	out := make([]window, to)
	for i := range out {
		centre := (float64(i)+0.5)*ratio - 0.5
		first := int(math.Ceil(centre - 2*wide))
		last := int(math.Floor(centre + 2*wide))
		lo, hi := max(first, 0), min(last, from-1)
		exact := make([]float64, hi-lo+1)
		total := 0.0
		for j := first; j <= last; j++ {
			v := lanczos2((float64(j) - centre) / wide)
			total += v
			exact[min(max(j, lo), hi)-lo] += v
		}
		weights := make([]float32, len(exact))
		for j, v := range exact {
			weights[j] = float32(v / total)
		}
		out[i] = window{lo, weights}
	}
	return out
}

func lanczos2(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1e-9:
		return 1
	case x >= 2:
		return 0
	}
	a := math.Pi * x
	return 2 * math.Sin(a) * math.Sin(a/2) / (a * a)
}

// resample filters a source of w×h, which load hands out row by row into one slice for each result plane, or instead of it. The
// source is never held as a whole, so that a photo of 50 megapixels costs no planes of that size.
func resample(ctx context.Context, w, h int, dst []*Plane, load func(y int, rows [][]float32)) {
	across, down := windows(w, dst[0].W), windows(h, dst[0].H)
	type scratch struct {
		rows [][]float32   // one source row for each plane
		kept [][][]float32 // filtered rows by plane and row of the band
	}
	begin := func() *scratch {
		s := &scratch{kept: make([][][]float32, len(dst))}
		for range dst {
			s.rows = append(s.rows, make([]float32, w))
		}
		return s
	}
	bands := (dst[0].H + resizeBand - 1) / resizeBand
	Each(ctx, bands, begin, func(s *scratch, i int) {
		y0, y1 := i*resizeBand, min(dst[0].H, (i+1)*resizeBand)
		first, end := down[y0].first, 0
		for y := y0; y < y1; y++ {
			end = max(end, down[y].first+len(down[y].weights))
		}
		for y := first; y < end; y++ {
			load(y, s.rows)
			for k, p := range dst {
				if len(s.kept[k]) <= y-first {
					s.kept[k] = append(s.kept[k], make([]float32, p.W))
				}
			}
			for k := 0; k < len(dst); k += 2 {
				l := min(k+1, len(dst)-1)
				filterRows(s.kept[k][y-first], s.kept[l][y-first], s.rows[k], s.rows[l], across)
			}
		}
		for k, p := range dst {
			for y := y0; y < y1; y++ {
				row := p.Row(y)
				clear(row)
				for j, v := range down[y].weights {
					axpy(row, s.kept[k][down[y].first-first+j], v)
				}
			}
		}
	})
}

// filterRows applies one window for each result sample of two rows, whose sums wait together.
func filterRows(dstA, dstB, srcA, srcB []float32, across []window) {
	dstA, dstB = dstA[:len(across)], dstB[:len(across)]
	for x, win := range across {
		a, b := srcA[win.first:], srcB[win.first:]
		a, b = a[:len(win.weights)], b[:len(win.weights)]
		var sumA, sumB float32
		for j, v := range win.weights {
			sumA += v * a[j]
			sumB += v * b[j]
		}
		dstA[x], dstB[x] = sumA, sumB
	}
}

// axpy adds k·a to d.
func axpy(d, a []float32, k float32) {
	a = a[:len(d)]
	for j := range d {
		d[j] += k * a[j]
	}
}

// Enlarge returns src at w×h by bilinear interpolation between sample centres.
func Enlarge(ctx context.Context, src *Plane, w, h int) *Plane {
	return enlarge(ctx, src, w, h, float32(src.W)/float32(w), float32(src.H)/float32(h))
}

// enlarge is Enlarge with the source step per result sample given, for copies whose last block was not full.
func enlarge(ctx context.Context, src *Plane, w, h int, stepX, stepY float32) *Plane {
	e := newEnlargement(src.W, src.H, w, stepX, stepY)
	dst := dirty(w, h)
	scratch := func() []float32 { return make([]float32, src.W) }
	RowsWith(ctx, h, scratch, func(mid []float32, y0, y1 int) {
		for y := y0; y < y1; y++ {
			e.row(dst.Row(y), mid, src, y)
		}
	})
	return dst
}

// enlargement says between which source samples each result sample lies.
type enlargement struct {
	left, right []int
	part        []float32
	h           int // of the source
	step        float32
}

func newEnlargement(w, h, to int, stepX, stepY float32) *enlargement {
	e := &enlargement{make([]int, to), make([]int, to), make([]float32, to), h, stepY}
	for x := range to {
		e.left[x], e.right[x], e.part[x] = between(x, stepX, w)
	}
	return e
}

// row writes row y of the result. mid is room for a row of the source.
func (e *enlargement) row(dst, mid []float32, src *Plane, y int) {
	i, j, f := between(y, e.step, e.h)
	upper, lower := src.Row(i)[:len(mid)], src.Row(j)[:len(mid)]
	for x := range mid {
		mid[x] = upper[x] + f*(lower[x]-upper[x])
	}
	l, r, p := e.left[:len(dst)], e.right[:len(dst)], e.part[:len(dst)]
	for x := range dst {
		a := mid[l[x]]
		dst[x] = a + p[x]*(mid[r[x]]-a)
	}
}

// between returns the two source samples around a result sample and how far it lies towards the second.
func between(i int, step float32, n int) (int, int, float32) {
	v := min(max((float32(i)+0.5)*step-0.5, 0), float32(n-1))
	a := int(v)
	return a, min(a+1, n-1), v - float32(a)
}

// Shrink returns the means of n×n blocks: ceil(W/n)×ceil(H/n) samples. Blocks at the right and bottom edge that are
// not full count only the samples they have.
func Shrink(ctx context.Context, src *Plane, n int) *Plane {
	if n <= 1 {
		return src.Clone()
	}
	dst := dirty((src.W+n-1)/n, (src.H+n-1)/n)
	scratch := func() []float32 { return make([]float32, src.W) }
	RowsWith(ctx, dst.H, scratch, func(sum []float32, y0, y1 int) {
		for y := y0; y < y1; y++ {
			clear(sum)
			last := min(src.H, (y+1)*n)
			for i := y * n; i < last; i++ {
				axpy(sum, src.Row(i), 1)
			}
			row := dst.Row(y)
			for x := range row {
				part := sum[x*n : min(src.W, (x+1)*n)]
				var total float32
				for _, v := range part {
					total += v
				}
				row[x] = total / float32(len(part)*(last-y*n))
			}
		}
	})
	return dst
}
