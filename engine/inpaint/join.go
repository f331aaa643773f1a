package inpaint

import (
	"context"
	"math"
	"slices"

	"easel/engine/patch"
	"easel/engine/raster"
)

// keep is how strongly the joined picture keeps to the voted colours. With much less a dark edge of the hole, such as the
// shadow of what was taken out, darkens all of it.
const keep = 0.01

// nearest is how far from a pixel patches are asked at last: all that cover it would blur what they do not agree on.
const nearest = 2

// join fills the hole with the field's patches by their differences, and not by their colours, so that pieces from
// brighter and darker places meet without a seam.
func (s *scene) join(ctx context.Context, f *patch.Field, spread float32) {
	weights := make([]float32, len(f.Source))
	for i, from := range f.Source {
		if from >= 0 {
			weights[i] = float32(math.Exp(float64(-f.Distance[i] / spread)))
		}
	}
	before := &patch.Pixels{W: s.W(), H: s.H(), P: slices.Clone(s.img.P)}
	w := s.W()
	across, down := make([]float32, len(s.img.P)), make([]float32, len(s.img.P))
	raster.Rows(ctx, s.H(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				i := y*w + x
				if sum, ok := said(before, f, weights, x, y, 0, 0, nearest); ok && s.hole[i] {
					copy(s.img.P[3*i:3*i+3], sum[:])
				}
				if x+1 < w && (s.hole[i] || s.hole[i+1]) {
					sum, _ := said(before, f, weights, x, y, 1, 0, nearest) // where nobody says anything nothing changes
					copy(across[3*i:3*i+3], sum[:])
				}
				if y+1 < s.H() && (s.hole[i] || s.hole[i+w]) {
					sum, _ := said(before, f, weights, x, y, 0, 1, nearest)
					copy(down[3*i:3*i+3], sum[:])
				}
			}
		}
	})
	raster.Each(ctx, 3, func() struct{} { return struct{}{} }, func(_ struct{}, c int) { s.integrate(ctx, across, down, c) })
}

// integrate finds the channel whose steps are nearest to the given ones.
func (s *scene) integrate(ctx context.Context, across, down []float32, c int) {
	p := newPoisson(s)
	p.pull = keep
	w := s.W()
	for i, hole := range s.hole {
		p.f[i] = s.img.P[3*i+c]
		if !hole {
			continue
		}
		x, y := i%w, i/w
		var sum float32
		if x+1 < w {
			sum -= across[3*i+c]
		}
		if x > 0 {
			sum += across[3*(i-1)+c]
		}
		if y+1 < s.H() {
			sum -= down[3*i+c]
		}
		if y > 0 {
			sum += down[3*(i-w)+c]
		}
		p.rhs[i] = sum + keep*p.f[i]
	}
	p.solve(ctx)
	for i, hole := range s.hole {
		if hole {
			s.img.P[3*i+c] = p.f[i]
		}
	}
}

// transferred is a level's field for the scene at full size: the same copies, from the same places.
func (s *scene) transferred(l *level) *patch.Field {
	w, h := s.W(), s.H()
	f := &patch.Field{W: w, H: h, Source: make([]int32, w*h), Distance: make([]float32, w*h)}
	open := s.reach(func(i int) bool { return s.hole[i] })
	closed := s.reach(func(i int) bool { return s.hole[i] || s.protected[i] })
	fx, fy := float64(l.scene.W())/float64(w), float64(l.scene.H())/float64(h)
	for i := range f.Source {
		f.Source[i] = -1
		x, y := i%w, i/w
		if !open[i] || !s.img.Inner(x, y) {
			continue
		}
		sx, sy := min(int((float64(x)+0.5)*fx), l.scene.W()-1), min(int((float64(y)+0.5)*fy), l.scene.H()-1)
		t := sy*l.scene.W() + sx
		from := l.field.Source[t]
		if from < 0 {
			continue
		}
		nx := x + int(math.Round(float64(int(from)%l.scene.W()-sx)/fx))
		ny := y + int(math.Round(float64(int(from)/l.scene.W()-sy)/fy))
		if s.img.Inner(nx, ny) && !closed[ny*w+nx] {
			f.Source[i], f.Distance[i] = int32(ny*w+nx), l.field.Distance[t]
		}
	}
	return f
}
