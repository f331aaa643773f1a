package stroke

import (
	"fmt"
	"image/color"
)

// Ink is what a drawing is made with.
type Ink uint8

// The inks. Graphite is the zero value.
const (
	Graphite   Ink = iota // soft pencil
	Sanguine              // red chalk
	BluePencil            // draughtsman's blue
	Pen                   // drawing ink: no grain, full black
)

// Check says whether the ink exists.
func (i Ink) Check() error {
	if i > Pen {
		return fmt.Errorf("ink %d does not exist; choose 0 (graphite) to %d (pen)", i, Pen)
	}
	return nil
}

// Colours of the paper, and of each ink at full density.
func (i Ink) Colours() (paper, ink color.NRGBA) {
	paper = color.NRGBA{247, 245, 241, 255}
	switch i {
	case Sanguine:
		return color.NRGBA{248, 243, 233, 255}, color.NRGBA{138, 52, 30, 255}
	case BluePencil:
		return paper, color.NRGBA{38, 62, 128, 255}
	case Pen:
		return paper, color.NRGBA{22, 22, 26, 255}
	default:
		return paper, color.NRGBA{32, 31, 34, 255}
	}
}

// Lead is how the ink meets the paper's grain.
func (i Ink) Lead() Lead {
	if i == Pen {
		return Lead{Smooth: 0.85}
	}
	return Lead{Smooth: 0.4}
}

// Tint is the finish of a sheet whose length unit is k pixels (long side / 1400): what fingers spread, and the
// paper's relief.
func (i Ink) Tint(k float32) Tint {
	paper, ink := i.Colours()
	t := Tint{Paper: paper, Ink: ink, Smudge: 0.16, Blur: 1.6 * k, Tooth: 0.022}
	if i == Pen {
		t.Smudge = 0
	}
	return t
}
