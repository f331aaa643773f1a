package plan

import (
	"context"
	"slices"

	"easel/engine/face"
	"easel/engine/raster"
)

// burnt is a face whose skin the camera has clipped in some channels: which it was can be told from what the other
// channels hold, because the colour of skin hardly changes with the light on it.
type burnt struct {
	face   face.Face
	kr, kb float32 // red and blue of its skin for one of green, gamma-encoded
	share  float32 // 0…1: how far the face is treated as burnt; a few lights on a brow are not
}

const (
	clipped    = 0.985 // from here a channel may have been anything
	sound      = 0.95  // up to here it is what it was
	faceWidth  = 0.75  // of a face's size: radii within which its light is told, fading out to 1.6 times them
	faceHeight = 0.95
	whiteSkin  = 0.75 // of its hue is given back to skin that is white in all channels
	brightest  = 1.5  // how much lighter than white a burnt tone may be taken for
)

// burnt lists the faces that a camera has burnt out.
func (p *Plan) burnt() []burnt {
	var out []burnt
	for _, f := range p.Faces {
		if b := p.burntFace(f); b.share > 0 {
			out = append(out, b)
		}
	}
	return out
}

// Burnt says how far the camera has burnt a face out, 0…1: then the photo does not tell how light its skin is.
func (p *Plan) Burnt(f face.Face) float32 { return p.burntFace(f).share }

// burntFace measures one face. Where no skin is left that is not clipped, that of other people stands in: skins differ
// much more in lightness than in hue.
func (p *Plan) burntFace(f face.Face) burnt {
	const ordinaryRed, ordinaryBlue, least = 1.22, 0.86, 12
	b := burnt{face: f, kr: ordinaryRed, kb: ordinaryBlue}
	var greens, reds, blues []float32
	var n, lost int
	box := p.inner(f)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			i := y*p.W + x
			r, g, bl := p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i]
			n++
			if max(r, g, bl) > clipped {
				lost++
			}
			if max(r, g, bl) < sound && g > 0.2 {
				greens, reds, blues = append(greens, g), append(reds, r/g), append(blues, bl/g)
			}
		}
	}
	if n == 0 {
		return b
	}
	b.share = raster.Smoothstep(0.04, 0.25, float32(lost)/float32(n))
	if b.share == 0 || len(greens) < max(least, n/50) {
		return b
	}
	// Shadows, eyes and hair have colours of their own: the lighter half is skin.
	sorted := slices.Sorted(slices.Values(greens))
	half := sorted[len(sorted)/2]
	var kr, kb []float32
	for i, g := range greens {
		if g >= half {
			kr, kb = append(kr, reds[i]), append(kb, blues[i])
		}
	}
	slices.Sort(kr)
	slices.Sort(kb)
	b.kr, b.kb = raster.Clamp(kr[len(kr)/2], 1, 1.6), raster.Clamp(kb[len(kb)/2], 0.5, 1)
	return b
}

// within is how far the face's light is that of a point, 0…1.
func (b burnt) within(x, y float32) float32 {
	f := b.face
	d := ellipse(x, y, face.Point{X: f.X, Y: f.Y}, faceWidth*f.Size, faceHeight*f.Size, 1, 0)
	return b.share * (1 - raster.Smoothstep(0.6, 1.2, d))
}

// regain returns what a colour of the face was before the camera clipped it, as far as one channel still tells. Values
// may be above 1.
func (b burnt) regain(red, green, blue, weight float32) (r, g, bl float32) {
	g = green + weight*raster.Smoothstep(sound, clipped, green)*max(0, blue/b.kb-green)
	r = red + weight*raster.Smoothstep(sound, clipped, red)*max(0, b.kr*g-red)
	return r, g, blue
}

// brighten scales the luma of burnt faces by what is regained, so that what was lit still differs. Values may be above
// 1.
func (p *Plan) brighten(ctx context.Context, l *raster.Plane, burnt []burnt) {
	for _, b := range burnt {
		p.within(ctx, b.face, 1.2, func(x, y float32, i int) {
			w := b.within(x, y)
			r, g, bl := p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i]
			if w == 0 || max(r, g, bl) < sound {
				return
			}
			r2, g2, b2 := b.regain(r, g, bl, w)
			l.P[i] *= min(brightest, (0.2126*r2+0.7152*g2+0.0722*b2)/(0.2126*r+0.7152*g+0.0722*bl))
		})
	}
}

// recolour returns the photo's colour at a sample with the hue of the skin that was clipped there. White in all three
// channels is skin, too, within the face, but not at the eyes and the teeth.
func (p *Plan) recolour(burnt []burnt, i int, r, g, b float32) (float32, float32, float32) {
	x, y := float32(i%p.W), float32(i/p.W)
	for _, f := range burnt {
		w := f.within(x, y)
		if w == 0 {
			continue
		}
		if white := raster.Smoothstep(sound, 1, b); white > 0 {
			w *= 1 - white*(1-whiteSkin*f.bare(x, y)*p.Matte.P[i])
		}
		r, g, b = f.regain(r, g, b, w)
		if most := max(r, g, b); most > 1 {
			r, g, b = r/most, g/most, b/most
		}
	}
	return r, g, b
}

// bare is 1 on the skin of a face and 0 in its eyes, its mouth and outside.
func (b burnt) bare(x, y float32) float32 {
	f := b.face
	on := 1 - raster.Smoothstep(0.85, 1.1, ellipse(x, y, face.Point{X: f.X, Y: f.Y + 0.05*f.Size}, 0.62*f.Size, 0.85*f.Size, 1, 0))
	if f.HasEyes {
		for _, eye := range []face.Point{f.LeftEye, f.RightEye} {
			on *= raster.Smoothstep(0.8, 1.2, ellipse(x, y, eye, 0.12*f.Size, 0.06*f.Size, 1, 0))
		}
	}
	if f.HasMouth {
		mouth := face.Point{X: (f.MouthL.X + f.MouthR.X) / 2, Y: (f.MouthL.Y + f.MouthR.Y) / 2}
		on *= raster.Smoothstep(0.8, 1.2, ellipse(x, y, mouth, 0.18*f.Size, 0.07*f.Size, 1, 0))
	}
	return on
}
