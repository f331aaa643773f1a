package stroke

import (
	"context"
	"image"
	"image/color"

	"easel/engine/raster"
)

// Tint is the colour of paper and ink of a finished sheet.
type Tint struct {
	Paper, Ink color.NRGBA
	Smudge     float32 // 0…1: share of the ink that fingers and eraser have spread
	Blur       float32 // how far, in pixels
	Tooth      float32 // how much the paper's own relief shows in the light, about 0.02
}

// Develop turns ink density (0…1) into the picture: paper where there is none, ink where it is full. Where ground is not
// nil its colour lies under the ink.
func Develop(ctx context.Context, ink, height *raster.Plane, t Tint, ground *Ground) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, ink.W, ink.H))
	spread := ink
	if t.Smudge > 0 {
		spread = raster.Gaussian(ctx, ink, t.Blur)
		defer spread.Free()
	}
	paper := [3]float32{float32(t.Paper.R), float32(t.Paper.G), float32(t.Paper.B)}
	lead := [3]float32{float32(t.Ink.R), float32(t.Ink.G), float32(t.Ink.B)}
	scale, under := float32(1), [3]float32{}
	if ground != nil {
		scale = float32(ink.W) / float32(ground.Kept.W)
		under = [3]float32{float32(ground.Colour.R), float32(ground.Colour.G), float32(ground.Colour.B)}
	}
	raster.Rows(ctx, ink.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			d, b, h := ink.Row(y), spread.Row(y), height.Row(y)
			px := out.Pix[y*out.Stride:][:4*ink.W]
			for x := range d {
				v := d[x] + t.Smudge*(b[x]-d[x])
				light := 1 + t.Tooth*(h[x]-0.5)
				covered := float32(0)
				if ground != nil {
					covered = ground.at(x, y, scale)
				}
				for c := range 3 {
					p := (paper[c] + covered*(under[c]-paper[c])) * light
					px[4*x+c] = uint8(min(max(p+v*(lead[c]-p)+0.5, 0), 255))
				}
				px[4*x+3] = 255
			}
		}
	})
	return out
}
