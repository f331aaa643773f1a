package raster

import (
	"context"
	"math"

	"easel/engine/raster/vec"
)

const (
	sectors    = 8
	directions = 64 // steps of the ellipse's direction over half a turn
	stretches  = 12 // steps of its anisotropy from 0 to 1

	kuwaharaBand = 64 // rows that are worked from one copy of their pixels
)

// ellipse lists the pixels of the eight sectors, and their weights in the sector's mean.
type ellipse [sectors][]vec.Spoke

// Kuwahara returns the anisotropic Kuwahara filter of radius r pixels (Kyprianidis 2009, polynomial weights of
// 2010): each pixel takes the mean of the calmest of eight sectors of an ellipse that follows the flow. It flattens
// texture to brush-like patches and keeps edges. Directions are rounded to 1/64 of half a turn.
func Kuwahara(ctx context.Context, c RGB, f *Flow, r float32) RGB {
	return KuwaharaWithin(ctx, c, f, r, nil)
}

// KuwaharaWithin is Kuwahara where a plane is above 0, and c elsewhere, in the time of those parts alone. Where is nil
// for everywhere.
func KuwaharaWithin(ctx context.Context, c RGB, f *Flow, r float32, where *Plane) RGB {
	w, h := c.W(), c.H()
	out := RGB{dirty(w, h), dirty(w, h), dirty(w, h)}
	reach := int(2*r) + 1
	stride := w + 2*reach
	shapes := ellipses(r, stride)
	scratch := func() []float32 { return make([]float32, 4*stride*(kuwaharaBand+2*reach)) }
	Each(ctx, (h+kuwaharaBand-1)/kuwaharaBand, scratch, func(pixels []float32, i int) {
		y0, y1 := i*kuwaharaBand, min(h, (i+1)*kuwaharaBand)
		interleave(pixels, c, y0-reach, y1+reach, reach)
		for y := y0; y < y1; y++ {
			tx, ty, coherence := f.Tx.Row(y), f.Ty.Row(y), f.Coherence.Row(y)
			a, b, d := out[0].Row(y), out[1].Row(y), out[2].Row(y)
			for x := range a {
				if where != nil && where.P[y*w+x] <= 0 {
					a[x], b[x], d[x] = c[0].P[y*w+x], c[1].P[y*w+x], c[2].P[y*w+x]
					continue
				}
				shape := &shapes[shapeIndex(tx[x], ty[x], coherence[x])]
				a[x], b[x], d[x] = calmest(pixels, 4*((y-y0+reach)*stride+x+reach), shape)
			}
		}
	})
	return out
}

// interleave packs r, g, b and the sum of their squares of the rows y0 … y1−1 side by side, padded by reach with edge
// pixels. Rows outside the picture are its edge's.
func interleave(dst []float32, c RGB, y0, y1, reach int) {
	w, h := c.W(), c.H()
	for y := y0; y < y1; y++ {
		from := min(max(y, 0), h-1)
		r, g, b := c[0].Row(from), c[1].Row(from), c[2].Row(from)
		row := dst[4*(y-y0)*(w+2*reach):]
		for x := range w + 2*reach {
			i := min(max(x-reach, 0), w-1)
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2] = r[i], g[i], b[i]
			p[3] = r[i]*r[i] + g[i]*g[i] + b[i]*b[i]
		}
	}
}

// shapeIndex rounds direction and coherence to a tabulated ellipse. Half turns are equal.
func shapeIndex(tx, ty, coherence float32) int {
	if ty < 0 {
		tx, ty = -tx, -ty
	}
	across := tx
	if across < 0 {
		across = -across
	}
	// The arc tangent of a ratio up to 1, in units of π; exact to a tenth of a step.
	arc := func(v float32) float32 { return v * (0.30953 - 0.06110*v*v) }
	var turn float32
	if across >= ty {
		turn = arc(ty / max(across, 1e-12))
	} else {
		turn = 0.5 - arc(across/ty)
	}
	if tx < 0 {
		turn = 1 - turn
	}
	d := int(turn*directions+0.5) % directions
	s := min(int(Clamp(coherence, 0, 1)*stretches), stretches-1)
	return d*stretches + s
}

// ellipses tabulates every direction and stretch for a radius and row stride.
func ellipses(r float32, stride int) []ellipse {
	shapes := make([]ellipse, directions*stretches)
	for d := range directions {
		for s := range stretches {
			angle := math.Pi * float64(d) / directions
			anisotropy := (float64(s) + 0.5) / stretches
			shapes[d*stretches+s] = newEllipse(float64(r), angle, anisotropy, stride)
		}
	}
	return shapes
}

func newEllipse(r, angle, anisotropy float64, stride int) ellipse {
	var e ellipse
	var totals [sectors]float64
	long, short := r*(1+anisotropy), r/(1+anisotropy)
	zeta := 2 / max(r, 1)
	sine := math.Sin(math.Pi / 8)
	eta := (zeta + math.Cos(math.Pi/8)) / (sine * sine)
	cos, sin := math.Cos(angle), math.Sin(angle)
	reach := int(2 * r)
	for y := -reach; y <= reach; y++ {
		for x := -reach; x <= reach; x++ {
			u := (cos*float64(x) + sin*float64(y)) / long
			v := (-sin*float64(x) + cos*float64(y)) / short
			if u*u+v*v > 1 {
				continue
			}
			bell := math.Exp(-3.125 * (u*u + v*v))
			weights := sectorWeights(u, v, zeta, eta)
			sum := 0.0
			for _, k := range weights {
				sum += k
			}
			for k, weight := range weights {
				if weight = weight / sum * bell; weight > 1e-5 {
					e[k] = append(e[k], vec.Spoke{Offset: int32(4 * (y*stride + x)), Weight: float32(weight)})
					totals[k] += weight
				}
			}
		}
	}
	for k, list := range e {
		for i := range list {
			list[i].Weight /= float32(totals[k])
		}
	}
	return e
}

// sectorWeights returns how much a point of the unit disc belongs to each sector.
func sectorWeights(u, v, zeta, eta float64) [sectors]float64 {
	var out [sectors]float64
	for k := range out {
		a := math.Pi * float64(k) / 4
		ru, rv := math.Cos(a)*u-math.Sin(a)*v, math.Sin(a)*u+math.Cos(a)*v
		z := max(0, rv+zeta-eta*ru*ru)
		out[k] = z * z
	}
	return out
}

// calmest blends the sector means, those with little variance by far the most.
func calmest(pixels []float32, at int, e *ellipse) (r, g, b float32) {
	var total float32
	for _, list := range e {
		m0, m1, m2, square := vec.Mean4(pixels, at, list)
		variance := max(0, square-(m0*m0+m1*m1+m2*m2))
		k := 65025 * variance // (255·deviation)², whose fourth power is the eighth of the deviation
		k *= k
		weight := 1 / (1 + k*k)
		total += weight
		r += weight * m0
		g += weight * m1
		b += weight * m2
	}
	return r / total, g / total, b / total
}
