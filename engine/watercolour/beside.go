package watercolour

import (
	"context"

	"easel/engine/raster"
)

// leaveGround takes back from the tone what a face's light adds beside and above its head, where the ground lies: a hill
// as light as skin in the shade must not shine around the hair of who stands before it.
func (s *study) leaveGround(ctx context.Context, tone *raster.Plane) {
	const wide, high, reach = 0.56, 0.80, 1.7 // face sizes: half axes of a head with its hair, and how far the light goes
	const most = 1.05                         // times the photo's tone
	for _, f := range s.p.Faces {
		r := reach * f.Size
		top, bottom := max(0, int(f.Y-r)), min(s.p.H, int(f.Y+0.4*f.Size))
		left, right := max(0, int(f.X-r)), min(s.p.W, int(f.X+r))
		raster.Rows(ctx, max(0, bottom-top), func(y0, y1 int) {
			for y := top + y0; y < top+y1; y++ {
				row, luma := tone.Row(y), s.p.Luma.Row(y)
				above := raster.Smoothstep(0.4, 0, (float32(y)-f.Y)/f.Size)
				for x := left; x < right; x++ {
					if own := most * luma[x]; row[x] > own {
						w := above * raster.Smoothstep(r, 0.8*r, hypot(float32(x)-f.X, float32(y)-f.Y))
						for _, g := range s.p.Faces {
							d := hypot((float32(x)-g.X)/(wide*g.Size), (float32(y)-g.Y+0.05*g.Size)/(high*g.Size))
							w *= raster.Smoothstep(0.85, 1.1, d)
						}
						row[x] += w * (own - row[x])
					}
				}
			}
		})
	}
}
