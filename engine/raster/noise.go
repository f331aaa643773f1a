package raster

import (
	"context"
	"image"
	"math"
)

// White returns noise of 0…1 that depends on nothing but the seed and the lattice point.
func White(seed uint64, x, y int) float32 {
	return float32(Hash(seed, x, y)>>40) / (1 << 24)
}

// FBM returns a field of fractal value noise with mean 0.5 within 0…1: octaves that each halve wavelength and
// strength, the first with a wavelength of length pixels. Sample (x, y) equals FBMAt(x, y, …).
func FBM(ctx context.Context, w, h int, length float32, octaves int, seed uint64) *Plane {
	return FBMEvery(ctx, image.Rect(0, 0, w, h), 1, length, octaves, seed)
}

// FBMEvery returns the samples of FBM's field at every step-th pixel of the endless sheet: sample (x, y) of the plane equals
// FBMAt(step·(r.Min.X+x), step·(r.Min.Y+y), …). Lattice values are shared along rows, which makes it many times faster.
func FBMEvery(ctx context.Context, r image.Rectangle, step int, length float32, octaves int, seed uint64) *Plane {
	w, h := r.Dx(), r.Dy()
	dst := dirty(w, h)
	columns := make([][]latticePoint, octaves)
	for o := range columns {
		columns[o] = make([]latticePoint, w)
		for x := range w {
			columns[o][x] = lattice(float32(step*(r.Min.X+x)), length, o)
		}
	}
	widest := columns[octaves-1][w-1].i - columns[octaves-1][0].i + 2
	RowsWith(ctx, h, func() []float32 { return make([]float32, widest) }, func(line []float32, y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := dst.Row(y)
			clear(row)
			amplitude := float32(1)
			for o, column := range columns {
				v, first := lattice(float32(step*(r.Min.Y+y)), length, o), column[0].i
				for i := range column[w-1].i - first + 2 {
					line[i] = latticeValue(seed, o, first+i, v)
				}
				for x := range row {
					p := column[x]
					a := line[p.i-first]
					row[x] += float32(amplitude * mix(a, line[p.i-first+1], p.fade))
				}
				amplitude /= 2
			}
			total := 2 - 2*amplitude
			for x, v := range row {
				row[x] = v/total + 0.5
			}
		}
	})
	return dst
}

// FBMAt returns the field of FBM at one point. It depends on x/length and y/length only, so a drawing rendered larger
// meets the same noise.
func FBMAt(x, y, length float32, octaves int, seed uint64) float32 {
	var sum float32
	amplitude := float32(1)
	for o := range octaves {
		u, v := lattice(x, length, o), lattice(y, length, o)
		a := latticeValue(seed, o, u.i, v)
		sum += float32(amplitude * mix(a, latticeValue(seed, o, u.i+1, v), u.fade))
		amplitude /= 2
	}
	return sum/(2-2*amplitude) + 0.5
}

// latticePoint is the lattice cell of a coordinate and the eased position in it.
type latticePoint struct {
	i    int
	fade float32
}

// lattice finds the cell for one octave; the easing is the quintic of Perlin 2002.
func lattice(x, length float32, octave int) latticePoint {
	u := float64(x) / float64(length) * float64(int(1)<<octave)
	f := math.Floor(u)
	t := float32(u - f)
	return latticePoint{int(f), t * t * t * (float32(t*(float32(t*6)-15)) + 10)}
}

// mix goes from a to b. The conversion keeps processors that can from fusing the product into the sum: the plane and
// the single point must agree to the bit, and a drawing must not depend on the machine.
func mix(a, b, t float32) float32 { return a + float32(t*(b-a)) }

// latticeValue interpolates between two lattice points above each other; −0.5…0.5.
func latticeValue(seed uint64, octave, i int, v latticePoint) float32 {
	s := seed + uint64(octave)*0xd6e8feb86659fd93
	a := White(s, i, v.i)
	return mix(a, White(s, i, v.i+1), v.fade) - 0.5
}
