package watercolour

import (
	"context"
	"image"

	"easel/engine/raster"
)

func shrink(ctx context.Context, c raster.RGB, n int) raster.RGB {
	return raster.RGB{raster.Shrink(ctx, c[0], n), raster.Shrink(ctx, c[1], n), raster.Shrink(ctx, c[2], n)}
}

// shrinkFlow keeps every second sample: directions cannot be averaged, since opposite ones mean the same. The energy is
// left out.
func shrinkFlow(ctx context.Context, f *raster.Flow) *raster.Flow {
	w, h := (f.Tx.W+1)/2, (f.Tx.H+1)/2
	out := &raster.Flow{}
	pick := func(src *raster.Plane) *raster.Plane {
		dst := raster.New(w, h)
		raster.Rows(ctx, h, func(y0, y1 int) {
			for y := y0; y < y1; y++ {
				from, to := src.Row(2*y), dst.Row(y)
				for x := range to {
					to[x] = from[2*x]
				}
			}
		})
		return dst
	}
	out.Tx, out.Ty, out.Coherence = pick(f.Tx), pick(f.Ty), pick(f.Coherence)
	return out
}

// cropFlow copies the part r of a flow but for its energy.
func cropFlow(f *raster.Flow, r image.Rectangle) *raster.Flow {
	return &raster.Flow{Tx: f.Tx.Crop(r), Ty: f.Ty.Crop(r), Coherence: f.Coherence.Crop(r)}
}
