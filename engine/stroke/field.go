package stroke

import (
	"context"
	"math"

	"easel/engine/raster"
)

// Field says which way a stroke runs at a place, in pixels; the tangent is a unit vector whose sign has no meaning.
// *raster.Flow is one.
type Field interface {
	At(x, y float32) (tx, ty float32)
}

// Straight is the field of one direction everywhere.
type Straight struct{ TX, TY float32 }

// At returns the one direction.
func (s Straight) At(_, _ float32) (tx, ty float32) { return s.TX, s.TY }

// Grid is a field that is kept coarsely; it suits directions that turn slowly.
type Grid struct {
	step   float32
	tx, ty *raster.Plane
}

// NewGrid asks double for the direction of every step-th pixel as a vector of the doubled angle; its length is the
// weight that the direction has when neighbours are blurred together with the standard deviation sigma, in pixels.
func NewGrid(ctx context.Context, w, h, step int, sigma float32, double func(x, y int) (c, s float32)) *Grid {
	gw, gh := (w+step-1)/step, (h+step-1)/step
	c, s := raster.New(gw, gh), raster.New(gw, gh)
	raster.Rows(ctx, gh, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range gw {
				c.P[y*gw+x], s.P[y*gw+x] = double(min(x*step+step/2, w-1), min(y*step+step/2, h-1))
			}
		}
	})
	if sigma > 0 {
		bc, bs := raster.Gaussian(ctx, c, sigma/float32(step)), raster.Gaussian(ctx, s, sigma/float32(step))
		raster.Free(c, s)
		c, s = bc, bs
	}
	for i := range c.P {
		c.P[i], s.P[i] = half(c.P[i], s.P[i])
	}
	return &Grid{step: float32(step), tx: c, ty: s}
}

// At returns the direction of the nearest grid point.
func (g *Grid) At(x, y float32) (tx, ty float32) {
	i := min(max(int(y/g.step), 0), g.tx.H-1)*g.tx.W + min(max(int(x/g.step), 0), g.tx.W-1)
	return g.tx.P[i], g.ty.P[i]
}

// Free hands the grid's planes back.
func (g *Grid) Free() { raster.Free(g.tx, g.ty) }

// Double is the doubled angle of a unit tangent, in which directions can be mixed.
func Double(tx, ty float32) (c, s float32) { return tx*tx - ty*ty, 2 * tx * ty }

// half is the unit tangent of a doubled angle of any length.
func half(c, s float32) (tx, ty float32) {
	l := sqrt(c*c + s*s)
	if l < 1e-9 {
		return 1, 0
	}
	tx, ty = sqrt(max(0, (1+c/l)/2)), sqrt(max(0, (1-c/l)/2))
	if s < 0 {
		ty = -ty
	}
	return tx, ty
}

// Turn rotates a tangent by an angle in radians.
func Turn(tx, ty, angle float32) (float32, float32) {
	s, c := math.Sincos(float64(angle))
	return tx*float32(c) - ty*float32(s), tx*float32(s) + ty*float32(c)
}
