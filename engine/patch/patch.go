// Package patch finds for every small square of a picture the square elsewhere that looks most like it: nearest-neighbour
// fields as in PatchMatch (Barnes, Shechtman, Finkelstein, Goldman 2009). Filling holes and making texture build on it.
package patch

import "easel/engine/raster"

// A patch is a square of Side×Side pixels around its centre.
const (
	Radius = 3
	Side   = 2*Radius + 1
	row    = 3 * Side // samples of one row of a patch
)

// Pixels is a picture with its channels side by side, so that a patch's row is one run of memory: P[3*(y*W+x)+c], gamma
// sRGB in 0…1.
type Pixels struct {
	W, H int
	P    []float32
}

// NewPixels returns a black picture.
func NewPixels(w, h int) *Pixels { return &Pixels{w, h, make([]float32, 3*w*h)} }

// FromRGB returns the planes' pixels.
func FromRGB(c raster.RGB) *Pixels {
	p := NewPixels(c.W(), c.H())
	for i := range c[0].P {
		p.P[3*i], p.P[3*i+1], p.P[3*i+2] = c[0].P[i], c[1].P[i], c[2].P[i]
	}
	return p
}

// RGB returns the pixels as planes.
func (p *Pixels) RGB() raster.RGB {
	c := raster.NewRGB(p.W, p.H)
	for i := range c[0].P {
		c[0].P[i], c[1].P[i], c[2].P[i] = p.P[3*i], p.P[3*i+1], p.P[3*i+2]
	}
	return c
}

// Inner reports whether the patch around (x, y) lies wholly inside the picture.
func (p *Pixels) Inner(x, y int) bool {
	return x >= Radius && y >= Radius && x < p.W-Radius && y < p.H-Radius
}

// Distance returns the sum of squared differences of two patches, given by the indices of their centres (y*W+x), both
// inner. It stops as soon as the sum is over limit.
func (p *Pixels) Distance(a, b int32, limit float32) float32 {
	stride := 3 * p.W
	first := 3*Radius*p.W + 3*Radius
	ia, ib := 3*int(a)-first, 3*int(b)-first
	var sum float32
	for range Side {
		ra, rb := (*[row]float32)(p.P[ia:]), (*[row]float32)(p.P[ib:])
		var s, t float32 // two sums, so that one addition need not wait for the other
		for i := 0; i < row-1; i += 2 {
			d, e := ra[i]-rb[i], ra[i+1]-rb[i+1]
			s += d * d
			t += e * e
		}
		d := ra[row-1] - rb[row-1]
		sum += s + t + d*d
		if sum > limit {
			return sum
		}
		ia, ib = ia+stride, ib+stride
	}
	return sum
}

// Variance returns the mean of the channels' variances in an inner patch, given by the index of its centre.
func (p *Pixels) Variance(at int32) float32 {
	var sum, squares [3]float32
	for dy := -Radius; dy <= Radius; dy++ {
		line := p.P[3*(int(at)+dy*p.W-Radius):][:row]
		for i, v := range line {
			sum[i%3] += v
			squares[i%3] += v * v
		}
	}
	const n = Side * Side
	var all float32
	for c := range sum {
		mean := sum[c] / n
		all += squares[c]/n - mean*mean
	}
	return max(all/3, 0)
}

// Field says for each target pixel which source patch looks most like the patch around it.
type Field struct {
	W, H     int
	Source   []int32   // index of the source's centre; −1 where the pixel is no target
	Distance []float32 // sum of squared differences; as Source
}
