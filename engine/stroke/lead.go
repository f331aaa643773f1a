package stroke

import "easel/engine/raster"

// cell is the side of a coarse cell: the eye that judges whether a place is dark enough does not see single pixels.
const cell = 3

// Lead is what a stroke leaves on paper. The zero value is graphite.
type Lead struct {
	Smooth float32 // 0…1: how little the paper's grain shows; 1 is a pen
}

// deposit lays the nib's coverage on the density plane and keeps the coarse means of low (when not nil) in step with
// it. Light pressure catches only the peaks of the paper, heavy pressure fills the valleys. The nib is clean afterwards.
func (l Lead) deposit(n *nib, density, height *raster.Plane, low *raster.Plane, dark float32) {
	w := n.box.Dx()
	for r := range n.box.Dy() {
		lo, hi := n.lo[r], n.hi[r]
		if lo >= hi {
			continue
		}
		y := n.box.Min.Y + r
		cover := n.cover[r*w+lo : r*w+hi]
		ink := density.Row(y)[n.box.Min.X+lo:][:len(cover)]
		grain := height.Row(y)[n.box.Min.X+lo:][:len(cover)]
		x0 := n.box.Min.X + lo
		for i, v := range cover {
			if v == 0 {
				continue
			}
			cover[i] = 0
			by := ink[i] * v * dark
			if dark > 0 {
				t := min(max((grain[i]-0.45+1.15*v)*1.25, 0), 1)
				t = t * t * (3 - 2*t)
				t += (1 - t) * l.Smooth
				by = t * v * dark * (1 - ink[i])
			}
			ink[i] += by
			if low != nil {
				low.P[min(y/cell, low.H-1)*low.W+min((x0+i)/cell, low.W-1)] += by * (1.0 / (cell * cell))
			}
		}
	}
}
