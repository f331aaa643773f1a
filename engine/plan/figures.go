package plan

import (
	"context"
	"math"

	"easel/engine/raster"
)

// figureStep is by how much smaller than the plan figures are looked for.
const figureStep = 4

// Figures returns where something stands out from what is behind it even to half-closed eyes, 0…1: walkers before the
// sky, a paw before trousers. Leaves and gravel, light and dark side by side, do not. It is what to paint with care where
// the matte does not tell the subject, the less the more the matte does; it is nil where there are faces. The caller owns
// the plane.
func (p *Plan) Figures(ctx context.Context) *raster.Plane {
	const half, wide = 5, 8            // deviations in k pixels of half-closed eyes, and of what counts as beside an edge
	const faint, strong = 0.012, 0.026 // change of luma over k pixels
	if len(p.Faces) > 0 {
		return nil
	}
	sure := raster.Smoothstep(0.45, 0.95, p.MatteConfidence)
	if p.FillsFrame {
		sure = min(sure, 0.65) // the matte may hold one of two animals
	}
	small := raster.Shrink(ctx, p.Luma, figureStep)
	soft := raster.Gaussian(ctx, small, half*p.K/figureStep)
	edges := raster.New(soft.W, soft.H)
	defer raster.Free(small, soft, edges)
	raster.Rows(ctx, soft.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			above, row, below := soft.Row(max(y-1, 0)), soft.Row(y), soft.Row(min(y+1, soft.H-1))
			for x := range row {
				dx, dy := row[min(x+1, soft.W-1)]-row[max(x-1, 0)], below[x]-above[x]
				slope := float32(math.Sqrt(float64(dx*dx+dy*dy))) / (2 * figureStep)
				edges.P[y*soft.W+x] = raster.Smoothstep(faint, strong, p.K*slope)
			}
		}
	})
	near := raster.Gaussian(ctx, edges, wide*p.K/figureStep)
	defer near.Free()
	for i, v := range near.P {
		near.P[i] = (1 - sure) * raster.Smoothstep(0.15, 0.4, v)
	}
	return raster.Enlarge(ctx, near, p.W, p.H)
}
