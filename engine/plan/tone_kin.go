package plan

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

// paleSkin is the chroma in OKLab below which skin is like anything gray.
const paleSkin = 0.02

// kinStep is by how much smaller than the plan skin is looked for: a hand is larger than that, and colours cost time.
const kinStep = 4

// Kin returns 1 where the colour is that of the faces found: their hands, and the faces that were not found. It is nil
// without faces and where skin has no colour to be told by. The caller owns the plane.
func (p *Plan) Kin(ctx context.Context) *raster.Plane {
	var skins []raster.Lab
	for _, f := range p.Faces {
		if skin := p.skinColour(f); math.Hypot(float64(skin.A), float64(skin.B)) > paleSkin {
			skins = append(skins, skin)
		}
	}
	if len(skins) == 0 {
		return nil
	}
	var small raster.RGB
	for i, c := range p.Colour {
		small[i] = raster.Shrink(ctx, c, kinStep)
	}
	defer small.Free()
	like := raster.New(small.W(), small.H())
	raster.Rows(ctx, like.H, func(y0, y1 int) {
		for i := y0 * like.W; i < y1*like.W; i++ {
			lab := raster.ToLab(small[0].P[i], small[1].P[i], small[2].P[i])
			for _, skin := range skins {
				da, db, dl := lab.A-skin.A, lab.B-skin.B, 0.15*(lab.L-skin.L)
				d := float32(math.Sqrt(float64(da*da + db*db + dl*dl)))
				like.P[i] = max(like.P[i], 1-raster.Smoothstep(0.015, 0.04, d))
			}
		}
	})
	soft := raster.Gaussian(ctx, like, max(3*p.K, 0.07*p.Faces[0].Size)/kinStep)
	like.Free()
	for i, v := range soft.P {
		soft.P[i] = raster.Smoothstep(0.3, 0.65, v)
	}
	defer soft.Free()
	return raster.Enlarge(ctx, soft, p.W, p.H)
}

// skinColour is the mean colour in the middle of a face.
func (p *Plan) skinColour(f face.Face) raster.Lab {
	var mean raster.Lab
	var n float32
	r := 0.22 * f.Size
	for y := f.Y - r; y <= f.Y+r; y += max(1, r/12) {
		for x := f.X - r; x <= f.X+r; x += max(1, r/12) {
			lab := raster.ToLab(p.Colour[0].At(int(x), int(y)), p.Colour[1].At(int(x), int(y)), p.Colour[2].At(int(x), int(y)))
			mean.L, mean.A, mean.B = mean.L+lab.L, mean.A+lab.A, mean.B+lab.B
			n++
		}
	}
	return raster.Lab{L: mean.L / n, A: mean.A / n, B: mean.B / n}
}
