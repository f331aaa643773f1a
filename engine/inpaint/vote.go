package inpaint

import (
	"context"
	"math"

	"easel/engine/patch"
	"easel/engine/raster"
)

// trust is how much a patch counts less for each pixel that it lies deeper in the hole: what is near the edge knows more.
const trust = 1.3

// weights returns what each target's match counts in a vote.
func (l *level) weights(ctx context.Context, spread float32) []float32 {
	w := make([]float32, len(l.field.Source))
	raster.Rows(ctx, l.scene.H(), func(y0, y1 int) {
		for i := y0 * l.scene.W(); i < y1*l.scene.W(); i++ {
			if l.field.Source[i] >= 0 {
				deep := min(l.edge.P[i], 60)
				w[i] = float32(math.Exp(float64(-l.field.Distance[i]/spread)) * math.Pow(trust, float64(-deep)))
			}
		}
	})
	return w
}

// vote replaces each pixel of the hole by the weighted mean of what all patches over it say.
func (l *level) vote(ctx context.Context) {
	weights := l.weights(ctx, l.spread)
	s, w := l.scene, l.scene.W()
	next := make([]float32, len(s.img.P))
	raster.Rows(ctx, s.H(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				if i := y*w + x; s.hole[i] {
					sum, ok := said(s.img, l.field, weights, x, y)
					if !ok {
						copy(sum[:], s.img.P[3*i:3*i+3])
					}
					copy(next[3*i:3*i+3], sum[:])
				}
			}
		}
	})
	for i, hole := range s.hole {
		if hole {
			copy(s.img.P[3*i:3*i+3], next[3*i:3*i+3])
		}
	}
}

// said is what the patches over (x, y) say of its colour on average; ok is false when none says anything.
func said(img *patch.Pixels, f *patch.Field, weights []float32, x, y int) (sum [3]float32, ok bool) {
	var all float32
	w, h := img.W, img.H
	for ty := max(0, y-patch.Radius); ty <= min(h-1, y+patch.Radius); ty++ {
		for tx := max(0, x-patch.Radius); tx <= min(w-1, x+patch.Radius); tx++ {
			t := ty*w + tx
			if f.Source[t] < 0 {
				continue
			}
			k := weights[t]
			q := 3 * (int(f.Source[t]) + (y-ty)*w + x - tx)
			all += k
			for c := range sum {
				sum[c] += k * img.P[q+c]
			}
		}
	}
	if all < 1e-30 {
		return sum, false
	}
	for c := range sum {
		sum[c] /= all
	}
	return sum, true
}

// enlarge fills the hole with what the smaller scene has there, interpolated.
func (s *scene) enlarge(small *scene) {
	c := small.img.RGB()
	defer c.Free()
	fx, fy := float32(small.W())/float32(s.W()), float32(small.H())/float32(s.H())
	for i, hole := range s.hole {
		if !hole {
			continue
		}
		x, y := (float32(i%s.W())+0.5)*fx-0.5, (float32(i/s.W())+0.5)*fy-0.5
		for k := range 3 {
			s.img.P[3*i+k] = c[k].Sample(x, y)
		}
	}
}

// diffuse fills the hole smoothly from its edge: the membrane that is stretched over it.
func (s *scene) diffuse(ctx context.Context) {
	for c := range 3 {
		p := newPoisson(s)
		for i := range s.hole {
			p.f[i] = s.img.P[3*i+c]
		}
		p.solve(ctx)
		for i, hole := range s.hole {
			if hole {
				s.img.P[3*i+c] = p.f[i]
			}
		}
	}
}
