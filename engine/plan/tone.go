package plan

import (
	"context"
	"image"
	"math"
	"slices"

	"easel/engine/face"
	"easel/engine/raster"
)

const noSkin = 0.30 // of the lights of a face: what is darker is not its skin

// Tone returns the luma that a style should draw, 0…1: each face is lifted or lowered so that its skin comes near
// target, whatever the person's skin tone or the exposure; details are multiplied by contrast (1 leaves them). Faces
// far from the middle are pulled only part of the way, so that dark skin stays dark and fair skin fair.
func (p *Plan) Tone(ctx context.Context, target, contrast float32) *raster.Plane {
	l := p.balanced(ctx, target)
	p.calmSkin(ctx, l)
	if contrast == 1 {
		return l
	}
	base := raster.Guided(ctx, l, l, max(1, max(p.W, p.H)/60), 0.01)
	defer base.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			l.P[i] = raster.Clamp(base.P[i]+contrast*(l.P[i]-base.P[i]), 0, 1)
		}
	})
	return l
}

// balanced is the stretched luma with faces, or else the subject, brought towards the target.
func (p *Plan) balanced(ctx context.Context, target float32) *raster.Plane {
	l := p.Luma.Clone()
	if len(p.Faces) > 0 {
		p.balanceFaces(ctx, l, target)
	} else {
		p.balanceSubject(ctx, l, target)
	}
	return l
}

// Pulled is the tone that a face of median luma m is brought to: the target, or only part of the way there for faces
// far from the middle. What is very dark is a person's own colour oftener than a camera's mistake, so that keeps more
// than what is very light: no skin reflects so much that it comes out near white in a photo that is not too light.
func Pulled(m, target float32) float32 {
	keep := 0.3*raster.Smoothstep(0.42, 0.28, m) + 0.02*raster.Smoothstep(0.80, 0.90, m)
	return m + (1-keep)*(target-m)
}

// wellExposed is the tone of skin to which light is added or taken away before a style's curve. Some of what a light
// face has more is left to it: a curve that darkens also draws features more clearly, which a light face needs.
func wellExposed(m float32) float32 {
	const middle, keep = 0.65, 0.08
	return middle + keep*max(0, min(1, m)-middle)
}

// curve is how a face is brought to its tone.
type curve struct{ gain, knee, white, gamma float32 } // white is where the gain moves the lightest tone to

// towards returns the curve that brings m to the pulled target. Light comes first: more or less of it multiplies, so
// a factor undoes it for skin, eyes and shadows alike, whatever the exposure was. The style's own power follows, the
// same for all exposures. A face in the dark is not lit by more than its noise allows; the power does the rest.
// peak is the lightest tone there is, above 1 where clipped lights were regained.
func towards(m, target, peak float32) curve {
	const mostGain, aboveSkin = 1.8, 0.05
	m = raster.Clamp(m, 0.02, brightest)
	c := curve{gain: min(wellExposed(m)/m, mostGain), knee: wellExposed(m) + aboveSkin}
	c.white = peak * c.gain
	lit := shoulder(m*c.gain, c.knee, c.white)
	c.gamma = raster.Clamp(float32(math.Log(float64(Pulled(min(1, m), target)))/math.Log(float64(lit))), 0.40, 1.8)
	return c
}

// at is the curve's value for a luma of 0…1.
func (c curve) at(v float32) float32 { return power(shoulder(v*c.gain, c.knee, c.white), c.gamma) }

// shoulder bends the tones above the knee, which is a little lighter than skin, so that white, which the gain has moved,
// comes out as white again, or where the photo was too light as a light that is not quite white: what is burnt out has
// no form left, and at full white it would be a hole in the face.
func shoulder(v, knee, white float32) float32 {
	const regained = 0.4
	if v <= knee || white <= knee {
		return v
	}
	top := float32(1)
	if white < 1 {
		top = white + regained*(1-white)
	}
	d := v - knee
	return knee + d/(1+d*(1/(top-knee)-1/(white-knee)))
}

// balanceFaces applies a curve around each face that fades out towards the shoulders.
func (p *Plan) balanceFaces(ctx context.Context, l *raster.Plane, target float32) {
	const steps = 1024 // of the curve's table, for a luma of 1
	lost := p.burnt()
	p.brighten(ctx, l, lost)
	sum, weight := raster.New(p.W, p.H), raster.New(p.W, p.H)
	around := raster.Gaussian(ctx, p.Luma, 0.05*p.Faces[0].Size)
	defer raster.Free(sum, weight, around)
	for _, f := range p.Faces {
		peak := float32(1)
		if i := slices.IndexFunc(lost, func(b burnt) bool { return b.face == f }); i >= 0 {
			peak += (brightest - 1) * lost[i].share
		}
		skin := tonePercentile(l, p.inner(f))
		c := towards(skin, target, peak)
		var table [steps*brightest + 2]float32
		for i := range table {
			table[i] = c.at(float32(i) / steps)
		}
		s := f.Size
		p.within(ctx, f, 1.6, func(x, y float32, i int) {
			d := ellipse(x, y, face.Point{X: f.X, Y: f.Y}, faceWidth*s, faceHeight*s, 1, 0)
			w := 1 - raster.Smoothstep(0.6, 1.6, d)
			if w <= 0 {
				return
			}
			// What is darker than the skin beside it is hair, or the ground: with the face's light it would stand around it
			// like a halo.
			beside := raster.Smoothstep(0.60, 0.85, d)
			w *= 1 - beside*raster.Smoothstep(0.95, 0.60, around.P[i]/max(skin, 0.05))
			v := steps * l.P[i]
			j := int(v)
			sum.P[i] += w * (table[j] + (v-float32(j))*(table[j+1]-table[j]))
			weight.P[i] += w
		})
	}
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			if w := weight.P[i]; w > 0 {
				l.P[i] = (max(0, 1-w)*min(1, l.P[i]) + sum.P[i]) / max(1, w)
			}
		}
	})
}

