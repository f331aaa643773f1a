package painting

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

// field says which way the brush goes: unit directions without a sense, at plan size divided by step.
type field struct {
	x, y  *raster.Plane
	edges *raster.Plane // contrast of what has one direction there: of the edges of things, less of leaves and gravel
	step  int
}

func (f *field) free() { raster.Free(f.x, f.y, f.edges) }

// edge is the contrast of what has one direction at a plan pixel, per pixel.
func (f *field) edge(x, y int) float32 { return f.edges.P[y/f.step*f.edges.W+x/f.step] }

// at returns the direction at a plan pixel.
func (f *field) at(x, y float32) (dx, dy float32) {
	i := min(max(int(x+.5), 0)/f.step, f.x.W-1)
	j := min(max(int(y+.5), 0)/f.step, f.x.H-1)
	return f.x.P[j*f.x.W+i], f.y.P[j*f.x.W+i]
}

const (
	fineStep   = 2     // the fine field is kept at half of the plan's size
	broadStep  = 4     // and the broad one at a quarter
	faint      = .002  // contrast from pixel to pixel at which the photo leads the brush as much as the arm does
	faintSkin  = .016  // more than that on faces, which are smooth: what little there is need not be the form
	loud       = .06   // contrast from which an edge leads no further
	wander     = 430   // k pixels: wavelength over which free strokes turn
	freeAngle  = -.85  // radians: the painter's arm, from lower left to upper right
	freeSpread = 1.5   // radians to both sides
	freeShare  = .5    // weight of the free direction where nothing leads
	faceForm   = .55   // how strongly strokes wrap around a face where it has no edges
	angleSteps = 16384 // directions are rounded so that small float differences cannot change a decision
)

// newFields returns the directions for small brushes and, smoothed over a wider reach, for broad ones. Strokes follow
// the forms where there are any, the stronger the more, so that folds and clouds lead a brush that is broader than they
// are; elsewhere they turn slowly as the arm does, and on faces they wrap around the head.
func newFields(ctx context.Context, p *plan.Plan, seed uint64) (fine, broad *field) {
	t := newLead(ctx, p)
	small := lead{raster.Shrink(ctx, t.c, broadStep/fineStep), raster.Shrink(ctx, t.s, broadStep/fineStep), raster.Shrink(ctx, t.n, broadStep/fineStep)}
	fine = t.field(ctx, p, seed, 4*p.K, fineStep)
	broad = small.field(ctx, p, seed, max(broadStep, 14*p.K), broadStep)
	t.free()
	small.free()
	return fine, broad
}

// lead is which way the photo leads the brush: doubled angles, so that opposite directions do not cancel, by how
// strong and how clear the contrast is, and that contrast.
type lead struct{ c, s, n *raster.Plane }

func (l lead) free() { raster.Free(l.c, l.s, l.n) }

// newLead reads the plan's flow at every fineStep-th pixel's block.
func newLead(ctx context.Context, p *plan.Plan) lead {
	w, h := (p.W+fineStep-1)/fineStep, (p.H+fineStep-1)/fineStep
	l := lead{raster.New(w, h), raster.New(w, h), raster.New(w, h)}
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0 * fineStep; y < min(y1*fineStep, p.H); y++ {
			at := y / fineStep * w
			for x := range p.W {
				i, j := y*p.W+x, at+x/fineStep
				e := min(p.Flow.Energy.P[i], loud) / (fineStep * fineStep)
				v := e * p.Flow.Coherence.P[i]
				tx, ty := p.Flow.Tx.P[i], p.Flow.Ty.P[i]
				l.c.P[j] += v * (tx*tx - ty*ty)
				l.s.P[j] += v * 2 * tx * ty
				l.n.P[j] += e
			}
		}
	})
	return l
}

// field blurs what leads by sigma plan pixels, adds the free direction where that is little, and halves the angles.
func (l lead) field(ctx context.Context, p *plan.Plan, seed uint64, sigma float32, step int) *field {
	f := &field{x: raster.Gaussian(ctx, l.c, sigma/float32(step)), y: raster.Gaussian(ctx, l.s, sigma/float32(step)), step: step}
	n := raster.Gaussian(ctx, l.n, sigma/float32(step))
	f.edges = n
	raster.Rows(ctx, n.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range n.W {
				i := y*n.W + x
				px, py := min(x*step+step/2, p.W-1), min(y*step+step/2, p.H-1)
				least := float32(faint)
				if len(p.Faces) > 0 {
					least += faintSkin * p.Importance.P[py*p.W+px]
				}
				c, s := f.x.P[i]/(n.P[i]+least), f.y.P[i]/(n.P[i]+least)
				led := sqrt(c*c + s*s)
				w := freeShare * (1 - led)
				n.P[i] = led * (n.P[i] + least)
				fc, fs := freeDirection(p, float32(px), float32(py), seed)
				a := math.Atan2(float64(s+w*fs), float64(c+w*fc)) / 2
				a = math.Round(a/(2*math.Pi)*angleSteps) / angleSteps * 2 * math.Pi
				sin, cos := math.Sincos(a)
				f.x.P[i], f.y.P[i] = float32(cos), float32(sin)
			}
		}
	})
	return f
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
