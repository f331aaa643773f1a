// Package sketch draws the rough sketch: a free hand that searches its contours with repeated lines, hatches shadows
// with quick parallel strokes, sets a few darks where the eye goes and leaves the lit side to the paper.
package sketch

import (
	"context"
	"image"
	"io"

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
	form    *raster.Plane // tone with the forms of faces and without their texture
	calm    *raster.Plane // 0…1: how much tone a place gets
	hand    *wander       // of the hatching
	grain   *stroke.Grid  // direction of hair, fur and folds
	subject *raster.Plane // what belongs to the drawing, 0…1
	margin  *raster.Plane // falls to 0 at the edges of the sheet
	size    float32       // side of the main face, or of a head that the subject could have
	skin    *raster.Plane // 1 inside faces
	tones   []complexion  // of the faces
	grins   []bool        // whether a face shows its teeth
	dabbed  []float32     // how far a face is modelled by dabs, 0…1: hatching one that is hardly larger than a stroke makes it dirty
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
	a.skin, a.calm, a.tones = faces(p), stroke.Calm(ctx, p), a.complexions()
	a.grain = a.along(ctx)
	a.hand = newWander(ctx, a)
	defer a.grain.Free()
	defer a.hand.free()
	for _, f := range p.Faces {
		a.dabbed = append(a.dabbed, raster.Smoothstep(300, 180, f.Size/a.K))
	}
	defer raster.Free(a.luma, a.lifted, a.mass, a.form, a.subject, a.margin, a.skin, a.calm)
	steps := []struct {
		stage string
		done  float64
		draw  func(context.Context)
	}{
		{"Placing the head", 0.2, a.construction},
		{"Hatching the shadows", 0.22, a.hatching},
		{"Laying light tone", 0.37, a.coat},
		{"Modelling the faces", 0.39, a.flesh},
		{"Searching the contours", 0.4, a.contours},
		{"Closing the mouths", 0.59, a.lips},
		{"Drawing the features", 0.6, a.features},
		{"Drawing the small forms", 0.67, a.details},
		{"Drawing the hair", 0.71, a.strands},
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
	const gain, most = 3.5, 0.2
	a.lifted = a.lit(ctx)
	a.mass = raster.Guided(ctx, a.luma, a.luma, max(int(18*a.Plan.K), 2), 0.012)
	// Compared is with what is dark around a place: beside a light wall all of a jacket is dark.
	dark, tone := raster.New(a.W, a.H), raster.New(a.W, a.H)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			dark.P[i] = raster.Smoothstep(0.5, 0.2, a.mass.P[i])
			tone.P[i] = dark.P[i] * a.lifted.P[i]
		}
	})
	a.form = raster.Gaussian(ctx, a.lifted, 3*a.K)
	wide, share := raster.Gaussian(ctx, tone, 45*a.K), raster.Gaussian(ctx, dark, 45*a.K)
	defer raster.Free(dark, tone, wide, share)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			if d := dark.P[i]; d > 0 {
				fold := gain * (a.form.P[i] - wide.P[i]/max(share.P[i], 1e-3))
				a.mass.P[i] = raster.Clamp(a.mass.P[i]+d*raster.Clamp(fold, -most, most), 0, 1)
			}
		}
	})
}

// lit is the photo with its darks opened and its faces in a like light. They are brought there by a factor: the curve by
// which tones are drawn burns lights out, and with them noses and hair in the sun.
func (a *artist) lit(ctx context.Context) *raster.Plane {
	const well, most = 0.72, 2.5
	gains := make([]float32, len(a.Faces))
	for i, f := range a.Faces {
		gains[i] = raster.Clamp(well/max(a.Skin(f), 0.05), 0.6, most)
	}
	out := raster.New(a.W, a.H)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			v := a.Luma.P[i]
			// Beside a face its tone is changed, and an outline there with it: that is seen as the photo has it.
			w := raster.Smoothstep(0.62, 0.82, a.Importance.P[i])
			if w > 0 && len(gains) > 0 {
				v *= 1 + w*(gains[a.nearest(float32(i%a.W), float32(i/a.W))]-1)
			} else if w > 0 {
				v += w * (a.luma.P[i] - v)
			}
			// Darks are made steeper, and those of clothes, whose lapels and seams are dark on dark, most of all.
			out.P[i] = v + (0.2-0.13*w)*v/(v+0.06+0.04*w)
		}
	})
	return out
}

// lead is a softer, grainier pencil than that of a finished drawing; a pen stays a pen.
func lead(ink stroke.Ink) stroke.Lead {
	l := ink.Lead()
	if ink != stroke.Pen {
		l.Smooth = 0.1
	}
	return l
}

// weight is how much a mark at a place counts: subject and margin together.
func (a *artist) weight(x, y float32) float32 {
	i, j := int(x+0.5), int(y+0.5)
	return a.subject.At(i, j) * a.margin.At(i, j)
}
