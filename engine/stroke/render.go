package stroke

import (
	"context"
	"errors"
	"fmt"
	"image"

	"easel/engine/paper"
	"easel/engine/plan"
	"easel/engine/raster"
)

// longest is the longest side of a result in pixels.
const longest = 4096

// Options of a drawing by pencil or pen. The zero value is a good graphite drawing at plan size.
type Options struct {
	Seed       uint64
	Scale      float32 // size of the result relative to the plan; 0 is 1
	Ink        Ink
	Background plan.Background // what becomes of what is behind the subject
	Strength   float32         // force of the hand as a multiple of the style's own, 0.5…1.5; 0 is 1

	Progress func(stage string, done float64) // may be nil
	Count    func(strokes int)                // told once how many strokes were drawn; may be nil
}

// Check says what is wrong with the options.
func (o Options) Check() error {
	if o.Scale < 0 || o.Scale > 32 || o.Scale != o.Scale {
		return fmt.Errorf("scale %v is outside 0 to 32", o.Scale)
	}
	return errors.Join(o.Ink.Check(), o.Background.Check(), plan.CheckStrength(o.Strength))
}

// Tell reports progress, if anybody asked.
func (o Options) Tell(stage string, done float64) {
	if o.Progress != nil {
		o.Progress(stage, done)
	}
}

// Manner is a way of drawing: the paper, the lead, and the hand that makes the drawing on a sheet at plan size. Its
// share of the progress ends at 0.92.
type Manner struct {
	Name  string // for errors
	Paper paper.Kind
	Lead  func(Ink) Lead
	Draw  func(ctx context.Context, s *Sheet, p *plan.Plan, o Options)
}

// Render draws the plan's subject. The result is W·Scale × H·Scale pixels, at most 4096 on its longer side; a scale
// other than 1 shows the same strokes on larger paper. It returns the context's error when that ends first.
func (m Manner) Render(ctx context.Context, p *plan.Plan, o Options) (*image.NRGBA, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	scale := o.Scale
	if scale == 0 {
		scale = 1
	}
	w, h := int(float32(p.W)*scale+0.5), int(float32(p.H)*scale+0.5)
	if max(w, h) > longest || min(w, h) < 1 {
		return nil, fmt.Errorf("%s: %d×%d pixels is outside 1 to %d a side", m.Name, w, h, longest)
	}
	height := paper.Height(ctx, p.W, p.H, m.Paper, p.K, o.Seed)
	defer height.Free()
	sheet := m.draw(ctx, p, o, height, scale != 1)
	defer sheet.Free()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.Tell("Finishing", 0.93)
	large := height
	if scale != 1 {
		sheet.Free()
		large = paper.Height(ctx, w, h, m.Paper, p.K*scale, o.Seed)
		defer large.Free()
	}
	ink := sheet.Ink(ctx, large, scale)
	defer ink.Free()
	ground := NewGround(ctx, p, o)
	defer ground.Free()
	img := Develop(ctx, ink, large, o.Ink.Tint(p.K*scale), ground)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.Tell("Finishing", 1)
	return img, nil
}

// Record draws the plan's subject and returns the strokes without laying them on paper.
func (m Manner) Record(ctx context.Context, p *plan.Plan, o Options) (*Drawing, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	height := paper.Height(ctx, p.W, p.H, m.Paper, p.K, o.Seed)
	defer height.Free()
	sheet := m.draw(ctx, p, o, height, true)
	sheet.Free()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &sheet.Drawing, nil
}

// draw makes the drawing at plan size. What is drawn once only need not be remembered.
func (m Manner) draw(ctx context.Context, p *plan.Plan, o Options, height *raster.Plane, remember bool) *Sheet {
	sheet := NewSheet(height, m.Lead(o.Ink))
	sheet.Drawing.Forget = !remember
	sheet.Force = plan.Strength(o.Strength)
	m.Draw(ctx, sheet, p, o)
	if o.Count != nil && ctx.Err() == nil {
		o.Count(sheet.Drawing.Len())
	}
	return sheet
}
