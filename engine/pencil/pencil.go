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

// longest is the longest side of a result in pixels.
const longest = 4096

// Options of a detailed sketch. The zero value is a good graphite drawing at plan size.
type Options struct {
	Seed       uint64
	Scale      float32         // size of the result relative to the plan; 0 is 1
	Ink        stroke.Ink      // graphite, sanguine or blue pencil; a pen has no tone to build
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
	if err := o.Ink.Check(); err != nil {
		return err
	}
	if o.Ink == stroke.Pen {
		return fmt.Errorf("a detailed sketch is drawn with a pencil; choose graphite, sanguine or blue")
	}
	return nil
}

// Render draws the plan's subject. The result is W·Scale × H·Scale pixels, at most 4096 on its longer side; a scale
// other than 1 shows the same strokes on larger paper. It returns the context's error when that ends first.
func Render(ctx context.Context, p *plan.Plan, o Options) (*image.NRGBA, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("detailed sketch: %w", err)
	}
	scale := o.Scale
	if scale == 0 {
		scale = 1
	}
	w, h := int(float32(p.W)*scale+0.5), int(float32(p.H)*scale+0.5)
	if max(w, h) > longest || min(w, h) < 1 {
		return nil, fmt.Errorf("detailed sketch: %d×%d pixels is outside 1 to %d a side", w, h, longest)
	}
	tell := o.Progress
	if tell == nil {
		tell = func(string, float64) {}
	}
	height := paper.Height(ctx, p.W, p.H, paper.Smooth, p.K, o.Seed)
	defer height.Free()
	sheet := compose(ctx, p, o, height, tell)
	defer sheet.Free()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tell("Finishing", 0.93)
	large := height
	if scale != 1 {
		sheet.Free()
		large = paper.Height(ctx, w, h, paper.Smooth, p.K*scale, o.Seed)
		defer large.Free()
	}
	ink := sheet.Ink(ctx, large, scale)
	defer ink.Free()
	img := stroke.Develop(ctx, ink, large, o.Ink.Tint(p.K*scale))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tell("Finishing", 1)
	return img, nil
}

// compose makes the drawing on a sheet at plan size.
func compose(ctx context.Context, p *plan.Plan, o Options, height *raster.Plane, tell func(string, float64)) *stroke.Sheet {
	sheet := stroke.NewSheet(height, o.Ink.Lead())
	tell("Studying light and shade", 0)
	subject := stroke.Subject(ctx, p)
	margin := stroke.Margin(ctx, p.W, p.H, 0.02, o.Seed)
	luma := p.Tone(ctx, 0.68, 1.5)
	defer raster.Free(subject, margin, luma)
	target := density(ctx, p, luma, subject, margin, o.Seed)
	defer target.Free()
	if ctx.Err() != nil {
		return sheet
	}
	tell("Laying in tone", 0.15)
	shade(ctx, sheet, p, target, subject, o.Seed, tell)
	if ctx.Err() != nil {
		return sheet
	}
	tell("Drawing the lines", 0.75)
	lines(ctx, sheet, p, luma, subject, margin, o.Seed)
	if ctx.Err() != nil {
		return sheet
	}
	tell("Lifting the lights", 0.9)
	lights(sheet, p)
	return sheet
}
