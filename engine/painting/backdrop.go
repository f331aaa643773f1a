package painting

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

const (
	hush    = .62 // how far a quiet background is drawn to the ground's colour
	covered = .5  // of what a background keeps, from which a place is painted
	boldly  = .45 // power by which the strength widens the brushes
)

// backdrop puts what the background asks for behind the subject's colours, in place, and returns where paint may go;
// nil means everywhere.
func backdrop(ctx context.Context, p *plan.Plan, colours raster.RGB, b plan.Background, seed uint64) *raster.Plane {
	if b == plan.OwnGround {
		return nil
	}
	kept := p.Kept(ctx, b, seed)
	ground, most := primed(p, b), float32(1)
	if b == plan.SoftGround {
		most = hush
	}
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			if away := most * (1 - kept.P[i]); away > 0 {
				for j, plane := range colours {
					plane.P[i] += away * (ground[j] - plane.P[i])
				}
			}
		}
	})
	if b == plan.NoGround || b == plan.EdgedGround {
		return kept
	}
	kept.Free()
	return nil
}

// primed is the priming of the canvas for a plan: umber drawn towards the photo's most common colours, so that what
// stays open of it looks like a part of the picture. It is gray under a photo without colours, and a plain background is
// one.
func primed(p *plan.Plan, b plan.Background) [3]float32 {
	const common, photo, least, most = 3, .6, .40, .56
	if b == plan.PlainGround {
		return clamped(p.Plain())
	}
	umber := raster.ToLab(ground[0], ground[1], ground[2])
	mean := umber
	for i, c := range p.Palette[:min(common, len(p.Palette))] {
		part := 1 / float32(i+1)
		mean = raster.Lab{L: mean.L + part*(c.L-mean.L), A: mean.A + part*(c.A-mean.A), B: mean.B + part*(c.B-mean.B)}
	}
	part := colourfulness(p)
	lab := raster.Lab{
		L: raster.Clamp(umber.L+photo*(mean.L-umber.L), least, most),
		A: part * (umber.A + photo*(mean.A-umber.A)), B: part * (umber.B + photo*(mean.B-umber.B)),
	}
	if b == plan.NoGround || b == plan.EdgedGround {
		lab = raster.Lab{L: bareCanvas, A: .35 * lab.A, B: .35*lab.B + .008}
	}
	return clamped(lab)
}

// bareCanvas is the lightness of a canvas of which much is to be seen.
const bareCanvas = .84

func clamped(lab raster.Lab) [3]float32 {
	r, g, b := lab.RGB()
	return [3]float32{raster.Clamp(r, 0, 1), raster.Clamp(g, 0, 1), raster.Clamp(b, 0, 1)}
}

// open says whether paint may go to a place.
func (w *walker) open(x, y float32) bool { return w.kept == nil || w.kept.P[w.index(x, y)] >= covered }

// fits says whether a brush of this half width fits into where paint may go.
func (w *walker) fits(at point, radius float32) bool {
	if w.kept == nil {
		return true
	}
	r := .8 * radius
	return w.open(at.X, at.Y) && w.open(at.X-r, at.Y) && w.open(at.X+r, at.Y) && w.open(at.X, at.Y-r) && w.open(at.X, at.Y+r)
}

// embolden widens or narrows the brushes by the strength, least where the eye goes.
func embolden(scope, care *raster.Plane, strength float32) {
	if strength == 1 {
		return
	}
	wide := float32(math.Pow(float64(strength), boldly))
	for i, c := range care.P {
		scope.P[i] *= 1 + (wide-1)*(1-.7*c)
	}
}
