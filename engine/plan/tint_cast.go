package plan

import (
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

// cast is a face in coloured light, and by how much its colours are shifted to undo that.
type cast struct {
	face  face.Face
	skin  float32 // its tone
	shift raster.Lab
}

// casts lists the faces whose skin is bluer than skin is. Of whatever colour people are, their skin's hue lies between
// orange red and yellow; pink to violet is a shadow under a blue sky or a camera's mistake, and in a lighter drawing of
// it nobody looks well.
func (p *Plan) casts() []cast {
	const bluest, want, least = 0.58, 0.66, 0.015 // angles of the hue in radians; chroma that has a hue
	var out []cast
	for _, f := range p.Faces {
		skin := p.skinColour(f)
		c := vividness(skin)
		angle := math.Atan2(float64(skin.B), float64(skin.A))
		if c < least || angle > bluest || angle < -math.Pi/2 {
			continue
		}
		sin, cos := math.Sincos(want)
		share := raster.Smoothstep(bluest, bluest-0.2, float32(angle))
		out = append(out, cast{f, p.Skin(f), raster.Lab{A: share * (c*float32(cos) - skin.A), B: share * (c*float32(sin) - skin.B)}})
	}
	return out
}

// uncast is the shift at a sample: all of it on the face, none beyond its hair, nor on what is much darker beside it,
// which is hair or the ground, as for its light: around the head of somebody on a hillside the hill would have another
// colour than elsewhere.
func (p *Plan) uncast(casts []cast, i int) raster.Lab {
	var sum raster.Lab
	for _, c := range casts {
		f := c.face
		x, y := float32(i%p.W), float32(i/p.W)
		d := ellipse(x, y, face.Point{X: f.X, Y: f.Y}, faceWidth*f.Size, faceHeight*f.Size, 1, 0)
		w := 1 - raster.Smoothstep(0.6, 1.4, d)
		if w <= 0 {
			continue
		}
		w *= 1 - raster.Smoothstep(0.60, 0.85, d)*raster.Smoothstep(0.95, 0.60, p.Luma.P[i]/max(c.skin, 0.05))
		sum.A, sum.B = sum.A+w*c.shift.A, sum.B+w*c.shift.B
	}
	return sum
}
