package watercolour

import (
	"context"

	"easel/engine/raster"
)

// dry strokes are what a nearly dry brush gives of fur, hair, grass and folds: locks, not hairs.
const (
	lock      = 5    // k pixels: what is wider is a shape and painted as one
	lockLong  = 6    // k pixels by which a lock is drawn out along the form, both ways
	lockDepth = 0.22 // absorbance of a stroke, at most
	lockForce = 1.6  // times the contrast that the photo has there
	faint     = 0.01 // absorbance below which a difference is noise
)

// hairs returns the strokes of a dry brush at half the plan's size, in absorbance around 0: what is lighter or darker
// than its surroundings, drawn out along the forms and then of nearly one force wherever there is any, as a brush has
// one width. flow is at that size too.
func (s *study) hairs(ctx context.Context, tone *raster.Plane, flow *raster.Flow, table *absorbance) *raster.Plane {
	const around, most = 14, 1.5 // k pixels that have one force; its multiple in the strongest of them
	fine := raster.Shrink(ctx, tone, 2)
	raster.Rows(ctx, fine.H, func(y0, y1 int) {
		for i := y0 * fine.W; i < y1*fine.W; i++ {
			fine.P[i] = table.of(fine.P[i])
		}
	})
	wide := raster.Gaussian(ctx, fine, lock*s.k/2)
	for i, v := range wide.P {
		fine.P[i] -= v
	}
	strokes := along(ctx, fine, flow, max(1, int(lockLong*s.k/2+0.5)))
	for i, v := range strokes.P {
		fine.P[i] = max(v, -v)
	}
	usual := raster.Gaussian(ctx, fine, around*s.k/2)
	defer raster.Free(fine, wide, usual)
	for i, v := range strokes.P {
		u := usual.P[i]
		strokes.P[i] = raster.Clamp(v/(1.2*u+faint), -most, most) * min(lockDepth, lockForce*u)
	}
	return strokes
}

// brush lays the dry strokes into the level, both at half the plan's size, but not where the eye goes: features are
// painted as they are.
func (s *study) brush(level, strokes *raster.Plane) {
	for i, v := range strokes.P {
		level.P[i] = max(0, level.P[i]+v*raster.Smoothstep(0.7, 0.3, s.look.P[i]))
	}
}

// along averages a plane along the flow of its size, up to reach pixels both ways, what is near more.
func along(ctx context.Context, p *raster.Plane, f *raster.Flow, reach int) *raster.Plane {
	out := raster.New(p.W, p.H)
	weights, total := make([]float32, reach), float32(1)
	for i := range weights {
		weights[i] = 1 - float32(i+1)/float32(reach+1)
		total += 2 * weights[i]
	}
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			sum := p.P[i]
			for _, way := range [2]float32{1, -1} {
				// Beyond the edge of the picture its last sample goes on.
				x, y, vx, vy, j := float32(i%p.W)+0.5, float32(i/p.W)+0.5, way*f.Tx.P[i], way*f.Ty.P[i], i
				for _, w := range weights {
					x, y = x+vx, y+vy
					if x >= 0 && y >= 0 && int(x) < p.W && int(y) < p.H {
						j = int(y)*p.W + int(x)
						tx, ty := f.Tx.P[j], f.Ty.P[j]
						if tx*vx+ty*vy < 0 {
							tx, ty = -tx, -ty
						}
						vx, vy = tx, ty
					}
					sum += w * p.P[j]
				}
			}
			out.P[i] = sum / total
		}
	})
	return out
}

// follow turns how far the brush strays, in plan pixels, along the flow: a hand strays along a form more than across it,
// and least of all where the eye goes. All planes but the flow are at a quarter of the plan's size.
func (s *study) follow(x, y int, dx, dy, look float32) (float32, float32) {
	const kept = 0.9 // of what would go across is held back
	tx, ty := s.p.Flow.At(float32(4*x+2), float32(4*y+2))
	across := kept * (1 - look) * (dy*tx - dx*ty)
	return dx + across*ty, dy - across*tx
}
