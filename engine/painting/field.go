package painting

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

// field says which way the brush goes: unit directions without a sense, at plan size divided by step.
type field struct {
	x, y *raster.Plane
	step int
}

func (f *field) free() { raster.Free(f.x, f.y) }

// at returns the direction at a plan pixel.
func (f *field) at(x, y float32) (dx, dy float32) {
	i := min(max(int(x+.5), 0)/f.step, f.x.W-1)
	j := min(max(int(y+.5), 0)/f.step, f.x.H-1)
	return f.x.P[j*f.x.W+i], f.y.P[j*f.x.W+i]
}

const (
	broadStep  = 4     // the broad field is kept at a quarter of the plan's size
	wander     = 430   // k pixels: wavelength over which free strokes turn
	freeAngle  = -.85  // radians: the painter's arm, from lower left to upper right
	freeSpread = 1.5   // radians to both sides
	faceForm   = .55   // how strongly strokes wrap around a face where it has no edges
	angleSteps = 16384 // directions are rounded so that small float differences cannot change a decision
)

// newFields returns the directions for small brushes and, smoothed over a wider reach, for broad ones. Strokes follow
// the forms where there are any; elsewhere they turn slowly as the arm does, and on faces they wrap around the head.
// Angles are mixed doubled, so that opposite directions do not cancel.
func newFields(ctx context.Context, p *plan.Plan, seed uint64) (fine, broad *field) {
	c, s := raster.New(p.W, p.H), raster.New(p.W, p.H)
	subject := !lone(p)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range p.W {
				i := y*p.W + x
				e := p.Flow.Energy.P[i]
				w := raster.Smoothstep(.15, .5, p.Flow.Coherence.P[i]) * raster.Smoothstep(.006, .035, e)
				if subject {
					w *= max(p.Matte.P[i], .3+.7*raster.Smoothstep(.02, .08, e))
				}
				tx, ty := p.Flow.Tx.P[i], p.Flow.Ty.P[i]
				fc, fs := freeDirection(p, float32(x), float32(y), seed)
				c.P[i] = w*(tx*tx-ty*ty) + .5*(1-w)*fc
				s.P[i] = w*2*tx*ty + .5*(1-w)*fs
			}
		}
	})
	sc, ss := raster.Shrink(ctx, c, broadStep), raster.Shrink(ctx, s, broadStep)
	fine = directions(ctx, c, s, 4*p.K, 1)
	broad = directions(ctx, sc, ss, max(1, 3.5*p.K), broadStep)
	raster.Free(c, s, sc, ss)
	return fine, broad
}

// freeDirection is the doubled angle of a stroke where the photo suggests none.
func freeDirection(p *plan.Plan, x, y float32, seed uint64) (c, s float32) {
	turn := contrast(raster.FBMAt(x, y, wander*p.K, 2, seed), 2) - .5
	angle := float64(freeAngle + 2*freeSpread*turn)
	sin, cos := math.Sincos(2 * angle)
	c, s = float32(cos), float32(sin)
	for i := range p.Faces {
		f := &p.Faces[i]
		dx, dy := (x-f.X)/(.62*f.Size), (y-f.Y)/(.8*f.Size)
		d := sqrt(dx*dx + dy*dy)
		w := faceForm * (1 - raster.Smoothstep(.8, 1.3, d)) * raster.Smoothstep(.05, .35, d)
		if w <= 0 {
			continue
		}
		// the tangent of the ellipse around the head
		tx, ty := -dy/.8, dx/.62
		n := tx*tx + ty*ty + 1e-9
		c += w * ((tx*tx-ty*ty)/n - c)
		s += w * (2*tx*ty/n - s)
	}
	return c, s
}

// directions blurs doubled angles and halves them.
func directions(ctx context.Context, c, s *raster.Plane, sigma float32, step int) *field {
	f := &field{x: raster.Gaussian(ctx, c, sigma), y: raster.Gaussian(ctx, s, sigma), step: step}
	raster.Rows(ctx, c.H, func(y0, y1 int) {
		for i := y0 * c.W; i < y1*c.W; i++ {
			a := math.Atan2(float64(f.y.P[i]), float64(f.x.P[i])) / 2
			a = math.Round(a/(2*math.Pi)*angleSteps) / angleSteps * 2 * math.Pi
			sin, cos := math.Sincos(a)
			f.x.P[i], f.y.P[i] = float32(cos), float32(sin)
		}
	})
	return f
}

// lone reports whether nothing can be told from its background: no face, and a matte that is not to be trusted.
func lone(p *plan.Plan) bool { return len(p.Faces) == 0 && p.MatteConfidence < .35 }
