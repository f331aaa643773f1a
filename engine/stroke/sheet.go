package stroke

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// Sheet is the paper while a drawing is being made on it at plan size: the ink so far, its coarse means by which the
// hand decides where more is needed, and the recording.
type Sheet struct {
	Drawing Drawing
	Density *raster.Plane // ink, 0…1
	Height  *raster.Plane // the paper's height field, 0…1; belongs to the caller
	Lead    Lead
	Force   float32 // of the hand, as a multiple of what is asked for; 0 is 1

	low *raster.Plane // mean density of cells of cell×cell pixels
	nib nib
}

// NewSheet returns an empty sheet of the size of the paper's height field.
func NewSheet(height *raster.Plane, lead Lead) *Sheet {
	w, h := height.W, height.H
	return &Sheet{
		Drawing: Drawing{W: w, H: h},
		Density: raster.New(w, h), Height: height, Lead: lead,
		low: raster.New(max(1, w/cell), max(1, h/cell)),
	}
}

// Free hands the sheet's planes back; the recording stays valid.
func (s *Sheet) Free() { raster.Free(s.Density, s.low) }

// Draw makes and records one stroke, whose pressure becomes that of the sheet's force. Dark is as in Drawing.Add.
func (s *Sheet) Draw(path []Node, dark float32) {
	if len(path) < 2 {
		return
	}
	if dark > 0 && s.Force != 0 {
		dark = s.Forced(dark)
		for i := range path {
			path[i].Pressure *= s.Force
		}
	}
	s.Drawing.Add(path, dark)
	s.nib.path = s.Drawing.unpack(s.nib.path[:0], len(s.Drawing.strokes)-1)
	if s.nib.press(s.nib.path, image.Rect(0, 0, s.Density.W, s.Density.H)) {
		s.Lead.deposit(&s.nib, s.Density, s.Height, s.low, dark)
	}
	s.Drawing.forget()
}

// Forced is a density, 0…1, as a hand of the sheet's force lays it: neither black nor bare paper changes.
func (s *Sheet) Forced(v float32) float32 {
	if s.Force == 0 || s.Force == 1 {
		return v
	}
	return 1 - power(1-v, s.Force)
}

func power(v, g float32) float32 { return float32(math.Pow(float64(max(v, 0)), float64(g))) }

// mean is the density around a pixel as the hand sees it.
func (s *Sheet) mean(x, y int) float32 {
	return s.low.P[min(y/cell, s.low.H-1)*s.low.W+min(x/cell, s.low.W-1)]
}

// Ink is the density at scale 1, which the sheet already holds, or the drawing replayed on larger paper. The caller
// owns the plane; the sheet keeps none.
func (s *Sheet) Ink(ctx context.Context, height *raster.Plane, scale float32) *raster.Plane {
	if height == s.Height {
		d := s.Density
		s.Density = nil
		return d
	}
	return Replay(ctx, &s.Drawing, height, scale, s.Lead)
}
