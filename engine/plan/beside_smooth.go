package plan

import (
	"context"
	"image"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

const (
	hairFrom    = -0.47 // of a face's size below its middle: what of a head is above is hair, or a hat
	clearlyFine = 0.7   // logarithm: hair twice as fine as the ground
	smoothOdds  = 2.5   // logarithm of the odds of what is as smooth as the ground
)

// smooth is by how much the odds of being ground are higher beside a head for want of texture, as a logarithm, on the
// pixels of a box: a lens that blurs the ground leaves hair sharp, and where both have one colour that alone tells them
// apart. It is 0 where ears and a neck may be, which are smooth too, and everywhere if hair is not finer than the ground.
// The caller owns the plane.
func (p *Plan) smooth(ctx context.Context, f face.Face, box image.Rectangle) *raster.Plane {
	fine := p.texture(ctx, box, 0.03*f.Size)
	hair, ground := p.textures(f, box, fine)
	if hair-ground < clearlyFine {
		fine.Fill(0)
		return fine
	}
	raster.Rows(ctx, fine.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			down := (float32(box.Min.Y+y) - f.Y) / f.Size
			aboveEars, belowEars := raster.Smoothstep(-0.16, -0.22, down), raster.Smoothstep(0.24, 0.3, down)
			row := fine.Row(y)
			for x, v := range row {
				aside := (float32(box.Min.X+x) - f.X) / f.Size
				may := max(aboveEars, belowEars*raster.Smoothstep(0.30, 0.36, max(aside, -aside)))
				row[x] = may * smoothOdds * raster.Clamp(2*(hair-v)/(hair-ground)-0.6, 0, 1)
			}
		}
	})
	return fine
}

// texture is the logarithm of the mean size of details finer than a few pixels, over sigma pixels, in a box.
func (p *Plan) texture(ctx context.Context, box image.Rectangle, sigma float32) *raster.Plane {
	const least = 1e-3
	seen := p.Luma.Crop(box)
	coarse := raster.Gaussian(ctx, seen, 1.5)
	for i, v := range coarse.P {
		coarse.P[i] = max(seen.P[i]-v, v-seen.P[i])
	}
	fine := raster.Gaussian(ctx, coarse, max(1, sigma))
	raster.Free(seen, coarse)
	for i, v := range fine.P {
		fine.P[i] = float32(math.Log(float64(v + least)))
	}
	return fine
}

// textures are the mean textures of a head's hair and of the ground in a box; both are 0 where one of them is not seen.
func (p *Plan) textures(f face.Face, box image.Rectangle, fine *raster.Plane) (hair, ground float32) {
	var hairs, grounds float32
	for y := range fine.H {
		down := (float32(box.Min.Y+y) - f.Y) / f.Size
		for x, v := range fine.Row(y) {
			m := p.Matte.At(box.Min.X+x, box.Min.Y+y)
			switch {
			case m < 0.05 && down < besideTo:
				ground, grounds = ground+v, grounds+1
			case m > 0.9 && down < hairFrom && fromHead(f, float32(box.Min.X+x), float32(box.Min.Y+y)) < 0.95:
				hair, hairs = hair+v, hairs+1
			}
		}
	}
	if hairs == 0 || grounds == 0 {
		return 0, 0
	}
	return hair / hairs, ground / grounds
}
