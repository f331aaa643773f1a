package matting

import (
	"context"
	"image"

	"easel/engine/raster"
)

// tile is the side of the squares in which the matte is refined at full size; only squares near the outline are
// worked, so that a large photo costs little more than a small one.
const tile = 160

// matte turns a cut into a soft matte as large as c: the band about the cut is opened again, solved on the view and
// brought to full size along the photo's own edges.
func (v *view) matte(ctx context.Context, c raster.RGB, in []bool) *raster.Plane {
	long := max(v.w, v.h)
	cut, rest := raster.New(v.w, v.h), raster.New(v.w, v.h)
	for i, is := range in {
		if is {
			cut.P[i] = 1
		} else {
			rest.P[i] = 1
		}
	}
	toCut, toRest := raster.Distance(ctx, cut), raster.Distance(ctx, rest)
	sure := raster.New(v.w, v.h)
	band := max(1.5, float32(long)/60)
	for i := range sure.P {
		if max(toCut.P[i], toRest.P[i]) > band {
			sure.P[i] = 1
		}
	}
	soft := closed(ctx, v.rgb, sure, cut, cut, max(2, long/80), 3e-6, 12)
	defer raster.Free(cut, rest, toCut, toRest, sure, soft)
	for i, s := range sure.P {
		if s > 0 {
			soft.P[i] = cut.P[i]
		}
	}
	k := (max(c.W(), c.H()) + long - 1) / long // photo pixels to one of the view
	return spread(ctx, c, soft, max(2, 2*k), 1e-4)
}

// spread brings a soft mask of the view to the photo's size and lets it follow the photo's own edges: a colour guided
// filter (He, Sun and Tang 2010) in the tiles where the mask is neither 0 nor 1.
func spread(ctx context.Context, c raster.RGB, mask *raster.Plane, r int, eps float32) *raster.Plane {
	out := raster.Enlarge(ctx, mask, c.W(), c.H())
	coarse := out.Clone()
	defer coarse.Free()
	nx, ny := (c.W()+tile-1)/tile, (c.H()+tile-1)/tile
	one := raster.WithWorkers(ctx, 1)
	raster.Each(ctx, nx*ny, func() struct{} { return struct{}{} }, func(_ struct{}, k int) {
		x0, y0 := k%nx*tile, k/nx*tile
		x1, y1 := min(x0+tile, c.W()), min(y0+tile, c.H())
		if !mixed(coarse, x0-r, y0-r, x1+r, y1+r) {
			return
		}
		px, py := max(0, x0-2*r), max(0, y0-2*r)
		qx, qy := min(c.W(), x1+2*r), min(c.H(), y1+2*r)
		box := image.Rect(px, py, qx, qy)
		guide, part := c.Crop(box), coarse.Crop(box)
		fine := raster.GuidedRGB(one, guide, part, r, eps)
		for y := y0; y < y1; y++ {
			row, from := out.Row(y), fine.Row(y-py)
			for x := x0; x < x1; x++ {
				row[x] = raster.Clamp((from[x-px]-0.02)/0.96, 0, 1)
			}
		}
		guide.Free()
		raster.Free(part, fine)
	})
	return out
}

// mixed tells whether p holds anything but pure 0 or pure 1 within the rectangle.
func mixed(p *raster.Plane, x0, y0, x1, y1 int) bool {
	x0, y0, x1, y1 = max(0, x0), max(0, y0), min(p.W, x1), min(p.H, y1)
	first := p.P[y0*p.W+x0]
	if first > 0.002 && first < 0.998 {
		return true
	}
	for y := y0; y < y1; y++ {
		for _, v := range p.P[y*p.W+x0 : y*p.W+x1] {
			if abs(v-first) > 0.002 {
				return true
			}
		}
	}
	return false
}
