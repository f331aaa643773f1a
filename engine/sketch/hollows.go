package sketch

import (
	"context"

	"easel/engine/raster"
)

// hollows is by how much a place is darker than what is around it, 0…1. The mean around it does for spots, and is light
// beside every edge too: dark clothes would get a rim, and a wall a shadow beside each face. The tone without what is dark
// and narrow does for folds and lattices, and lies above all of a texture. What is a hollow by both counts, and a share of
// what is one by the latter only.
func (a *artist) hollows(ctx context.Context) *raster.Plane {
	const share, most = 0.35, 0.75
	radius := 0.1 * a.size
	out := closed(ctx, a.luma, radius)
	mean := raster.Gaussian(ctx, a.luma, radius)
	defer mean.Free()
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			l := a.luma.P[i]
			d := out.P[i] - l
			out.P[i] = min(most*d, max(mean.P[i]-l, 0)+share*d)
		}
	})
	return out
}

// closed is the tone of a place without darks narrower than twice a radius in pixels (a morphological closing). It is
// found on a quarter of the size.
func closed(ctx context.Context, luma *raster.Plane, radius float32) *raster.Plane {
	const quarter = 4
	small := raster.Shrink(ctx, luma, quarter)
	r := max(int(radius/quarter+0.5), 1)
	for _, most := range [2]bool{true, false} {
		for _, down := range [2]bool{false, true} {
			next := extreme(ctx, small, r, most, down)
			small.Free()
			small = next
		}
	}
	even := raster.Gaussian(ctx, small, 0.25*float32(r))
	small.Free()
	defer even.Free()
	return raster.Enlarge(ctx, even, luma.W, luma.H)
}

// extreme is the most or the least within r samples of a row or of a column.
func extreme(ctx context.Context, src *raster.Plane, r int, most, down bool) *raster.Plane {
	out := src.Clone()
	raster.Rows(ctx, src.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := out.Row(y)
			for d := -r; d <= r; d++ {
				switch {
				case down:
					limit(row, src.Row(min(max(y+d, 0), src.H-1)), most)
				case d < 0:
					limit(row[min(-d, len(row)):], src.Row(y), most)
				default:
					limit(row, src.Row(y)[min(d, src.W):], most)
				}
			}
		}
	})
	return out
}

// limit raises a row to another one, or lowers it, as far as the shorter goes.
func limit(row, to []float32, most bool) {
	row = row[:min(len(row), len(to))]
	for i, v := range to[:len(row)] {
		if v > row[i] == most && v != row[i] {
			row[i] = v
		}
	}
}

// beside is 1 on what the matte calls ground near a face that it has whole, and 0 elsewhere: hair is drawn there only where
// hair is, even if the rest of the outline is in doubt. Where all of it is, it is as much of doubt as lies away from where
// hair can be.
func (a *artist) beside(doubt float32) *raster.Plane {
	const whole = 0.85 // of a face that is seen from the front, and of much of one that looks aside
	out := raster.New(a.W, a.H)
	for _, f := range a.Faces {
		sum, n := float32(0), float32(0)
		each(a.Plan, f, func(x, y int, d float32) {
			if d < 0.9 {
				sum, n = sum+a.Matte.P[y*a.W+x], n+1
			}
		})
		if sum < whole*n {
			continue
		}
		tilt := turnOf(f)
		r := int(1.3 * f.Size)
		for y := max(int(f.Y)-r, 0); y < min(int(f.Y)+r, a.H); y++ {
			for x := max(int(f.X)-r, 0); x < min(int(f.X)+r, a.W); x++ {
				i := y*a.W + x
				out.P[i] = raster.Smoothstep(0.6, 0.1, a.Matte.P[i])
				if doubt > 0 {
					out.P[i] = max(out.P[i], doubt*(1-crown(tilt.by((float32(x)-f.X)/f.Size, (float32(y)-f.Y)/f.Size))))
				}
			}
		}
	}
	return out
}
