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

// stretch scales a plane from 0…its 98th percentile to 0…1.
func stretch(p *raster.Plane) {
	k := 1 / max(p.Percentile(0.98, nil), 1e-6)
	for i, v := range p.P {
		p.P[i] = raster.Clamp(v*k, 0, 1)
	}
}

// scans over the pixels, forth and back in turn: more change next to nothing.
const scans = 4

// barrier is the minimum barrier distance from the frame: over paths from the border to a pixel, the least difference
// between the largest and the smallest sample on the way, approximated by raster scans.
func barrier(src *raster.Plane) *raster.Plane {
	w, h := src.W, src.H
	d := raster.New(w, h)
	high, low := append([]float32(nil), src.P...), append([]float32(nil), src.P...)
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			d.P[y*w+x] = math.MaxFloat32
		}
	}
	try := func(i, j int) {
		top, bottom := max(high[j], src.P[i]), min(low[j], src.P[i])
		if b := top - bottom; b < d.P[i] {
			d.P[i], high[i], low[i] = b, top, bottom
		}
	}
	for scan := range scans {
		if scan%2 == 0 {
			for y := 1; y < h-1; y++ {
				for x := 1; x < w-1; x++ {
					try(y*w+x, y*w+x-1)
					try(y*w+x, y*w+x-w)
				}
			}
			continue
		}
		for y := h - 2; y > 0; y-- {
			for x := w - 2; x > 0; x-- {
				try(y*w+x, y*w+x+1)
				try(y*w+x, y*w+x+w)
			}
		}
	}
	return d
}

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
