// Package sketch draws the rough sketch: a free hand that searches its contours with repeated lines, hatches shadows
// with quick parallel strokes, sets a few darks where the eye goes and leaves the lit side to the paper.
package sketch

import (
	"context"
	"image"
	"io"
	"math"

	"easel/engine/paper"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// Options of a rough sketch. The zero value is a good graphite sketch at plan size.
type Options = stroke.Options

// manner draws on a sketch-book's paper.
var manner = stroke.Manner{Name: "rough sketch", Paper: paper.Sketch, Lead: lead, Draw: compose}

// Render draws the plan's subject. The result is W·Scale × H·Scale pixels, at most 4096 on its longer side; a scale
// other than 1 shows the same strokes on larger paper. It returns the context's error when that ends first.
func Render(ctx context.Context, p *plan.Plan, o Options) (*image.NRGBA, error) {
	return manner.Render(ctx, p, o)
}

// SVG writes the same drawing as vectors, in plan pixels, for paper of any size.
func SVG(ctx context.Context, p *plan.Plan, o Options, w io.Writer) error {
	drawing, err := manner.Record(ctx, p, o)
	if err != nil {
		return err
	}
	ground := stroke.NewGround(ctx, p, o)
	defer ground.Free()
	if err := ctx.Err(); err != nil {
		return err
	}
	paper, ink := o.Ink.Colours()
	return drawing.SVG(ctx, w, paper, ink, ground)
}

// artist is one drawing in the making.
type artist struct {
	*plan.Plan
	K       float32 // the plan's unit, but never so small that strokes vanish in a preview
	seed    uint64
	ground  plan.Background
	sheet   *stroke.Sheet
	luma    *raster.Plane // tone to draw, 0…1
	lifted  *raster.Plane // the same with the darks opened, for what must be seen in them
	mass    *raster.Plane // tone without detail: shapes of light and shade
	calm    *raster.Plane // 0…1: how much tone a place gets
	hand    *wander       // of the hatching
	subject *raster.Plane // what belongs to the drawing, 0…1
	margin  *raster.Plane // falls to 0 at the edges of the sheet
	size    float32       // side of the main face, or of a head that the subject could have
	skin    *raster.Plane // 1 inside faces
}

// compose makes the drawing at plan size, light marks first.
func compose(ctx context.Context, sheet *stroke.Sheet, p *plan.Plan, o Options) {
	o.Tell("Looking for the big shapes", 0)
	a := &artist{
		Plan: p, K: max(p.K, 0.45), seed: o.Seed, ground: o.Background, size: stroke.FaceSize(p),
		sheet:   sheet,
		luma:    p.Tone(ctx, 0.72, 1.5),
		subject: stroke.Around(ctx, p, o.Background, o.Seed),
		margin:  stroke.Margin(ctx, p.W, p.H, 0.025, o.Seed),
	}
	a.masses(ctx)
	a.skin, a.calm = faces(p), stroke.Calm(ctx, p)
	defer raster.Free(a.luma, a.lifted, a.mass, a.subject, a.margin, a.skin, a.calm)
	steps := []struct {
		stage string
		done  float64
		draw  func(context.Context)
	}{
		{"Placing the head", 0.2, a.construction},
		{"Hatching the shadows", 0.22, a.hatching},
		{"Searching the contours", 0.4, a.contours},
		{"Drawing the features", 0.6, a.features},
		{"Drawing the small forms", 0.7, a.details},
		{"Setting the darks", 0.75, a.accents},
	}
	for _, s := range steps {
		if ctx.Err() != nil {
			break
		}
		o.Tell(s.stage, s.done)
		s.draw(ctx)
	}
}

// masses sees the tone as shapes of light and shade. Folds of dark clothes are small differences of dark tones; they are
// made larger, or a jumper would be one hatch and trousers a skirt.
func (a *artist) masses(ctx context.Context) {
	const gain, most = 2.0, 0.16
	a.lifted = raster.New(a.W, a.H)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			// Beside a face its tone is changed, and an outline there with it: that is seen as the photo has it.
			w := raster.Smoothstep(0.62, 0.82, a.Importance.P[i])
			v := a.Luma.P[i] + w*(a.luma.P[i]-a.Luma.P[i])
			a.lifted.P[i] = v + 0.07*v/(v+0.1) // steeper below a third, the same above
		}
	})
	a.mass = raster.Guided(ctx, a.luma, a.luma, max(int(18*a.Plan.K), 2), 0.012)
	// Compared is with what is dark around a place: beside a light wall all of a jacket is dark.
	dark, tone := raster.New(a.W, a.H), raster.New(a.W, a.H)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			dark.P[i] = raster.Smoothstep(0.5, 0.2, a.mass.P[i])
			tone.P[i] = dark.P[i] * a.lifted.P[i]
		}
	})
	fine, wide, share := raster.Gaussian(ctx, a.lifted, 4*a.K), raster.Gaussian(ctx, tone, 45*a.K), raster.Gaussian(ctx, dark, 45*a.K)
	defer raster.Free(dark, tone, fine, wide, share)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			if d := dark.P[i]; d > 0 {
				fold := gain * (fine.P[i] - wide.P[i]/max(share.P[i], 1e-3))
				a.mass.P[i] = raster.Clamp(a.mass.P[i]+d*raster.Clamp(fold, -most, most), 0, 1)
			}
		}
	})
}

// lead is a softer, grainier pencil than that of a finished drawing; a pen stays a pen.
func lead(ink stroke.Ink) stroke.Lead {
	l := ink.Lead()
	if ink != stroke.Pen {
		l.Smooth = 0.1
	}
	return l
}

// faces is 1 inside the ovals of the faces and falls to 0 around them.
func faces(p *plan.Plan) *raster.Plane {
	out := raster.New(p.W, p.H)
	for _, f := range p.Faces {
		rx, ry := 0.46*f.Size, 0.62*f.Size
		for y := max(int(f.Y-1.3*ry), 0); y < min(int(f.Y+1.4*ry), p.H); y++ {
			for x := max(int(f.X-1.3*rx), 0); x < min(int(f.X+1.3*rx), p.W); x++ {
				d := math.Hypot(float64((float32(x)-f.X)/rx), float64((float32(y)-f.Y-0.06*f.Size)/ry))
				i := y*p.W + x
				out.P[i] = max(out.P[i], raster.Smoothstep(1.25, 0.85, float32(d)))
			}
		}
	}
	return out
}

// weight is how much a mark at a place counts: subject and margin together.
func (a *artist) weight(x, y float32) float32 {
	i, j := int(x+0.5), int(y+0.5)
	return a.subject.At(i, j) * a.margin.At(i, j)
}
