package painting

import (
	"context"

	"easel/engine/raster"
)

const (
	lone      = .33 // of the difference at a spot is found around it if it is not a lone one
	spotReach = 1.6 // brush half widths that are around it
	spotStep  = 4   // by how much smaller than the plan that is looked at
)

// around is the difference that missing gave, over a place some brushes wide.
func (s *study) around(ctx context.Context, miss *raster.Plane, radius float32) *raster.Plane {
	small := raster.Shrink(ctx, miss, spotStep)
	defer small.Free()
	return raster.Gaussian(ctx, small, max(1, spotReach*radius/spotStep))
}

// spot says whether what differs at sample i is a lone spot behind the subject, smaller than the brush: painters leave
// it out, for painted it is a fleck.
func (s *study) spot(i int, miss, around float32) bool {
	off := (1 - s.plan.Matte.P[i]) * (1 - s.care.P[i])
	return round(around) < round(lone*off*miss) && !s.isGround(i)
}
