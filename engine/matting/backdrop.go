package matting

import (
	"math"
	"slices"

	"easel/engine/raster"
)

// Scales of the belief that what is joined to the frame is background, in the views' OKLab.
const (
	alike   = 0.09 // colours this far apart are about one
	reached = 0.25 // regions this far apart, in shares of the frame, still contrast with each other
	bound   = 1.0  // length on the frame over the root of the area from which a region is background
)

// freed is how much each pixel of the view stands free of the frame, 0…1: regions that are joined to much of it through
// regions of like colours are background, and what differs from those is not (Zhu and others, "Saliency Optimization
// from Robust Background Detection", CVPR 2014).
func (v *view) freed() *raster.Plane {
	r := v.divide()
	bg := r.background()
	fg := r.contrast(bg)
	s := r.settle(bg, fg)
	out := raster.New(v.w, v.h)
	for i, l := range r.label {
		out.P[i] = s[l]
	}
	return out
}

// background is the weight with which each region belongs to the frame.
func (r *regions) background() []float32 {
	n := len(r.area)
	gap := make([][]float32, n) // colour steps to the neighbours
	var least []float32
	for i, next := range r.next {
		low := float32(math.MaxFloat32)
		for _, j := range next {
			d := r.apart(i, int(j))
			gap[i] = append(gap[i], d)
			low = min(low, d)
		}
		if len(next) > 0 {
			least = append(least, low)
		}
	}
	slices.Sort(least)
	free := float32(0) // steps as small as between like neighbours cost nothing
	if len(least) > 0 {
		free = least[len(least)/2]
	}
	out := make([]float32, n)
	var rims []int
	for i, on := range r.rim {
		if on {
			rims = append(rims, i)
		}
	}
	for i := range out {
		way := r.walk(i, gap, free, rims)
		area, length := float32(0), float32(0)
		for j, d := range way {
			like := fall(d, alike)
			area += like
			if r.rim[j] {
				length += like
			}
		}
		c := length / float32(math.Sqrt(float64(max(area, 1e-6))))
		out[i] = 1 - fall(c, bound)
	}
	return out
}

// fall is a Gaussian of d with spread s, 1 at 0.
func fall(d, s float32) float32 {
	q := d / s
	return float32(math.Exp(float64(-0.5 * q * q)))
}

// apart is the distance of two regions' colours.
func (r *regions) apart(i, j int) float32 {
	return float32(math.Sqrt(float64(hue(&r.colour[i], &r.colour[j]))))
}

// walk is the cost of the cheapest way from a region to each other one. All regions on the frame are neighbours.
func (r *regions) walk(start int, gap [][]float32, free float32, rims []int) []float32 {
	n := len(r.area)
	cost, done := make([]float32, n), make([]bool, n)
	for i := range cost {
		cost[i] = math.MaxFloat32
	}
	cost[start] = 0
	for range n {
		at := -1
		for i, c := range cost {
			if !done[i] && c < math.MaxFloat32 && (at < 0 || c < cost[at]) {
				at = i
			}
		}
		if at < 0 {
			break
		}
		done[at] = true
		for k, j := range r.next[at] {
			cost[j] = min(cost[j], cost[at]+max(0, gap[at][k]-free))
		}
		if r.rim[at] {
			for _, j := range rims {
				cost[j] = min(cost[j], cost[at]+max(0, r.apart(at, j)-free))
			}
		}
	}
	return cost
}

// contrast is how much each region differs from the background about it, 0…1.
func (r *regions) contrast(bg []float32) []float32 {
	out := make([]float32, len(bg))
	most := float32(1e-6)
	for i := range out {
		for j := range out {
			dx, dy := r.x[i]-r.x[j], r.y[i]-r.y[j]
			near := fall(float32(math.Sqrt(float64(dx*dx+dy*dy))), reached)
			out[i] += r.apart(i, j) * near * bg[j] * r.area[j]
		}
		most = max(most, out[i])
	}
	for i := range out {
		out[i] /= most
	}
	return out
}

// settle finds the values, 0…1, that agree best with both weights and with their neighbours'.
func (r *regions) settle(bg, fg []float32) []float32 {
	s := slices.Clone(fg)
	for range 200 {
		for i := range s {
			up, down := fg[i], bg[i]+fg[i]
			for _, j := range r.next[i] {
				w := fall(r.apart(i, int(j)), alike) + 0.1
				up += w * s[j]
				down += w
			}
			s[i] = up / max(down, 1e-6)
		}
	}
	most := float32(1e-6)
	for _, x := range s {
		most = max(most, x)
	}
	for i := range s {
		s[i] = raster.Clamp(s[i]/most, 0, 1)
	}
	return s
}
