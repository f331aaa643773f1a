package raster

import (
	"context"
	"math"

	"easel/engine/raster/vec"
)

// Flow is the direction in which forms run: along edges, not across them.
type Flow struct {
	Tx, Ty    *Plane // unit tangent; its sign means nothing
	Coherence *Plane // 0 where no direction is better than another … 1 on a straight edge; where filled, that of the fill
	Energy    *Plane // gradient length per pixel, over the three channels together; not filled
}

const (
	// stencil is the share of the diagonal neighbours that makes the derivative independent of rotation.
	stencil = 0.183
	// fillEnergy is the squared gradient below which a direction is taken from a coarser level.
	fillEnergy = 2e-4
)

// tensor holds the distinct entries of the structure tensor.
type tensor struct{ e, f, g *Plane }

func (t tensor) free() { Free(t.e, t.f, t.g) }

// each applies a kernel to the three planes.
func (t tensor) each(kernel func(p *Plane) *Plane) tensor {
	return tensor{kernel(t.e), kernel(t.f), kernel(t.g)}
}

// NewFlow takes the minor eigenvectors of the structure tensor of all channels (Brox 2006), smoothed by sigma pixels.
// Where the picture has no gradient (skin, walls) the tensor is taken over smoothly from fillLevels coarser levels of
// 2, 4, 8 … times sigma, so that every pixel has a direction.
func NewFlow(ctx context.Context, c RGB, sigma float32, fillLevels int) *Flow {
	raw := newTensor(ctx, c)
	fine := raw.each(func(p *Plane) *Plane { return Gaussian(ctx, p, sigma) })
	raw.free()
	defer fine.free()
	w, h := c.W(), c.H()
	energy := dirty(w, h)
	Rows(ctx, h, func(y0, y1 int) {
		for i := y0 * w; i < y1*w; i++ {
			energy.P[i] = float32(math.Sqrt(float64(max(0, fine.e.P[i]+fine.g.P[i]))))
		}
	})
	fill(ctx, fine, sigma, fillLevels)
	f := &Flow{Tx: dirty(w, h), Ty: dirty(w, h), Coherence: dirty(w, h), Energy: energy}
	Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			f.solve(fine, y)
		}
	})
	return f
}

// newTensor sums the products of the derivatives of the three channels.
func newTensor(ctx context.Context, c RGB) tensor {
	w, h := c.W(), c.H()
	t := tensor{dirty(w, h), dirty(w, h), dirty(w, h)}
	type lines struct{ smooth, step []float32 }
	scratch := func() lines { return lines{make([]float32, w+2), make([]float32, w+2)} }
	RowsWith(ctx, h, scratch, func(l lines, y0, y1 int) {
		for y := y0; y < y1; y++ {
			e, f, g := t.e.Row(y), t.f.Row(y), t.g.Row(y)
			clear(e)
			clear(f)
			clear(g)
			for _, p := range c {
				above, here, below := p.Row(max(0, y-1)), p.Row(y), p.Row(min(h-1, y+1))
				smooth, step := l.smooth[1:w+1], l.step[1:w+1]
				for x := range smooth {
					smooth[x] = stencil*(above[x]+below[x]) + (1-2*stencil)*here[x]
					step[x] = below[x] - above[x]
				}
				l.smooth[0], l.smooth[w+1] = smooth[0], smooth[w-1]
				l.step[0], l.step[w+1] = step[0], step[w-1]
				vec.Gradients(e, f, g, l.smooth, l.smooth[2:], l.step, l.step[1:], l.step[2:], stencil)
			}
		}
	})
	return t
}

// fill hands over to coarser levels where t has no energy. Each level is half the size of the one before and filled
// itself first.
func fill(ctx context.Context, t tensor, sigma float32, levels int) {
	if levels <= 0 || min(t.e.W, t.e.H) < 8 {
		return
	}
	// Shrinking halves the smoothing in pixels of the next level; this blur restores it to sigma there.
	more := sigma * float32(math.Sqrt(0.75))
	coarse := t.each(func(p *Plane) *Plane {
		small := Shrink(ctx, p, 2)
		defer small.Free()
		return Gaussian(ctx, small, more)
	})
	defer coarse.free()
	fill(ctx, coarse, sigma, levels-1)
	w, h := t.e.W, t.e.H
	up := newEnlargement(coarse.e.W, coarse.e.H, w, 0.5, 0.5)
	scratch := func() (rows [4][]float32) { // enlarged ones, and room for the work
		for i := range rows {
			rows[i] = make([]float32, w)
		}
		return rows
	}
	RowsWith(ctx, h, scratch, func(rows [4][]float32, y0, y1 int) {
		for y := y0; y < y1; y++ {
			for k, p := range [3]*Plane{coarse.e, coarse.f, coarse.g} {
				up.row(rows[k], rows[3][:p.W], p, y)
			}
			ue, uf, ug := rows[0], rows[1], rows[2]
			e, f, g := t.e.Row(y)[:len(ue)], t.f.Row(y)[:len(ue)], t.g.Row(y)[:len(ue)]
			uf, ug = uf[:len(ue)], ug[:len(ue)]
			for x, v := range ue {
				a := fillEnergy / (e[x] + g[x] + fillEnergy)
				a *= a
				e[x] += a * (v - e[x])
				f[x] += a * (uf[x] - f[x])
				g[x] += a * (ug[x] - g[x])
			}
		}
	})
}

// solve writes tangent and coherence of one row.
func (f *Flow) solve(t tensor, y int) {
	e, m, g := t.e.Row(y), t.f.Row(y), t.g.Row(y)
	tx, ty, coherence := f.Tx.Row(y), f.Ty.Row(y), f.Coherence.Row(y)
	n := len(e)
	m, g, tx, ty, coherence = m[:n], g[:n], tx[:n], ty[:n], coherence[:n]
	for x, a := range e {
		b, c := m[x], g[x]
		half := 0.5 * (a - c)
		root := float32(math.Sqrt(float64(half*half + b*b)))
		major := 0.5*(a+c) + root
		// Either form of the eigenvector may vanish; the longer one is safe.
		vx, vy := -b, major-c
		if half < 0 {
			vx, vy = major-a, -b
		}
		length := float32(math.Sqrt(float64(vx*vx + vy*vy)))
		if length < 1e-14 || a+c < 1e-14 {
			tx[x], ty[x], coherence[x] = 1, 0, 0
			continue
		}
		tx[x], ty[x] = vx/length, vy/length
		coherence[x] = min(1, 2*root/(a+c))
	}
}

// At returns the tangent at the pixel nearest to (x, y).
func (f *Flow) At(x, y float32) (tx, ty float32) {
	i := min(max(int(y+0.5), 0), f.Tx.H-1)*f.Tx.W + min(max(int(x+0.5), 0), f.Tx.W-1)
	return f.Tx.P[i], f.Ty.P[i]
}

// Free hands the planes back.
func (f *Flow) Free() { Free(f.Tx, f.Ty, f.Coherence, f.Energy) }
