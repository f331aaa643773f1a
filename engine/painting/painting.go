// Package painting paints a photo in oil: broad textured strokes first and smaller ones only where people look, on a
// toned ground, with a height field of paint that is lit from the upper left.
//
// All decisions (where a stroke begins, its path, colour, brush and order) are made at the plan's size, layer by layer
// and by looking at what the canvas still lacks (Hertzmann 1998), and are recorded. A larger rendering replays the
// record with finer bristles, so it is the same painting.
package painting

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

// greatestSide is the longest side of a rendering larger than the plan, in pixels; it bounds the memory.
const greatestSide = 4096

// Options are the choices for one painting. The zero value paints at the plan's size.
type Options struct {
	Seed  uint64
	Scale float32 // size of the result in plan sizes, 1 or more with a long side of at most 4096 pixels; 0 means 1

	Background plan.Background // what becomes of what is behind the subject
	Strength   float32         // force of the hand as a multiple of the style's own, 0.5…1.5; 0 is 1

	// Progress is told the stage in plain words and the share done, 0…1 and rising. It may be nil.
	Progress func(stage string, done float64)
}

// Check returns an error that says which option cannot be used.
func (o Options) Check() error {
	if o.Scale != 0 && !(o.Scale >= 1 && o.Scale <= 16) {
		return fmt.Errorf("painting: scale %v is not between 1 and 16", o.Scale)
	}
	if err := errors.Join(o.Background.Check(), plan.CheckStrength(o.Strength)); err != nil {
		return fmt.Errorf("painting: %w", err)
	}
	return nil
}

// Render paints the plan. The picture has the plan's size times the scale, opaque. It returns the context's error when
// that ends, and an error when the options do not fit the plan.
func Render(ctx context.Context, p *plan.Plan, o Options) (*image.NRGBA, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	scale := max(o.Scale, 1)
	w, h := scaled(p.W, scale), scaled(p.H, scale)
	if scale > 1 && max(w, h) > greatestSide {
		return nil, fmt.Errorf("painting: %d×%d pixels are more than %d a side", w, h, greatestSide)
	}
	report := o.Progress
	if report == nil {
		report = func(string, float64) {}
	}
	c, pages := compose(ctx, p, o, report)
	care := c.care
	defer func() { care.Free(); c.free() }()
	if scale > 1 && ctx.Err() == nil {
		c.free()
		report("Painting at full size", .9)
		c = replay(ctx, pages, w, h, scale, o.Seed, primed(p, o.Background))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	report("Lighting the paint", .92)
	img := c.light(ctx, care, p.K, plan.Strength(o.Strength), o.Seed)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	report("Done", 1)
	return img, nil
}

func scaled(n int, scale float32) int { return max(1, int(math.Round(float64(n)*float64(scale)))) }

// compose makes all decisions and, because later strokes depend on earlier ones, paints them at plan size on the way.
func compose(ctx context.Context, p *plan.Plan, o Options, report func(string, float64)) (*canvas, []*page) {
	seed, strength := o.Seed, plan.Strength(o.Strength)
	report("Mixing the colours", 0)
	colours := scheme(ctx, p)
	defer colours.Free()
	kept := backdrop(ctx, p, colours, o.Background, seed)
	defer kept.Free()
	brushes := newBrushes(ctx, seed, 1)
	c := newCanvas(p.W, p.H, 1, primed(p, o.Background))
	fine, broad := newFields(ctx, p, seed)
	scope, care := newScope(ctx, p, fine)
	c.care = care
	embolden(scope, care, strength)
	fur := float32(0)
	if len(p.Faces) == 0 {
		fur = shadedFur(p)
	}
	s := &study{
		plan: p, seed: seed, scope: scope, care: care, fine: fine, broad: broad, canvas: c,
		sure: certainty(p), colourful: colourfulness(p), kept: kept, strength: strength, fur: fur, bareGround: o.Background == plan.OwnGround,
		ground: primed(p, o.Background),
	}
	defer scope.Free()
	defer fine.free()
	defer broad.free()
	var pages []*page
	var ref raster.RGB
	view := abstraction(0)
	left := most
	for n := range layers {
		if ctx.Err() != nil {
			break
		}
		report(stageName(n), .1+.8*float64(n)/float64(len(layers)))
		if layers[n].view != view {
			if view != 0 {
				ref.Free()
			}
			view = layers[n].view
			ref = reference(ctx, colours, p.Flow, view, p.K)
		}
		pg := s.decide(ctx, n, left/2, ref)
		left -= pg.strokes()
		c.paint(ctx, pg, brushes)
		pages = append(pages, pg)
	}
	if view != 0 {
		ref.Free()
	}
	last := touches(p, colours, seed)
	c.paint(ctx, last, brushes)
	return c, append(pages, last)
}

// stageName says in plain words what a layer is for.
func stageName(n int) string {
	switch {
	case n == 0:
		return "Laying in the ground"
	case n < 3:
		return "Blocking in the big shapes"
	case n < 5:
		return "Painting the forms"
	}
	return "Finishing the features"
}

// replay paints the recorded strokes on a larger canvas.
func replay(ctx context.Context, pages []*page, w, h int, scale float32, seed uint64, prime [3]float32) *canvas {
	brushes := newBrushes(ctx, seed, scale)
	c := newCanvas(w, h, scale, prime)
	for _, pg := range pages {
		c.paint(ctx, pg, brushes)
	}
	return c
}
