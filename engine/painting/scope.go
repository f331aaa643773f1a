package painting

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// Smallest brushes in k pixels (half widths), for calm and for busy parts.
const (
	behindCalm, behindBusy   = 34, 5
	subjectCalm, subjectBusy = 16, 6.5
	petCalm, petBusy         = 8, 3
	unsureCalm, unsureBusy   = 16, 4.6 // where the matte cannot be trusted
	edgeBusy                 = 3.2     // along the edges of things, whatever they are
	figureBusy               = 2.4     // small figures that stand out from what is behind them, where the matte cannot be trusted
	kinBusy                  = 3       // hands, and faces that were not found
	kinCare                  = .6
	petCare                  = .6
	whiteBroad               = .3 // by how much brushes are wider on white fur, which would look like the photo otherwise
	petFeature               = 1.7
	petHead                  = 1.8 // between an animal's eyes and nose, where its fur runs every way
	petHeadReach             = .16 // of a head's size beyond them
	skinLeast, skinMost      = 3.2, 15
	featureLeast             = 2.1
	featureMost              = 3.4
	oneOfTwo                 = .65
)

// certainty is how far the matte can be trusted, 0…1: a cut around a face more than one by colours alone.
func certainty(p *plan.Plan) float32 {
	if len(p.Faces) > 0 {
		return max(.6, raster.Smoothstep(.25, .65, p.MatteConfidence))
	}
	sure := raster.Smoothstep(.45, .95, p.MatteConfidence)
	if p.FillsFrame {
		sure = min(sure, oneOfTwo) // the matte may hold one of two animals
	}
	return sure
}

// newScope returns, for each plan pixel, the half width in plan pixels of the smallest brush that may work there: broad
// behind the subject, medium on clothes and fur, small on skin, smallest at eyes, nostrils and mouth. It is what makes
// the painting spend its detail where people look.
//
// care is 0…1: where the eye goes. Beside the plan's importance it holds the hands, and faces that were not found.
func newScope(ctx context.Context, p *plan.Plan, lead *field) (scope, care *raster.Plane) {
	busy := raster.Gaussian(ctx, p.Flow.Energy, 4*p.K)
	scope, care = raster.New(p.W, p.H), p.Importance.Clone()
	kin := p.Kin(ctx)
	trust := certainty(p)
	calm, fine := float32(subjectCalm), float32(subjectBusy)
	var pet *animal
	if len(p.Faces) == 0 {
		pet = newAnimal(ctx, p)
		calm, fine = petCalm, petBusy*(1+whiteBroad*(1-pet.shaded))
		defer pet.free()
	}
	behind, own, unsure := newBreadth(behindCalm, behindBusy), newBreadth(calm, fine), newBreadth(unsureCalm, unsureBusy)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range p.W {
				i := y*p.W + x
				e := raster.Smoothstep(.012, .075, busy.P[i])
				m := raster.Smoothstep(.15, .7, p.Matte.P[i])
				b, o, u := behind.at(e), own.at(e), unsure.at(e)
				r := float32(math.Exp2(float64(u + trust*(b+m*(o-b)-u))))
				r = blend(r, min(r, edgeBusy), raster.Smoothstep(.012, .04, lead.edge(x, y)))
				if pet != nil {
					r, care.P[i] = pet.at(i, e, r, care.P[i])
				}
				if kin != nil {
					r = blend(r, min(r, kinBusy), kin.P[i]*raster.Smoothstep(.05, .6, e))
					care.P[i] = max(care.P[i], kinCare*kin.P[i]*e)
				}
				r *= p.K
				for f := range p.Faces {
					r = onFace(&p.Faces[f], float32(x), float32(y), e, p.K, r)
				}
				scope.P[i] = r
			}
		}
	})
	raster.Free(busy, kin)
	return scope, care
}

// breadth holds the logarithms, to base 2, of the brushes for calm and for busy parts, which are mixed by their ratio.
type breadth struct{ calm, busy float32 }

func newBreadth(calm, busy float32) breadth { return breadth{log2(calm), log2(busy)} }

func (b breadth) at(busy float32) float32 { return b.calm + busy*(b.busy-b.calm) }

// animal is what tells, in a photo without faces, where to paint with small brushes.
type animal struct {
	*plan.Plan
	head    *raster.Plane // around its eyes and nose
	figures *raster.Plane // what stands out, where the matte cannot be trusted
	shaded  float32       // of shadedFur
}

func newAnimal(ctx context.Context, p *plan.Plan) *animal {
	head := raster.Gaussian(ctx, p.Importance, petHeadReach*stroke.FaceSize(p))
	return &animal{p, head, p.Figures(ctx), shadedFur(p)}
}

func (a *animal) free() { raster.Free(a.head, a.figures) }

// at narrows the brush and raises the care at a sample that is as busy as e.
func (a *animal) at(i int, e, r, care float32) (brush, attention float32) {
	near := a.shaded * raster.Smoothstep(.02, .12, a.head.P[i]) * raster.Smoothstep(.02, .3, e)
	r = blend(r, min(r, petHead), near)
	r = blend(r, min(r, petFeature), raster.Smoothstep(.30, .75, a.Importance.P[i]))
	r = blend(r, min(r, figureBusy), a.figures.P[i])
	return r, max(care, petCare*near, petCare*a.figures.P[i])
}

// shadedFur is 0 for white fur, 1 for fur that eyes and noses do not stand out from by themselves.
func shadedFur(p *plan.Plan) float32 {
	return raster.Smoothstep(.80, .64, p.Luma.Percentile(.5, p.Matte))
}

// onFace narrows the brush on a face: by form on the skin, most at the features.
func onFace(f *face.Face, x, y, busy, k, r float32) float32 {
	dx, dy := (x-f.X)/(.56*f.Size), (y-f.Y-.04*f.Size)/(.74*f.Size)
	d := dx*dx + dy*dy
	if d > 1.7 {
		return r
	}
	most := raster.Clamp(f.Size/44, skinLeast*k, skinMost*k)
	skin := blend(min(2.3*most, 14*k), most, busy)
	r = blend(r, min(r, skin), 1-raster.Smoothstep(.9, 1.6, d))
	least := raster.Clamp(f.Size/104, featureLeast*k, featureMost*k)
	return blend(r, min(r, least), featureAt(f, x, y))
}

// featureAt is 1 in the eyes, the nostrils and the mouth of a face, 0 on its skin.
func featureAt(f *face.Face, x, y float32) float32 {
	s := f.Size
	var w float32
	if f.HasEyes {
		w = max(disc(f.LeftEye, x, y, .15*s, .085*s), disc(f.RightEye, x, y, .15*s, .085*s))
	}
	if f.HasMouth {
		mouth := face.Point{X: (f.MouthL.X + f.MouthR.X) / 2, Y: (f.MouthL.Y + f.MouthR.Y) / 2}
		w = max(w, disc(mouth, x, y, .21*s, .085*s), disc(face.Point{X: f.Nose.X, Y: f.Nose.Y + .03*s}, x, y, .12*s, .06*s))
	}
	return w
}

// disc falls from 1 inside an upright ellipse to 0 at 1.35 times its radii.
func disc(c face.Point, x, y, rx, ry float32) float32 {
	dx, dy := (x-c.X)/rx, (y-c.Y)/ry
	return 1 - raster.Smoothstep(.8, 1.35, sqrt(dx*dx+dy*dy))
}

// blend mixes two brush sizes by their ratio.
func blend(a, b, t float32) float32 {
	switch {
	case t <= 0 || a == b:
		return a
	case t >= 1:
		return b
	}
	return a * float32(math.Pow(float64(b/a), float64(t)))
}
