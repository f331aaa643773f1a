package matting

import (
	"context"
	"math"

	"easel/engine/raster"
)

// saliency is how much each pixel of the view stands out from the frame's border, 0…1: the minimum barrier distance
// of Zhang and others (MB+, ICCV 2015) plus the colour's distance from the border strips.
func (v *view) saliency(ctx context.Context) *raster.Plane {
	distance := barrier(v.lab[0])
	for _, p := range v.lab[1:] {
		more := barrier(p)
		for i, d := range more.P {
			distance.P[i] += d
		}
		more.Free()
	}
	strips := v.borderContrast()
	stretch(distance)
	stretch(strips)
	for y := range v.h {
		for x := range v.w {
			i := y*v.w + x
			dx := (float32(x) - float32(v.w)/2) / (0.5 * float32(v.w))
			dy := (float32(y) - float32(v.h)/2) / (0.5 * float32(v.h))
			distance.P[i] = (distance.P[i] + strips.P[i]) * float32(math.Exp(float64(-0.5*(dx*dx+dy*dy))))
		}
	}
	strips.Free()
	smooth := raster.Guided(ctx, v.lab[0], distance, 8, 0.004)
	distance.Free()
	stretch(smooth)
	return smooth
}

// standing is how much each pixel stands out from what is surely not the subject, 0…1: by the barrier between the two and
// by how unlike any of those colours it is. Where nothing is sure it is what stands out from the rim.
func (v *view) standing(ctx context.Context, given *belief, rim *raster.Plane) *raster.Plane {
	var ground []int32
	from := make([]bool, len(given.fixed))
	for i, f := range given.fixed {
		if from[i] = f < 0; from[i] {
			ground = append(ground, int32(i))
		}
	}
	if len(ground) < 20 {
		return rim.Clone()
	}
	walls := v.walls(v.lab, from)
	m := v.model(ground, nil, groundParts, 3, raster.Rand(uint64(len(ground)), "standing", 0))
	unlike := raster.New(v.w, v.h)
	for i := range unlike.P {
		if !from[i] {
			k, _ := m.best(&v.pixel[i])
			unlike.P[i] = float32(math.Sqrt(float64(m.parts[k].mahalanobis(&v.pixel[i], 3))))
		}
	}
	stretch(walls)
	stretch(unlike)
	for i, u := range unlike.P {
		walls.P[i] += u
	}
	smooth := raster.Guided(ctx, v.lab[0], walls, 8, 0.004)
	raster.Free(walls, unlike)
	stretch(smooth)
	return smooth
}

// walls is the sum of the three channels' barriers from some pixels.
func (v *view) walls(channels raster.RGB, from []bool) *raster.Plane {
	sum := raster.New(v.w, v.h)
	for _, p := range channels {
		more := barrierFrom(p, from)
		for i, d := range more.P {
			sum.P[i] += d
		}
		more.Free()
	}
	return sum
}

// stretch scales a plane from 0…its 98th percentile to 0…1.
func stretch(p *raster.Plane) {
	k := 1 / max(p.Percentile(0.98, nil), 1e-6)
	for i, v := range p.P {
		p.P[i] = raster.Clamp(v*k, 0, 1)
	}
}

// scans over the pixels, forth and back in turn: more change next to nothing.
const scans = 4

// barrier is the minimum barrier distance from the frame.
func barrier(src *raster.Plane) *raster.Plane {
	rim := make([]bool, len(src.P))
	for i := range rim {
		x, y := i%src.W, i/src.W
		rim[i] = x == 0 || y == 0 || x == src.W-1 || y == src.H-1
	}
	return barrierFrom(src, rim)
}

// barrierFrom is the minimum barrier distance from some pixels: over paths from them to a pixel, the least difference
// between the largest and the smallest sample on the way, approximated by raster scans. Without such pixels it is as large
// as samples differ.
func barrierFrom(src *raster.Plane, from []bool) *raster.Plane {
	w, h := src.W, src.H
	d := raster.New(w, h)
	high, low := append([]float32(nil), src.P...), append([]float32(nil), src.P...)
	for i, is := range from {
		if !is {
			d.P[i] = unreached
		}
	}
	for scan := range scans {
		for n := range h {
			y, back := n, -1
			if scan%2 == 1 {
				y, back = h-1-n, 1
			}
			row := wave{d.Row(y), high[y*w : (y+1)*w], low[y*w : (y+1)*w], src.Row(y)}
			before := wave{}
			if at := y + back; at >= 0 && at < h {
				before = wave{d: d.Row(at), high: high[at*w : (at+1)*w], low: low[at*w : (at+1)*w]}
			}
			row.pass(before, back)
		}
	}
	for i, v := range d.P {
		if v == unreached {
			d.P[i] = 1
		}
	}
	return d
}

// wave is a row of barriers, with the largest and the smallest sample on the way to each pixel, and the row's own samples.
type wave struct{ d, high, low, own []float32 }

// pass takes over lower barriers along the row, from its first pixel on where back is -1, else from its last, and from the row
// that was passed before, which is empty for the first.
func (r wave) pass(before wave, back int) {
	x, w := 0, len(r.d)
	if back > 0 {
		x = w - 1
	}
	d, high, low := float32(unreached), float32(0), float32(0) // of the pixel before
	for range w {
		v, here, top, bottom := r.own[x], r.d[x], r.high[x], r.low[x]
		if d != unreached {
			if h, l := greater(high, v), lesser(low, v); h-l < here {
				here, top, bottom = h-l, h, l
			}
		}
		if before.d != nil && before.d[x] != unreached {
			if h, l := greater(before.high[x], v), lesser(before.low[x], v); h-l < here {
				here, top, bottom = h-l, h, l
			}
		}
		r.d[x], r.high[x], r.low[x] = here, top, bottom
		d, high, low = here, top, bottom
		x -= back
	}
}

// greater and lesser compare, which is several times as fast as max and min, which mind values that are no numbers.
func greater(a, b float32) float32 {
	if b > a {
		return b
	}
	return a
}

func lesser(a, b float32) float32 {
	if b < a {
		return b
	}
	return a
}

// unreached is farther than any barrier.
const unreached = math.MaxFloat32

// borderContrast is the distance of each pixel's colour from the colours of the four border strips: the sum of the
// four, each scaled to 1, without the largest, because one strip may lie on the subject.
func (v *view) borderContrast() *raster.Plane {
	sx, sy := max(1, v.w/10), max(1, v.h/10)
	strips := [4][4]int{{0, 0, v.w, sy}, {0, v.h - sy, v.w, v.h}, {0, 0, sx, v.h}, {v.w - sx, 0, v.w, v.h}}
	out := raster.New(v.w, v.h)
	most := raster.New(v.w, v.h)
	gap := raster.New(v.w, v.h)
	for _, s := range strips {
		var m moments
		for y := s[1]; y < s[3]; y++ {
			for x := s[0]; x < s[2]; x++ {
				m.add(&v.pixel[y*v.w+x], 3)
			}
		}
		g := m.gaussian(3, m.n)
		for i := range gap.P {
			gap.P[i] = float32(math.Sqrt(float64(g.mahalanobis(&v.pixel[i], 3))))
		}
		stretch(gap)
		for i, d := range gap.P {
			out.P[i] += d
			most.P[i] = max(most.P[i], d)
		}
	}
	for i, d := range most.P {
		out.P[i] -= d
	}
	raster.Free(most, gap)
	return out
}
