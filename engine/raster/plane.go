// Package raster holds the pixels and the kernels that every engine shares: float32 planes, row scheduling over the
// cores, filters, direction fields, resampling and colour.
//
// Kernels take a context. When it ends they return early and their result is unspecified; callers check ctx.Err()
// at the end of each stage and throw the result away. Results do not depend on the number of cores.
package raster

import (
	"image"
	"math/bits"
	"sync"
)

// Plane is one channel of W×H samples in row order, with a stride of W and no padding. Samples of a colour channel
// lie in 0…1; other planes say their range.
type Plane struct {
	W, H int
	P    []float32
}

const (
	leastPooled = 10 // planes of up to 2^10 samples are left to the garbage collector
	classSteps  = 8  // size classes between two powers of two: at most an eighth of a plane is spare
	classes     = classSteps * 24
)

// pools keeps freed samples by size class, so that a style that runs again at about the same size allocates nothing.
// There are few classes: one pool for each length would stay for ever, and photos come in all sizes.
var pools [classes]sync.Pool

// class returns the size class that holds n samples and its capacity; −1 when planes of n samples are not kept.
func class(n int) (index, size int) {
	top := bits.Len(uint(max(n, 1) - 1)) // 2^(top−1) < n ≤ 2^top
	if top <= leastPooled || top > leastPooled+classes/classSteps {
		return -1, n
	}
	low := 1 << (top - 1)
	step := low / classSteps
	k := (n - low + step - 1) / step
	return (top-leastPooled-1)*classSteps + k - 1, low + k*step
}

// New returns a plane of zeros.
func New(w, h int) *Plane {
	p := dirty(w, h)
	clear(p.P)
	return p
}

// dirty returns a plane whose samples are whatever they were; for kernels that write every sample.
func dirty(w, h int) *Plane {
	n := w * h
	index, size := class(n)
	if index >= 0 {
		if p, ok := pools[index].Get().(*Plane); ok {
			p.W, p.H, p.P = w, h, p.P[:n]
			return p
		}
	}
	return &Plane{W: w, H: h, P: make([]float32, n, size)}
}

// Free hands the plane's memory back. The plane must not be used afterwards. Freeing nil does nothing.
func (p *Plane) Free() {
	if p == nil || p.P == nil {
		return
	}
	samples := p.P[:cap(p.P)]
	p.P = nil
	// Samples that New did not make have other capacities and are left to the garbage collector.
	if index, size := class(len(samples)); index >= 0 && size == len(samples) {
		pools[index].Put(&Plane{P: samples})
	}
}

// Free hands several planes back at once.
func Free(planes ...*Plane) {
	for _, p := range planes {
		p.Free()
	}
}

// Clone returns a copy.
func (p *Plane) Clone() *Plane {
	q := dirty(p.W, p.H)
	copy(q.P, p.P)
	return q
}

// Crop returns a copy of the part in a box, which lies in the plane.
func (p *Plane) Crop(box image.Rectangle) *Plane {
	q := dirty(box.Dx(), box.Dy())
	for y := range q.H {
		copy(q.Row(y), p.Row(box.Min.Y + y)[box.Min.X:box.Max.X])
	}
	return q
}

// Row returns row y, capped so that appending to it cannot reach the next row.
func (p *Plane) Row(y int) []float32 {
	i := y * p.W
	return p.P[i : i+p.W : i+p.W]
}

// Fill sets every sample to v.
func (p *Plane) Fill(v float32) {
	for i := range p.P {
		p.P[i] = v
	}
}

// At returns the sample at (x, y); outside the plane it is the nearest edge sample.
func (p *Plane) At(x, y int) float32 {
	return p.P[min(max(y, 0), p.H-1)*p.W+min(max(x, 0), p.W-1)]
}

// Sample interpolates bilinearly at (x, y), where whole numbers are sample centres; outside it is the edge.
func (p *Plane) Sample(x, y float32) float32 {
	x = min(max(x, 0), float32(p.W-1))
	y = min(max(y, 0), float32(p.H-1))
	x0, y0 := int(x), int(y)
	fx, fy := x-float32(x0), y-float32(y0)
	x1, y1 := min(x0+1, p.W-1), min(y0+1, p.H-1)
	a, b := p.P[y0*p.W:], p.P[y1*p.W:]
	top := a[x0] + fx*(a[x1]-a[x0])
	bottom := b[x0] + fx*(b[x1]-b[x0])
	return top + fy*(bottom-top)
}

// RGB is a colour picture as three planes of one size: gamma-encoded sRGB in 0…1 unless a name says linear.
type RGB [3]*Plane

// NewRGB returns three planes of zeros.
func NewRGB(w, h int) RGB { return RGB{New(w, h), New(w, h), New(w, h)} }

// W is the width in samples.
func (c RGB) W() int { return c[0].W }

// H is the height in samples.
func (c RGB) H() int { return c[0].H }

// Clone returns a copy.
func (c RGB) Clone() RGB { return RGB{c[0].Clone(), c[1].Clone(), c[2].Clone()} }

// Crop returns a copy of the part in a box, which lies in the planes.
func (c RGB) Crop(box image.Rectangle) RGB {
	return RGB{c[0].Crop(box), c[1].Crop(box), c[2].Crop(box)}
}

// Free hands the planes back.
func (c RGB) Free() { Free(c[0], c[1], c[2]) }
