// Package pencil draws the detailed sketch: delicate pencil in which tone is built from tens of thousands of strokes,
// with lines that are weaker than the tone and paper left white where light falls.
package pencil

import (
	"context"
	"fmt"
	"image"

	"easel/engine/paper"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// Options of a detailed sketch. The zero value is a good graphite drawing at plan size.
type Options = stroke.Options

// manner draws on smooth paper.
var manner = stroke.Manner{Name: "detailed sketch", Paper: paper.Smooth, Lead: stroke.Ink.Lead, Draw: compose}

// Render draws the plan's subject with a pencil: a pen has no tone to build, and is refused. The result is
// W·Scale × H·Scale pixels, at most 4096 on its longer side; a scale other than 1 shows the same strokes on larger paper.
// It returns the context's error when that ends first.
func Render(ctx context.Context, p *plan.Plan, o Options) (*image.NRGBA, error) {
	if o.Ink == stroke.Pen {
		return nil, fmt.Errorf("%s: it is drawn with a pencil; choose graphite, sanguine or blue", manner.Name)
	}
	return manner.Render(ctx, p, o)
}

// fine is how far a sheet is so small that strokes and grain are finer than a pixel, 0…1.
func fine(p *plan.Plan) float32 { return raster.Smoothstep(0.8, 0.3, p.K) }

// smoothest is how far the grain of the paper is gone on a sheet so small that it is finer than a pixel: seen as pixels
// it would be dirt in the faces.
const smoothest = 0.8

// compose makes the drawing on a sheet at plan size.
func compose(ctx context.Context, sheet *stroke.Sheet, p *plan.Plan, o Options) {
	o.Tell("Studying light and shade", 0)
	sheet.Lead.Smooth = max(sheet.Lead.Smooth, smoothest*fine(p))
	subject := stroke.Around(ctx, p, o.Background, o.Seed)
	margin := stroke.Margin(ctx, p.W, p.H, 0.02, o.Seed)
	luma := p.Tone(ctx, 0.68, 1.5)
	target := density(ctx, p, luma, subject, margin, o)
	defer func() { raster.Free(subject, margin, luma, target) }()
	for _, step := range []struct {
		stage string
		done  float64
		draw  func()
	}{
		{"Laying in tone", 0.15, func() { shade(ctx, sheet, p, target, subject, o) }},
		{"Drawing the lines", 0.75, func() { lines(ctx, sheet, p, luma, subject, margin, o.Seed) }},
		{"Lifting the lights", 0.9, func() { lights(sheet, p) }},
	} {
		if ctx.Err() != nil {
			return
		}
		o.Tell(step.stage, step.done)
		step.draw()
	}
}
