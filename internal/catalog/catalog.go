// Package catalog lists what the studios make: one row per thing, from which the form and the command line come. What one
// costs, and who receives its data, stands in its studio's policy.
package catalog

import "easel/engine/portrait"

// Row is one thing that a studio makes.
type Row struct {
	ID      portrait.Style
	Studio  string // the studio's name
	Title   string // as shown: "Rough sketch"
	Summary string // one sentence of what it looks like
	Engine  string // who draws it, as told in the picture's provenance
}

// Builtin is the name of the engine that needs nothing: no network, no key, no weights.
const Builtin = "Easel built-in"

// Portraits are the rows of the portrait studio, in the order in which they are shown.
var Portraits = []Row{
	{ID: portrait.RoughSketch, Studio: "portrait", Title: "Rough sketch", Engine: Builtin,
		Summary: "Free searching lines and quick hatching, as from a sketchbook."},
	{ID: portrait.DetailedSketch, Studio: "portrait", Title: "Detailed sketch", Engine: Builtin,
		Summary: "Fine pencil, built up stroke by stroke until light and form are there."},
	{ID: portrait.LightColouring, Studio: "portrait", Title: "Light colouring", Engine: Builtin,
		Summary: "Thin watercolour washes over a pencil drawing, with the paper left to shine."},
	{ID: portrait.Artistic, Studio: "portrait", Title: "Artistic", Engine: Builtin,
		Summary: "Oil on canvas: broad strokes first, the finest ones kept for eyes and mouth."},
}

// Ink is what sketches can be drawn with, as shown. Which style is drawn with which, its portrait.Style says.
type Ink struct {
	ID    portrait.Ink
	Title string
}

// Inks are all inks in the order in which they are shown, the one that is taken without asking first.
var Inks = []Ink{
	{portrait.Graphite, "Graphite"},
	{portrait.Sanguine, "Red chalk"},
	{portrait.BluePencil, "Blue pencil"},
	{portrait.Pen, "Pen"},
}

// Background is what becomes of what is behind the subject, as shown.
type Background struct {
	ID    portrait.Background // empty: as the style likes it best
	Title string
}

// Backgrounds are all backgrounds in the order in which they are shown, the one that is taken without asking first.
var Backgrounds = []Background{
	{"", "As the style likes it"},
	{portrait.NoBackground, "None"},
	{portrait.Soft, "Soft"},
	{portrait.PaintedEdge, "Painted edge"},
	{portrait.PlainColour, "Plain colour"},
}

// Find returns the row with the id.
func Find(id string) (Row, bool) {
	for _, row := range Portraits {
		if string(row.ID) == id {
			return row, true
		}
	}
	return Row{}, false
}
