// Package sketch draws the rough sketch: a free hand that searches its contours with repeated lines, hatches shadows
// with quick parallel strokes, sets a few darks where the eye goes and leaves the lit side to the paper.
package sketch

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"

	"easel/engine/paper"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// longest is the longest side of a result in pixels.
const longest = 4096

// Options of a rough sketch. The zero value is a good graphite sketch at plan size.
type Options struct {
	Seed       uint64
	Scale      float32 // size of the result relative to the plan; 0 is 1
	Ink        stroke.Ink
	Background plan.Background // what becomes of what is behind the subject
	Strength   float32         // force of the hand as a multiple of the style's own, 0.5…1.5; 0 is 1
	Progress   func(stage string, done float64)
}

// Check says what is wrong with the options.
func (o Options) Check() error {
	if o.Scale < 0 || o.Scale > 32 || o.Scale != o.Scale {
		return fmt.Errorf("scale %v is outside 0 to 32", o.Scale)
	}
	if err := o.Background.Check(); err != nil {
		return err
	}
	if err := plan.CheckStrength(o.Strength); err != nil {
		return err
	}
	return o.Ink.Check()
}

// Render draws the plan's subject. The result is W·Scale × H·Scale pixels, at most 4096 on its longer side; a scale
// other than 1 shows the same strokes on larger paper. It returns the context's error when that ends first.
func Render(ctx context.Context, p *plan.Plan, o Options) (*image.NRGBA, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("rough sketch: %w", err)
	}
	scale := o.Scale
	if scale == 0 {
		scale = 1
	}
	w, h := int(float32(p.W)*scale+0.5), int(float32(p.H)*scale+0.5)
	if max(w, h) > longest || min(w, h) < 1 {
		return nil, fmt.Errorf("rough sketch: %d×%d pixels is outside 1 to %d a side", w, h, longest)
	}
	height := paper.Height(ctx, p.W, p.H, paper.Sketch, p.K, o.Seed)
	defer height.Free()
	sheet := compose(ctx, p, o, height)
	defer sheet.Free()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.tell("Finishing", 0.92)
	large := height
	if scale != 1 {
		sheet.Free()
		large = paper.Height(ctx, w, h, paper.Sketch, p.K*scale, o.Seed)
		defer large.Free()
	}
	ink := sheet.Ink(ctx, large, scale)
	defer ink.Free()
	img := stroke.Develop(ctx, ink, large, o.Ink.Tint(p.K*scale))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.tell("Finishing", 1)
	return img, nil
}

// SVG writes the same drawing as vectors, in plan pixels, for paper of any size.
func SVG(ctx context.Context, p *plan.Plan, o Options, w io.Writer) error {
	if err := o.Check(); err != nil {
		return fmt.Errorf("rough sketch: %w", err)
	}
	height := paper.Height(ctx, p.W, p.H, paper.Sketch, p.K, o.Seed)
	defer height.Free()
	sheet := compose(ctx, p, o, height)
	sheet.Free()
	if err := ctx.Err(); err != nil {
		return err
	}
	ground, ink := o.Ink.Colours()
	return sheet.Drawing.SVG(ctx, w, ground, ink)
}

func (o Options) tell(stage string, done float64) {
	if o.Progress != nil {
		o.Progress(stage, done)
	}
}

// artist is one drawing in the making.
type artist struct {
	*plan.Plan
	K       float32 // the plan's unit, but never so small that strokes vanish in a preview
	seed    uint64
	sheet   *stroke.Sheet
	luma    *raster.Plane // tone to draw, 0…1
	mass    *raster.Plane // the same without detail: shapes of light and shade
	subject *raster.Plane // what belongs to the drawing, 0…1
	margin  *raster.Plane // falls to 0 at the edges of the sheet
	size    float32       // side of the main face, or of a head that the subject could have
	skin    *raster.Plane // 1 inside faces
}

// compose makes the drawing at plan size, light marks first.
func compose(ctx context.Context, p *plan.Plan, o Options, height *raster.Plane) *stroke.Sheet {
	o.tell("Looking for the big shapes", 0)
	a := &artist{
		Plan: p, K: max(p.K, 0.45), seed: o.Seed, size: stroke.FaceSize(p),
		sheet:   stroke.NewSheet(height, lead(o.Ink)),
		luma:    p.Tone(ctx, 0.72, 1.5),
		subject: stroke.Subject(ctx, p),
		margin:  stroke.Margin(ctx, p.W, p.H, 0.025, o.Seed),
	}
	a.mass = raster.Guided(ctx, a.luma, a.luma, max(int(18*p.K), 2), 0.012)
	a.skin = faces(p)
	defer raster.Free(a.luma, a.mass, a.subject, a.margin, a.skin)
	steps := []struct {
		stage string
		done  float64
		draw  func(context.Context)
	}{
		{"Placing the head", 0.2, a.construction},
		{"Hatching the shadows", 0.22, a.hatching},
		{"Searching the contours", 0.4, a.contours},
		{"Drawing the features", 0.6, a.features},
		{"Setting the darks", 0.75, a.accents},
	}
	for _, s := range steps {
		if ctx.Err() != nil {
			break
		}
		o.tell(s.stage, s.done)
		s.draw(ctx)
	}
	return a.sheet
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
