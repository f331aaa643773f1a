// Package paper makes the surface that pencils and washes meet: the height of drawing and watercolour papers as an
// endless sheet of which any window can be asked for.
//
// Grain is white noise passed through a difference of Gaussians, which gives bumps of one typical size without a
// period, plus a slower mottle of the felt. Heights depend on kind, length unit and seed only, so a picture rendered
// in bands lies on the same sheet as one rendered at once.
package paper

import (
	"context"
	"image"

	"easel/engine/raster"
)

// Kind is a make of paper.
type Kind uint8

// The papers, from the finest grain to the coarsest.
const (
	Smooth    Kind = iota // hot-pressed drawing paper
	Sketch                // toothy sketch-book paper
	ColdPress             // watercolour paper with visible bumps
)

// grain is the size of the bumps in length units; a kind that does not exist is a sketch-book.
func (k Kind) grain() float32 {
	switch k {
	case Smooth:
		return 1.9
	case ColdPress:
		return 3.0
	default:
		return 2.6
	}
}

const (
	relief      = 0.17 // deviation of the bumps
	mottle      = 0.25 // how much the felt's slow variation adds
	mottleSize  = 5    // its wavelength in bumps
	smallestTip = 0.8  // pixels: below this the bumps would be single noisy pixels
)

// Height returns the w×h corner of a sheet: 0 the deepest valley, 1 the highest bump, mean 0.5. k is the length unit
// of the drawing (long side / 1400); larger k means larger bumps.
func Height(ctx context.Context, w, h int, kind Kind, k float32, seed uint64) *raster.Plane {
	return Window(ctx, image.Rect(0, 0, w, h), kind, k, seed)
}

// Window returns the part r of the sheet whose corner Height returns, so that large pictures can be made in bands.
func Window(ctx context.Context, r image.Rectangle, kind Kind, k float32, seed uint64) *raster.Plane {
	s := max(kind.grain()*k, smallestTip)
	cell := max(1, int(s/3)) // bumps three cells wide are smooth enough to interpolate
	bumps := newGrid(r, cell)
	bumps.fillGrain(ctx, s/float32(cell), seed)
	felt := newMottle(ctx, r, max(1, int(s/2)), s*mottleSize, seed)
	defer raster.Free(bumps.plane, felt.plane)

	out := raster.New(r.Dx(), r.Dy())
	raster.Rows(ctx, out.H, func(y0, y1 int) {
		z := make([]float32, out.W)
		for y := y0; y < y1; y++ {
			row := out.Row(y)
			bumps.row(row, r.Min.X, r.Min.Y+y)
			felt.row(z, r.Min.X, r.Min.Y+y)
			for x, v := range row {
				row[x] = raster.Clamp(0.5+relief*v+mottle*(z[x]-0.5), 0, 1)
			}
		}
	})
	return out
}
