package watercolour

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

const (
	hushed     = 0.30 // of the wash is left in the corners of a soft background
	plainDepth = 1.05 // times the absorbance of a plain background's colour
)

// choose prepares the background that was asked for; without one the style does as it likes.
func (s *study) choose(ctx context.Context) {
	switch s.background {
	case plan.OwnGround:
		return
	case plan.SoftGround:
		s.trust, s.quiet = 0, s.p.Kept(ctx, s.background, s.seed)
	case plan.PlainGround:
		s.trust, s.belief, s.cut = 0, 1, s.p.Kept(ctx, s.background, s.seed)
	default:
		s.trust, s.cut = 1, s.p.Kept(ctx, s.background, s.seed)
		if s.background == plan.NoGround {
			s.belief = 1
		}
	}
}

// ends says how far past what is kept the wash spreads: shares of the style's own reach, and of its ragged edge.
func (s *study) ends() (reach, ragged float32) {
	switch s.background {
	case plan.NoGround:
		return 0, 0.35
	case plan.EdgedGround:
		return 0, 0.8
	}
	return 1, 1
}

// plainWash is the absorbance of a plain background and its hue.
func (s *study) plainWash(table *absorbance) (depth float32, hue [3]float32) {
	r, g, b := s.p.Plain().RGB()
	c := [3]float32{table.of(r), table.of(g), table.of(b)}
	// The sheet takes away what the paper has of the colour itself.
	for i := range c {
		c[i] = max(0, c[i]+float32(math.Log(paperColour[i])))
	}
	mean := max(0.02, (c[0]+c[1]+c[2])/3)
	for i := range hue {
		hue[i] = c[i] / mean
	}
	return plainDepth * mean, hue
}

// hush takes the wash back towards the edges of a soft background, and gives all of it the strength that was asked for.
func (s *study) hush(ctx context.Context) {
	force := float32(math.Pow(float64(s.strength), 0.6))
	if s.quiet == nil {
		for i := range s.body.P {
			s.body.P[i] *= force
		}
		return
	}
	near := raster.Shrink(ctx, s.quiet, 4)
	defer near.Free()
	for i, v := range near.P {
		s.body.P[i] *= force * (hushed + (1-hushed)*v)
	}
}
