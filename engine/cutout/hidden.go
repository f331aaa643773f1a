package cutout

import (
	"context"

	"easel/engine/raster"
)

// From where much is hidden: what lies so far from all that is known, in parts of the photo's shorter side, or takes so much of
// the photo, can only be guessed. Over holes whose truth is known, depth goes with error (docs/quality.md).
const (
	deep = 0.11
	wide = 0.15
)

// Hidden reports whether much of what lies behind the crowd was hidden, so that whoever sees the filling should look closely.
func (crowd *Crowd) Hidden(ctx context.Context) bool {
	known := raster.New(crowd.Mask.W, crowd.Mask.H)
	defer known.Free()
	taken := 0
	for i, m := range crowd.Mask.P {
		switch {
		case m > 0.5:
			taken++
		case crowd.Subject.P[i] <= 0.5: // the subject tells nothing of the ground
			known.P[i] = 1
		}
	}
	far := raster.Distance(ctx, known)
	defer far.Free()
	deepest := float32(0)
	for i, m := range crowd.Mask.P {
		if m > 0.5 {
			deepest = max(deepest, far.P[i])
		}
	}
	return float64(deepest) > deep*float64(min(far.W, far.H)) || float64(taken) > wide*float64(len(far.P))
}