// Skin is the tone of a face's skin in the photo: the 55th percentile of the luma in its inner box. Where the camera has
// burnt it out it may be above 1.
func (p *Plan) Skin(f face.Face) float32 {
	box := p.inner(f)
	b := p.burntFace(f)
	if b.share == 0 {
		return tonePercentile(p.Luma, box)
	}
	l := p.Luma.Clone()
	defer l.Free()
	p.brighten(context.Background(), l, []burnt{b})
	return tonePercentile(l, box)
}

// inner is the part of a face that is mostly skin.
func (p *Plan) inner(f face.Face) image.Rectangle {
	s := f.Size
	return image.Rect(int(f.X-0.28*s), int(f.Y-0.25*s), int(f.X+0.28*s)+1, int(f.Y+0.35*s)+1).Intersect(image.Rect(0, 0, p.W, p.H))
}

// tonePercentile is the 55th percentile of luma in a box, of what is not much darker than its lights: beards and
// sunglasses are no skin.
func tonePercentile(l *raster.Plane, box image.Rectangle) float32 {
	if box.Empty() {
		return 0.5
	}
	part := l.Crop(box)
	defer part.Free()
	least := noSkin * part.Percentile(0.9, nil)
	lit := part.P[:0]
	for _, v := range part.P {
		if v >= least {
			lit = append(lit, v)
		}
	}
	return (&raster.Plane{W: len(lit), H: 1, P: lit}).Percentile(0.55, nil)
}

// power is v to the power g for v in 0…1.
func power(v, g float32) float32 {
	if v <= 0 {
		return 0
	}
	return float32(math.Exp(float64(g) * math.Log(float64(v))))
}

// balanceSubject is for photos without faces: the tones inside the matte are stretched and brought to the target, and
// three quarters of that are taken over. The target is met only part of the way: a black cat must not turn grey, nor a
// white one. A matte that may be wrong fades out softly, or its edge would be drawn.
func (p *Plan) balanceSubject(ctx context.Context, l *raster.Plane, target float32) {
	const strength, pull, leastRange = 0.75, 0.6, 0.45
	tones := p.Luma.Percentiles(p.Matte, 0.02, 0.5, 0.98)
	lo, median, hi := tones[0], tones[1], tones[2]
	if hi-lo < 0.02 {
		return
	}
	// Black fur keeps its darkness and white fur its light: what a narrow range lacks is added on the other side.
	lack := max(0, leastRange-(hi-lo))
	lo, hi = lo-lack*median, hi+lack*(1-median)
	target = median + pull*(target-median)
	middle := raster.Clamp((median-lo)/(hi-lo), 0.02, 0.98)
	g := raster.Clamp(float32(math.Log(float64(target))/math.Log(float64(middle))), 0.5, 2.2)
	doubt := 1 - raster.Smoothstep(0.4, 0.9, p.MatteConfidence)
	share := raster.Gaussian(ctx, p.Matte, (4+90*doubt)*p.K)
	defer share.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			if m := share.P[i]; m > 0.002 {
				v := power(raster.Clamp((l.P[i]-lo)/(hi-lo), 0, 1), g)
				l.P[i] += strength * m * (v - l.P[i])
			}
		}
	})
}

// calmSkin removes the texture of skin, which drawn looks like blotches; edges of features stay.
func (p *Plan) calmSkin(ctx context.Context, l *raster.Plane) {
	if len(p.Faces) == 0 {
		return
	}
	largest := float32(0)
	for _, f := range p.Faces {
		largest = max(largest, f.Size)
	}
	r := max(1, int(largest/60+0.5))
	box := p.aroundFaces(2 * r) // the filter looks that far
	part := l.Crop(box)
	defer part.Free()
	calm := raster.Guided(ctx, part, part, r, 0.001)
	defer calm.Free()
	raster.Rows(ctx, part.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row, imp := l.Row(box.Min.Y + y)[box.Min.X:], p.Importance.Row(box.Min.Y + y)[box.Min.X:]
			for x, v := range calm.Row(y) {
				if w := raster.Smoothstep(0.2, 0.4, imp[x]); w > 0 {
					row[x] += w * (v - row[x])
				}
			}
		}
	})
}

// aroundFaces is the box that holds all that is important of the faces, and some pixels more.
func (p *Plan) aroundFaces(more int) image.Rectangle {
	var box image.Rectangle
	for _, f := range p.Faces {
		r := int(importantTo*f.Size) + 1 + more
		box = box.Union(image.Rect(int(f.X)-r, int(f.Y)-r, int(f.X)+r+1, int(f.Y)+r+1))
	}
	return box.Intersect(image.Rect(0, 0, p.W, p.H))
}
