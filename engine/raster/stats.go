package raster

import "math"

// bins is the number of histogram bins between the least and the greatest sample.
const bins = 4096

// inside is the mask value above which a sample counts.
const inside = 0.5

// Percentile returns the value below which the share q (0…1) of the samples lies, interpolated within one of 4096
// bins between the least and the greatest sample. Where mask is given only samples with mask above 0.5 count; without
// any the result is 0.
func (p *Plane) Percentile(q float32, mask *Plane) float32 { return p.Percentiles(mask, q)[0] }

// Percentiles is Percentile for several shares at once, in the time of one.
func (p *Plane) Percentiles(mask *Plane, shares ...float32) []float32 {
	out := make([]float32, len(shares))
	lo, hi, n := p.spread(mask)
	if n == 0 {
		return out
	}
	var count [bins]int32
	scale := bins / (hi - lo)
	if hi > lo {
		p.count(&count, mask, lo, scale)
	}
	for i, q := range shares {
		out[i] = lo
		if hi > lo {
			out[i] = below(&count, lo, hi, scale, float64(Clamp(q, 0, 1))*float64(n))
		}
	}
	return out
}

// count sorts the samples into bins.
func (p *Plane) count(to *[bins]int32, mask *Plane, lo, scale float32) {
	if mask == nil {
		for _, v := range p.P {
			to[min(uint32((v-lo)*scale), bins-1)]++
		}
		return
	}
	m := mask.P[:len(p.P)]
	for i, v := range p.P {
		if m[i] > inside {
			to[min(uint32((v-lo)*scale), bins-1)]++
		}
	}
}

// below is the value below which so many samples lie.
func below(count *[bins]int32, lo, hi, scale float32, want float64) float32 {
	seen := 0.0
	for i, c := range count {
		if c > 0 && seen+float64(c) >= want {
			part := (want - seen) / float64(c)
			return lo + float32(float64(i)+part)/scale
		}
		seen += float64(c)
	}
	return hi
}

// spread returns the least and greatest sample and how many count.
func (p *Plane) spread(mask *Plane) (lo, hi float32, n int) {
	// Comparing is several times as fast as min and max, which mind values that are no numbers.
	lo, hi = math.MaxFloat32, -math.MaxFloat32
	if mask == nil {
		for _, v := range p.P {
			if v < lo {
				lo = v
			}
			if v > hi {
				hi = v
			}
		}
		n = len(p.P)
	} else {
		m := mask.P[:len(p.P)]
		for i, v := range p.P {
			if m[i] <= inside {
				continue
			}
			n++
			if v < lo {
				lo = v
			}
			if v > hi {
				hi = v
			}
		}
	}
	if n == 0 {
		return 0, 0, 0
	}
	return lo, hi, n
}

// Mean returns the mean of all samples, or of those with mask above 0.5; 0 when there are none.
func (p *Plane) Mean(mask *Plane) float32 {
	sum, n := 0.0, 0
	for i, v := range p.P {
		if mask == nil || mask.P[i] > inside {
			sum += float64(v)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return float32(sum / float64(n))
}

// Smoothstep rises smoothly from 0 at a to 1 at b; with a > b it falls from 1 at b to 0 at a.
func Smoothstep(a, b, x float32) float32 {
	switch { // what lies beyond either end needs no division
	case a < b:
		if x <= a {
			return 0
		}
		if x >= b {
			return 1
		}
	case a > b:
		if x >= a {
			return 0
		}
		if x <= b {
			return 1
		}
	default:
		if x < a {
			return 0
		}
		return 1
	}
	t := (x - a) / (b - a)
	return t * t * (3 - 2*t)
}

// Clamp limits x to lo…hi. It compares: max and min also mind values that are no numbers, which takes several times as long.
func Clamp(x, lo, hi float32) float32 {
	if x <= lo {
		x = lo
	}
	if x >= hi {
		x = hi
	}
	return x
}
