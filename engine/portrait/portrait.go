// Package portrait draws a photo in one of the four portrait styles: plan once, then draw, at the size wanted.
package portrait

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"easel/engine/painting"
	"easel/engine/pencil"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/sketch"
	"easel/engine/stroke"
	"easel/engine/watercolour"
)

// Style is the id of a portrait style, the same in the API, on the command line and in file names.
type Style string

// The four styles.
const (
	RoughSketch    Style = "rough-sketch"
	DetailedSketch Style = "detailed-sketch"
	LightColouring Style = "light-colouring"
	Artistic       Style = "artistic"
)

// Styles lists all styles in the order in which they are shown.
var Styles = []Style{RoughSketch, DetailedSketch, LightColouring, Artistic}

// LongestSide is the longest side of a drawing at full size, in pixels.
const LongestSide = 4096

// Version names the state of the engine in a picture's provenance. It changes when the same photo, style and seed
// would give a visibly different picture.
const Version = "1"

// Options says how a plan is drawn. The zero value draws at the plan's result size from seed 0.
type Options struct {
	Seed     uint64
	Ink      Ink                              // for the two sketches; colour styles mix their own
	Full     image.Point                      // draw at this size instead; zero: the plan's Out
	Progress func(stage string, done float64) // may be nil; done rises from 0 to 1
}

// Ink is what a sketch is drawn with.
type Ink string

// The inks. The zero value is graphite. A detailed sketch is not drawn with a pen, which has no tone.
const (
	Graphite   Ink = "graphite"
	Sanguine   Ink = "sanguine"
	BluePencil Ink = "blue-pencil"
	Pen        Ink = "pen"
)

// Inks returns what the style can be drawn with, the one that is taken without asking first; none for colour styles.
func (s Style) Inks() []Ink {
	switch s {
	case RoughSketch:
		return []Ink{Graphite, Sanguine, BluePencil, Pen}
	case DetailedSketch:
		return []Ink{Graphite, Sanguine, BluePencil}
	}
	return nil
}

var inks = map[Ink]stroke.Ink{"": stroke.Graphite, Graphite: stroke.Graphite, Sanguine: stroke.Sanguine, BluePencil: stroke.BluePencil, Pen: stroke.Pen}

// ErrInk says that a style is not drawn with the ink.
var ErrInk = errors.New("this style is not drawn with that ink")

// FullSize is the size of a drawing at full size for a photo (or crop) of the given size: the photo's own, with no
// side over LongestSide.
func FullSize(photo image.Point) image.Point {
	long := max(photo.X, photo.Y)
	if long <= LongestSide {
		return photo
	}
	f := LongestSide / float64(long)
	return image.Pt(max(1, int(math.Round(float64(photo.X)*f))), max(1, int(math.Round(float64(photo.Y)*f))))
}

// Draw draws the plan in a style. The same plan, style, seed and size give the same pixels on any number of cores; at
// another size it is the same drawing. It returns ctx.Err() when the context ends, and an error for an unknown style.
func Draw(ctx context.Context, p *plan.Plan, style Style, o Options) (*image.NRGBA, error) {
	if o.Ink != "" && !slices.Contains(style.Inks(), o.Ink) {
		return nil, fmt.Errorf("%w: %s, %s", ErrInk, style, o.Ink)
	}
	size := p.Out
	if o.Full != (image.Point{}) {
		size = o.Full
	}
	scale := max(1, float32(max(size.X, size.Y))/float32(max(p.W, p.H)))
	img, err := draw(ctx, p, style, scale, o)
	if err != nil {
		return nil, err
	}
	if img.Rect.Size() != size {
		img = raster.ResizeNRGBA(ctx, img, size.X, size.Y)
	}
	return img, ctx.Err()
}

func draw(ctx context.Context, p *plan.Plan, style Style, scale float32, o Options) (*image.NRGBA, error) {
	switch style {
	case RoughSketch:
		return sketch.Render(ctx, p, sketch.Options{Seed: o.Seed, Scale: scale, Ink: inks[o.Ink], Progress: o.Progress})
	case DetailedSketch:
		return pencil.Render(ctx, p, pencil.Options{Seed: o.Seed, Scale: scale, Ink: inks[o.Ink], Progress: o.Progress})
	case LightColouring:
		return watercolour.Render(ctx, p, watercolour.Options{Seed: o.Seed, Scale: scale, Progress: o.Progress})
	case Artistic:
		return painting.Render(ctx, p, painting.Options{Seed: o.Seed, Scale: scale, Progress: o.Progress})
	}
	return nil, fmt.Errorf("there is no style %q", style)
}
