package inpaint

import (
	"context"

	"easel/engine/raster"
)

// How pieces are brought to each other's light.
const (
	keep     = 0.002 // how strongly they keep to their own: what is done at a seam fades over some twenty pixels
	alike    = 0.05  // mean colours that differ by less are one ground in another light; by more, two things
	seamSide = 3     // reach, in pixels, of the means that are compared at a seam
)

// blend takes the steps in light from the seams between a mosaic's pieces, and between them and what is known, once they are
// laid. Only means are compared, so that lines and grain stay as they are copied, and seams between things that are not
// alike are left alone: spreading such a step over the filling is what turns it into fog.
func (m *mosaic) blend(ctx context.Context) {
	var steps [3][]float32
	for c := range steps {
		steps[c] = make([]float32, len(m.scene.hole))
	}
	reach := max(seamSide, min(m.scene.W(), m.scene.H())/150)
	m.pairs(func(k, l int32, _ int) {
		if m.way[k] == m.way[l] {
			return
		}
		i, j := m.at[k], m.at[l]
		d := m.step(i, m.way[k], m.way[l], reach)
		for c := range d {
			steps[c][i] -= d[c]
			steps[c][j] += d[c]
		}
	})
	w, h := m.scene.W(), m.scene.H()
	for k, i := range m.at {
		x, y := int(i)%w, int(i)/w
		for _, n := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
			if n[0] < 0 || n[1] < 0 || n[0] >= w || n[1] >= h {
				continue
			}
			if j := n[1]*w + n[0]; !m.scene.hole[j] && !m.scene.protected[j] {
				d := m.step(i, m.way[k], way{}, reach)
				for c := range d {
					steps[c][i] -= d[c]
				}
			}
		}
	}
	raster.Each(ctx, 3, func() struct{} { return struct{}{} }, func(_ struct{}, c int) {
		p := newPoisson(m.scene)
		p.pull = keep
		copy(p.rhs, steps[c])
		p.solve(ctx)
		for _, i := range m.at {
			v := &m.scene.img.P[3*int(i)+c]
			*v = raster.Clamp(*v+p.f[i], 0, 1)
		}
	})
}

// step is how much lighter the ground about pixel i is by way a than by way b, in each colour; less where the two can hardly be one
// ground.
func (m *mosaic) step(i int32, a, b way, reach int) (d [3]float32) {
	w, h := m.scene.W(), m.scene.H()
	x, y := int(i)%w, int(i)/w
	n := float32(0)
	for qy := max(0, y-reach); qy <= min(h-1, y+reach); qy++ {
		for qx := max(0, x-reach); qx <= min(w-1, x+reach); qx++ {
			q := int32(qy*w + qx)
			p, r := m.from(q, a), m.from(q, b)
			if p < 0 || r < 0 {
				continue
			}
			n++
			for c := range int32(3) {
				d[c] += m.scene.img.P[3*p+c] - m.scene.img.P[3*r+c]
			}
		}
	}
	if n == 0 {
		return d
	}
	var size float32
	for c := range d {
		d[c] /= n
		size += d[c] * d[c]
	}
	size /= 3 * alike * alike
	for c := range d {
		d[c] /= 1 + size*size
	}
	return d
}
