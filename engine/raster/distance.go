package raster

import (
	"context"
	"math"
)

// Distance returns the exact Euclidean distance in pixels from each sample to the nearest one whose mask is above
// 0.5 (Felzenszwalb and Huttenlocher 2012). Without any such sample every distance is W + H.
func Distance(ctx context.Context, mask *Plane) *Plane {
	w, h := mask.W, mask.H
	none := float32(w + h)
	down := dirty(w, h) // distance to the nearest masked sample in the same column
	defer down.Free()
	tiles := (w + tileColumns - 1) / tileColumns
	Each(ctx, tiles, func() struct{} { return struct{}{} }, func(_ struct{}, i int) {
		columnDistance(down, mask, i*tileColumns, min(w, (i+1)*tileColumns), none)
	})
	dst := dirty(w, h)
	RowsWith(ctx, h, func() *envelope { return newEnvelope(w) }, func(e *envelope, y0, y1 int) {
		for y := y0; y < y1; y++ {
			e.run(dst.Row(y), down.Row(y), none)
		}
	})
	return dst
}

// columnDistance sweeps columns x0…x1 down and up.
func columnDistance(dst, mask *Plane, x0, x1 int, none float32) {
	for y := range mask.H {
		d, m := dst.Row(y)[x0:x1], mask.Row(y)[x0:x1]
		for x, v := range m {
			switch {
			case v > inside:
				d[x] = 0
			case y == 0:
				d[x] = none
			default:
				d[x] = min(none, dst.P[(y-1)*dst.W+x0+x]+1)
			}
		}
	}
	for y := mask.H - 2; y >= 0; y-- {
		d, below := dst.Row(y)[x0:x1], dst.Row(y + 1)[x0:x1]
		for x, v := range below {
			d[x] = min(d[x], v+1)
		}
	}
}

// envelope is the lower envelope of the parabolas that stand on a row.
type envelope struct {
	at    []int     // columns of the parabolas
	from  []float64 // where each becomes the lowest
	value []float64 // squared distances down the columns
}

func newEnvelope(w int) *envelope {
	return &envelope{at: make([]int, w), from: make([]float64, w+1), value: make([]float64, w)}
}

func (e *envelope) run(dst, down []float32, none float32) {
	n := 0
	for x, v := range down {
		if v >= none {
			continue
		}
		f := float64(v) * float64(v)
		e.value[x] = f
		start := math.Inf(-1)
		for n > 0 {
			p := e.at[n-1]
			start = (f + float64(x*x) - e.value[p] - float64(p*p)) / float64(2*(x-p))
			if start > e.from[n-1] {
				break
			}
			n--
			start = math.Inf(-1)
		}
		e.at[n], e.from[n] = x, start
		n++
	}
	if n == 0 {
		for x := range dst {
			dst[x] = none
		}
		return
	}
	k := 0
	for x := range dst {
		for k+1 < n && e.from[k+1] <= float64(x) {
			k++
		}
		p := e.at[k]
		dst[x] = float32(math.Sqrt(float64((x-p)*(x-p)) + e.value[p]))
	}
}
