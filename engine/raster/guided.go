package raster

import "context"

// Guided smooths src along the forms of a gray guide of the same size (He 2010): windows of radius r, edges of the
// guide with a variance well above eps are kept.
func Guided(ctx context.Context, guide, src *Plane, r int, eps float32) *Plane {
	w, h := src.W, src.H
	a, b := dirty(w, h), dirty(w, h)
	defer Free(a, b)
	of := []product{{guide, nil}, {src, nil}, {guide, guide}, {guide, src}}
	means(ctx, w, h, r, of, func(y int, m [][]float32) {
		ra, rb := a.Row(y), b.Row(y)
		mi, mp, mii, mip := m[0][:len(ra)], m[1][:len(ra)], m[2][:len(ra)], m[3][:len(ra)]
		rb = rb[:len(ra)]
		for x := range ra {
			i, p := mi[x], mp[x]
			k := (mip[x] - i*p) / (max(0, mii[x]-i*i) + eps)
			ra[x], rb[x] = k, p-k*i
		}
	})
	dst := dirty(w, h)
	means(ctx, w, h, r, []product{{a, nil}, {b, nil}}, func(y int, m [][]float32) {
		d, g := dst.Row(y), guide.Row(y)
		ma, mb := m[0][:len(d)], m[1][:len(d)]
		g = g[:len(d)]
		for x := range d {
			d[x] = ma[x]*g[x] + mb[x]
		}
	})
	return dst
}

// GuidedRGB smooths src along the forms of a colour guide: edges count also where they differ in hue only.
func GuidedRGB(ctx context.Context, guide RGB, src *Plane, r int, eps float32) *Plane {
	g := NewGuided(ctx, guide, r, eps)
	defer g.Free()
	return g.Apply(ctx, src)
}

// GuidedFilter is a colour-guided filter whose guide has been measured, for many planes with the same guide. Its
// operator F satisfies |w|·(1 − F) = L for the matting Laplacian L of Levin 2008.
type GuidedFilter struct {
	guide   RGB
	mean    [3]*Plane
	inverse [6]*Plane // of covariance + eps: 00, 01, 02, 11, 12, 22
	r       int
}

// NewGuided measures the guide in windows of radius r. The guide must stay unchanged until Free.
func NewGuided(ctx context.Context, guide RGB, r int, eps float32) *GuidedFilter {
	w, h := guide.W(), guide.H()
	g := &GuidedFilter{guide: guide, r: r}
	for i := range g.mean {
		g.mean[i] = dirty(w, h)
	}
	for i := range g.inverse {
		g.inverse[i] = dirty(w, h)
	}
	c := guide
	of := []product{
		{c[0], nil}, {c[1], nil}, {c[2], nil},
		{c[0], c[0]}, {c[0], c[1]}, {c[0], c[2]}, {c[1], c[1]}, {c[1], c[2]}, {c[2], c[2]},
	}
	means(ctx, w, h, r, of, func(y int, m [][]float32) {
		var inverse [6][]float32
		for i, p := range g.inverse {
			inverse[i] = p.Row(y)
		}
		for i, p := range g.mean {
			copy(p.Row(y), m[i])
		}
		for x := range w {
			r, g, b := float64(m[0][x]), float64(m[1][x]), float64(m[2][x])
			e := float64(eps)
			rr := max(0, float64(m[3][x])-r*r) + e
			rg, rb := float64(m[4][x])-r*g, float64(m[5][x])-r*b
			gg := max(0, float64(m[6][x])-g*g) + e
			gb := float64(m[7][x]) - g*b
			bb := max(0, float64(m[8][x])-b*b) + e
			c0, c1, c2 := gg*bb-gb*gb, rb*gb-rg*bb, rg*gb-rb*gg
			k := 1 / max(rr*c0+rg*c1+rb*c2, e*e*e)
			inverse[0][x], inverse[1][x], inverse[2][x] = float32(c0*k), float32(c1*k), float32(c2*k)
			inverse[3][x] = float32((rr*bb - rb*rb) * k)
			inverse[4][x] = float32((rb*rg - rr*gb) * k)
			inverse[5][x] = float32((rr*gg - rg*rg) * k)
		}
	})
	return g
}

// Apply filters p.
func (g *GuidedFilter) Apply(ctx context.Context, p *Plane) *Plane {
	w, h := p.W, p.H
	slope := RGB{dirty(w, h), dirty(w, h), dirty(w, h)}
	offset := dirty(w, h)
	defer Free(slope[0], slope[1], slope[2], offset)
	of := []product{{p, nil}, {g.guide[0], p}, {g.guide[1], p}, {g.guide[2], p}}
	means(ctx, w, h, g.r, of, func(y int, m [][]float32) {
		g.fit(y, m, slope[0].Row(y), slope[1].Row(y), slope[2].Row(y), offset.Row(y))
	})
	dst := dirty(w, h)
	of = []product{{slope[0], nil}, {slope[1], nil}, {slope[2], nil}, {offset, nil}}
	means(ctx, w, h, g.r, of, func(y int, m [][]float32) {
		d := dst.Row(y)
		n := len(d)
		i0, i1, i2 := g.guide[0].Row(y)[:n], g.guide[1].Row(y)[:n], g.guide[2].Row(y)[:n]
		a0, a1, a2, b := m[0][:n], m[1][:n], m[2][:n], m[3][:n]
		for x := range d {
			d[x] = a0[x]*i0[x] + a1[x]*i1[x] + a2[x]*i2[x] + b[x]
		}
	})
	return dst
}

// fit solves for the linear model of each window of one row.
func (g *GuidedFilter) fit(y int, m [][]float32, a0, a1, a2, b []float32) {
	n := len(b)
	a0, a1, a2 = a0[:n], a1[:n], a2[:n]
	mp, p0, p1, p2 := m[0][:n], m[1][:n], m[2][:n], m[3][:n]
	i0, i1, i2 := g.mean[0].Row(y)[:n], g.mean[1].Row(y)[:n], g.mean[2].Row(y)[:n]
	v00, v01, v02 := g.inverse[0].Row(y)[:n], g.inverse[1].Row(y)[:n], g.inverse[2].Row(y)[:n]
	v11, v12, v22 := g.inverse[3].Row(y)[:n], g.inverse[4].Row(y)[:n], g.inverse[5].Row(y)[:n]
	for x := range b {
		mean := mp[x]
		c0, c1, c2 := p0[x]-i0[x]*mean, p1[x]-i1[x]*mean, p2[x]-i2[x]*mean
		k0 := v00[x]*c0 + v01[x]*c1 + v02[x]*c2
		k1 := v01[x]*c0 + v11[x]*c1 + v12[x]*c2
		k2 := v02[x]*c0 + v12[x]*c1 + v22[x]*c2
		a0[x], a1[x], a2[x] = k0, k1, k2
		b[x] = mean - k0*i0[x] - k1*i1[x] - k2*i2[x]
	}
}

// Free hands the measurements back; the guide stays the caller's.
func (g *GuidedFilter) Free() {
	Free(g.mean[:]...)
	Free(g.inverse[:]...)
}
