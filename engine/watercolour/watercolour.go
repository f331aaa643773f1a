// Package watercolour draws a photo as light colouring: transparent washes over a pencil drawing, on cold-press paper
// that stays white where the light falls.
//
// Colour is kept as absorbance, the negative logarithm of linear reflectance: glazes add and the amount of pigment
// multiplies (Bousseau and others 2006). What is painted is decided at the plan's size: how dark each place becomes,
// its pigments, where the wash ends. Those fields are smooth. The sheet then draws every edge, bead of pigment, bump
// of paper and pencil line from them at the size asked for, so a larger picture is the same drawing with finer edges.
package watercolour

import (
	"context"
	"errors"
	"fmt"
	"image"

	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// MaxScale is the largest enlargement of a plan that Render draws.
const MaxScale = 16

// Options says how a plan is painted. The zero value paints at the plan's size from seed 0.
type Options struct {
	Seed       uint64
	Scale      float32                          // the result is W·Scale × H·Scale pixels; 0 or 1 is the plan's size
	Background plan.Background                  // what becomes of what is behind the subject
	Strength   float32                          // force of the hand as a multiple of the style's own, 0.5…1.5; 0 is 1
	Progress   func(stage string, done float64) // may be nil; done rises from 0 to 1
}

// Check reports a scale that cannot be painted.
func (o Options) Check() error {
	if o.Scale != 0 && !(o.Scale >= 1 && o.Scale <= MaxScale) {
		return fmt.Errorf("watercolour: scale %g is neither 0 nor within 1…%d", o.Scale, MaxScale)
	}
	if err := errors.Join(o.Background.Check(), plan.CheckStrength(o.Strength)); err != nil {
		return fmt.Errorf("watercolour: %w", err)
	}
	return nil
}

// scale is Scale with its default.
func (o Options) scale() float32 { return max(1, o.Scale) }

// report tells the progress, if anybody asked.
func (o Options) report(stage string, done float64) {
	if o.Progress != nil {
		o.Progress(stage, done)
	}
}

// Render paints the plan. It returns ctx.Err() when the context ends, and an error for options that Check refuses.
func Render(ctx context.Context, p *plan.Plan, o Options) (*image.NRGBA, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	s := newStudy(ctx, p, o)
	defer s.free()
	for _, step := range []struct {
		stage string
		done  float64
		work  func(context.Context)
	}{
		{"Mixing the colours", 0, s.mixColours},
		{"Wetting the paper", 0.5, s.layGround},
		{"Placing drops", 0.57, s.scatter},
		{"Drawing with pencil", 0.6, s.drawPencil},
	} {
		o.report(step.stage, step.done)
		if step.work(ctx); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	img := s.paint(ctx, o)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	o.report("Laying the washes", 1)
	return img, nil
}

// doubted is how far even a matte that may have forgotten somebody tells where the ground is; oneOfTwo how far one does
// that is not cut out, of animals: it may hold one of two, and the other must not run like a ground.
const doubted, oneOfTwo = 0.2, 0.3

// A wash is ended by the matte or it is not: from endless to ended its edge would be a matter of chance, with holes in the
// paint and islands beside it.
const endless, halfway, ended = 0.36, 0.6, 0.68

// study is everything that is decided at the plan's size. Planes named half and quarter are that part of it.
type study struct {
	p    *plan.Plan
	seed uint64
	k    float32 // the plan's length unit in pixels

	background plan.Background
	strength   float32       // force of the hand, 1 is the style's own
	cut        *raster.Plane // full: what the wash may cover; the plan's matte unless a background was chosen
	outline    *raster.Plane // half: the same, for the wash's edge: a brush does not end hair by hair
	quiet      *raster.Plane // full: how much of the wash is left, with a soft background; else nil

	trust  float32 // 0…1: how far the matte may end the wash
	belief float32 // 0…1: how far it may tell subject from ground where both are painted

	bold float32 // 0…1: how far faces are large enough to be simplified into shapes

	level *raster.Plane // full: absorbance that the subject asks for, mean of the channels
	hue   raster.RGB    // half: share of each channel in it, mean 1
	look  *raster.Plane // half: importance, the eye's attention
	kin   *raster.Plane // full: the same with hands and faces that were not found; nil where those cannot be told

	quarterColours raster.RGB // quarter: the simplified colours, gamma-encoded

	wet    *raster.Plane // quarter: absorbance of what ran together in the wet
	wetHue raster.RGB    // quarter: its hue
	bleed  *raster.Plane // quarter: 0…1, how wet the paper is
	body   *raster.Plane // quarter: amount of pigment around 1, turbulent
	warpX  *raster.Plane // quarter: how far the brush strayed, in plan pixels
	warpY  *raster.Plane
	spread *raster.Plane // quarter: what is added to the matte to find the edge of the wash
	page   *raster.Plane // quarter: rises from the edge of the page inwards
	second *raster.Plane // quarter: where a second glaze lies over the ground

	bodyTones glazes
	faceTones glazes
	lines     stroke.Drawing // the pencil drawing
	drops     []drop
	sparks    []spark
	pupils    []pupil
	blooms    []bloom
}

func newStudy(ctx context.Context, p *plan.Plan, o Options) *study {
	trust := min(stroke.Trust(p), raster.Smoothstep(0.55, 0.85, p.MatteConfidence))
	if trust < halfway {
		trust = min(trust, endless)
	} else {
		trust = max(trust, ended)
	}
	belief := float32(doubted)
	if trust > 0 || p.FillsFrame {
		belief = max(doubted, raster.Smoothstep(0.52, 0.92, p.MatteConfidence))
	}
	if trust == 0 && len(p.Faces) == 0 {
		belief = min(belief, oneOfTwo)
	}
	bold := raster.Smoothstep(140, 340, stroke.FaceSize(p)/p.K)
	s := &study{
		p: p, seed: o.Seed, k: p.K, trust: trust, belief: belief, bold: bold, cut: p.Matte,
		background: o.Background, strength: plan.Strength(o.Strength),
	}
	s.choose(ctx)
	s.outline = raster.Shrink(ctx, s.cut, 2)
	return s
}

func (s *study) free() {
	if s.cut != s.p.Matte {
		s.cut.Free()
	}
	raster.Free(s.outline, s.quiet, s.level, s.look, s.kin, s.wet, s.bleed, s.body, s.warpX, s.warpY, s.spread, s.page, s.second)
	for _, c := range []raster.RGB{s.hue, s.wetHue, s.quarterColours} {
		if c[0] != nil {
			c.Free()
		}
	}
}

// noise is a field at a quarter of the plan's size; length is its longest wavelength in length units.
func (s *study) noise(ctx context.Context, length float32, octaves int, name string) *raster.Plane {
	w, h := (s.p.W+3)/4, (s.p.H+3)/4
	return raster.FBM(ctx, w, h, max(2, length*s.k/4), octaves, raster.Rand(s.seed, name, 0).Uint64())
}
