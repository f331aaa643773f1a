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
const Version = "5"

// Options says how a plan is drawn. The zero value draws at the plan's result size from seed 0.
type Options struct {
	Seed       uint64
	Ink        Ink                              // for the two sketches; colour styles mix their own
	Background Background                       // what becomes of what is behind the subject; empty leaves it to the style
	Strength   float32                          // force of the hand as a multiple of the style's own, 0.5…1.5; 0 is 1
	Full       image.Point                      // draw at this size instead; zero: the plan's Out
	Progress   func(stage string, done float64) // may be nil; done rises from 0 to 1
	Count      func(strokes int)                // of a sketch: told once how many strokes were drawn; may be nil
}

// pencil are the options of the two sketches.
func (o Options) pencil(scale float32) stroke.Options {
	return stroke.Options{
		Seed: o.Seed, Scale: scale, Ink: inks[o.Ink], Background: grounds[o.Background], Strength: o.Strength,
		Progress: o.Progress, Count: o.Count,
	}
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

// Background is what a drawing makes of what is behind its subject.
type Background string

// The backgrounds. The zero value leaves it to the style. Soft is the one that does not hang on the subject's outline.
const (
	NoBackground Background = "none"  // bare paper or canvas
	Soft         Background = "soft"  // everything stays, quieter towards the edges of the sheet
	PaintedEdge  Background = "edge"  // the surroundings of the subject, ended by an irregular edge
	PlainColour  Background = "plain" // one colour that goes with the photo's
)

// Backgrounds lists all that can be asked for, in every style.
var Backgrounds = []Background{NoBackground, Soft, PaintedEdge, PlainColour}

var grounds = map[Background]plan.Background{
	"": plan.OwnGround, NoBackground: plan.NoGround, Soft: plan.SoftGround, PaintedEdge: plan.EdgedGround, PlainColour: plan.PlainGround,
}

// ErrBackground says that there is no such background, ErrStrength that a drawing cannot be so weak or strong.
var (
	ErrBackground = errors.New("there is no such background")
	ErrStrength   = errors.New("a drawing cannot have that strength")
)

// Strengths within which a drawing's force can be chosen.
const (
	LeastStrength = plan.LeastStrength
	MostStrength  = plan.MostStrength
)

// Check says whether the style can be drawn with the options.
func (o Options) Check(style Style) error {
	if o.Ink != "" && !slices.Contains(style.Inks(), o.Ink) {
		return fmt.Errorf("%w: %s, %s", ErrInk, style, o.Ink)
	}
	if _, ok := grounds[o.Background]; !ok {
		return fmt.Errorf("%w: %s", ErrBackground, o.Background)
	}
	if err := plan.CheckStrength(o.Strength); err != nil {
		return fmt.Errorf("%w: %w", ErrStrength, err)
	}
	return nil
}

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
	if err := o.Check(style); err != nil {
		return nil, err
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
	ground := grounds[o.Background]
	switch style {
	case RoughSketch:
		return sketch.Render(ctx, p, o.pencil(scale))
	case DetailedSketch:
		return pencil.Render(ctx, p, o.pencil(scale))
	case LightColouring:
		return watercolour.Render(ctx, p, watercolour.Options{Seed: o.Seed, Scale: scale, Background: ground, Strength: o.Strength, Progress: o.Progress})
	case Artistic:
		return painting.Render(ctx, p, painting.Options{Seed: o.Seed, Scale: scale, Background: ground, Strength: o.Strength, Progress: o.Progress})
	}
	return nil, fmt.Errorf("there is no style %q", style)
}
