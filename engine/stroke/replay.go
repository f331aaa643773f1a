package stroke

import (
	"context"
	"image"

	"easel/engine/raster"
)

// strip is the number of rows that one goroutine replays at a time.
const strip = 64

// Replay lays a drawing on paper of the given height field (0…1), whose size says how large: strokes are scaled by
// scale, plan pixel centres falling where an enlargement would put them. It returns the density of the ink, 0…1.
// Overlapping strokes keep their order. When the context ends the result is unspecified.
func Replay(ctx context.Context, d *Drawing, height *raster.Plane, scale float32, lead Lead) *raster.Plane {
	out := raster.New(height.W, height.H)
	bands := (height.H + strip - 1) / strip
	index := make([][]int32, bands)
	for i := range d.strokes {
		y0, y1 := d.rows(i, scale)
		for b := max(y0, 0) / strip; b < bands && b*strip < y1; b++ {
			index[b] = append(index[b], int32(i))
		}
	}
	raster.Each(ctx, bands, func() *nib { return &nib{} }, func(n *nib, b int) {
		clip := image.Rect(0, b*strip, out.W, min((b+1)*strip, out.H))
		for c, i := range index[b] {
			if c&255 == 255 && ctx.Err() != nil {
				return
			}
			n.path = d.unpack(n.path[:0], int(i))
			enlarge(n.path, scale)
			if n.press(n.path, clip) {
				lead.deposit(n, out, height, nil, d.strokes[i].dark)
			}
		}
	})
	return out
}

// enlarge moves plan coordinates to those of a sheet scale times as large.
func enlarge(path []Node, scale float32) {
	if scale == 1 {
		return
	}
	for i := range path {
		p := &path[i]
		p.X, p.Y, p.Width = (p.X+0.5)*scale-0.5, (p.Y+0.5)*scale-0.5, p.Width*scale
	}
}
