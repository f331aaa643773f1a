package painting

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

const (
	faceTone   = .70  // where the tone of faces should lie, but
	keepFair   = .02  // lighter ones keep this much of their own, since that is the light's as often as theirs,
	keepSound  = .37  // but so much where the camera has burnt nothing out, up to
	fairest    = .10  // this much lighter;
	burntAny   = 8    // times as sure as the plan of what is burnt this must be: then the photo does not tell,
	keepDark   = .22  // and darker ones this much: no one is painted paler or darker than they are,
	petTone    = .50  // the same for a subject without a face,
	keepMood   = .75  // which keeps this much of its own tone: a dark cat stays dark
	skinChroma = .085 // chroma above which skin looks like an orange,
	calmSkin   = .5   // and how much of the rest is taken away
	flush      = .007 // blood under the skin, along OKLab's green-red axis: ochres alone make it look sallow
	ownSkin    = .7   // of the light's temperature is kept off skin, which has colours enough
	localTone  = 1.22 // how much local contrast is strengthened
	localFur   = 1.20 // the same for fur, which is soft
	chroma     = 1.06
	sCurve     = .18
	warmth     = .034 // shift along OKLab's blue-yellow axis for one unit of lightness
	blush      = .008 // and along its green-red axis
	shaded     = .45  // below this lightness less and less of it, or a brown hill would turn purple
	ownHue     = .6   // nor is much of it seen in colours that are strong themselves
	neutral    = .62  // the lightness that is neither warm nor cool
	darkLift   = .075 // oil's blacks are dark browns and blues, never holes
	whitePaper = .955 // above this lightness white stays white
)

// ground is the toned priming of the canvas, a warm umber gray.
var ground = [3]float32{.52, .44, .36}

// scheme mixes the colours of the painting from the plan's: the fair tone, lights a little warmer, shadows a little
// cooler, blacks lifted so that strokes can be seen in them.
func scheme(ctx context.Context, p *plan.Plan) raster.RGB {
	tone := p.Tone(ctx, target(p), localTone)
	if len(p.Faces) == 0 {
		asFurIs(ctx, p, tone)
	} else {
		unlit(ctx, p, tone)
		modelled(ctx, p, tone)
		parted(ctx, p, tone)
	}
	c := p.Tinted(ctx, tone, chroma)
	tone.Free()
	tint := .4 + .6*colourfulness(p)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			lab := grade(raster.ToLab(c[0].P[i], c[1].P[i], c[2].P[i]), tint*(1-ownSkin*p.Importance.P[i]))
			if len(p.Faces) > 0 {
				lab = calm(flushed(lab, p.Importance.P[i]), p.Importance.P[i])
			}
			c[0].P[i], c[1].P[i], c[2].P[i] = lab.RGB()
		}
	})
	return c
}

// asFurIs takes back most of the contrast that the plan gives a subject without a face, which is meant for pencils: in
// paint black fur would lose the eyes in it and gray fur would turn white. What is dark is opened a little.
func asFurIs(ctx context.Context, p *plan.Plan, tone *raster.Plane) {
	const share, open, least = .92, .17, .55
	const stretched = .1
	const lit = .45                // fur from this tone on is not opened
	const opened, folds = .13, 1.8 // what is added to such darks, and to the contrast in them,
	const within = .65             // less of it in what may be the subject
	doubt := 1 - certainty(p)
	if p.LightSubject {
		doubt = 0 // a light animal stands out from the dark
	}
	l := raster.Luma(ctx, p.Colour)
	for i, v := range p.Luma.P {
		l.P[i] += stretched * (v - l.P[i]) // the plan's luma is stretched: in a dark room even gray fur would shine
	}
	m := raster.Clamp(l.Percentile(.5, p.Matte), .03, .97)
	g := raster.Clamp(float32(math.Log(float64(m+open*(1-m)*(1-m)*(1-m)*(1-m)))/math.Log(float64(m))), least, 1)
	base := raster.Guided(ctx, l, l, max(1, max(p.W, p.H)/60), .01)
	own := raster.Gaussian(ctx, p.Matte, 16*p.K)
	defer raster.Free(l, base, own)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			if w := share * own.P[i]; w > .002 {
				v := raster.Clamp(base.P[i]+localFur*(l.P[i]-base.P[i]), 0, 1)
				v += (1 - raster.Smoothstep(.5*lit, lit+.2, v)) * (float32(math.Pow(float64(v), float64(g))) - v)
				tone.P[i] += w * (v - tone.P[i])
			}
			// What is dark beside it may be another animal, or people against the sky: forms are to be seen in it.
			if w := doubt * (1 - within*own.P[i]) * raster.Smoothstep(.36, .06, base.P[i]); w > .002 {
				tone.P[i] = max(0, tone.P[i]+w*(opened+folds*(l.P[i]-base.P[i])))
			}
		}
	})
}

// unlit takes back the light that a dark face was given where it falls on what is behind the head, which would glow like
// a halo, and half of it in the hair.
func unlit(ctx context.Context, p *plan.Plan, tone *raster.Plane) {
	const share = .85
	hair := float32(.5)
	if len(p.Faces) > 1 {
		hair = 0 // what is beside a head may be another
	}
	for i := range p.Faces {
		f := &p.Faces[i]
		if f.Size < .25*p.Faces[0].Size {
			continue
		}
		own := raster.Gaussian(ctx, p.Matte, max(1, .05*f.Size))
		reach := 1.6 * f.Size
		x0, x1 := max(0, int(f.X-reach)), min(p.W, int(f.X+reach))
		for y := max(0, int(f.Y-reach)); y < min(p.H, int(f.Y+reach)); y++ {
			for x := x0; x < x1; x++ {
				dx, dy := (float32(x)-f.X)/(.62*f.Size), (float32(y)-f.Y)/(.85*f.Size)
				j := y*p.W + x
				if w := (share + (hair-share)*own.P[j]) * raster.Smoothstep(.75, 1.1, sqrt(dx*dx+dy*dy)); w > 0 {
					tone.P[j] += w * min(0, p.Luma.P[j]-tone.P[j])
				}
			}
		}
		own.Free()
	}
}

// flushed warms pale skin; eyes and teeth, which have no colour, are left alone, and so is skin that has enough.
func flushed(c raster.Lab, importance float32) raster.Lab {
	chroma := sqrt(c.A*c.A + c.B*c.B)
	c.A += flush * importance * raster.Smoothstep(.02, .05, chroma) * raster.Smoothstep(.09, .06, chroma)
	return c
}

// calm takes too much chroma from a colour where the eye goes: paint makes skin look redder than it is.
func calm(c raster.Lab, importance float32) raster.Lab {
	chroma := sqrt(c.A*c.A + c.B*c.B)
	if chroma <= skinChroma {
		return c
	}
	k := 1 - calmSkin*importance*(chroma-skinChroma)/chroma
	c.A, c.B = k*c.A, k*c.B
	return c
}

// target is the tone for the faces, or else for the subject.
func target(p *plan.Plan) float32 {
	if len(p.Faces) == 0 {
		return raster.Clamp(petTone+keepMood*(p.Luma.Percentile(.5, p.Matte)-petTone), .25, .85)
	}
	own := min(1, p.Skin(p.Faces[0])) - faceTone
	if own > 0 {
		return faceTone + keepFair*own + keepSound*max(0, 1-burntAny*p.Burnt(p.Faces[0]))*min(own, fairest)
	}
	return faceTone + keepDark*own
}

// colourfulness tells photos without colours (0) from others (1) by the mean chroma of their palette.
func colourfulness(p *plan.Plan) float32 {
	var sum float32
	for _, c := range p.Palette {
		sum += sqrt(c.A*c.A + c.B*c.B)
	}
	return raster.Smoothstep(.004, .025, sum/float32(max(1, len(p.Palette))))
}

// grade applies the tone curve and, in part, the colour temperature to one colour.
func grade(c raster.Lab, tint float32) raster.Lab {
	l := raster.Clamp(c.L, 0, 1)
	lift := darkLift * (1 - raster.Smoothstep(0, .42, l))
	l += sCurve*(raster.Smoothstep(0, 1, l)-l) + lift
	white := raster.Smoothstep(whitePaper-.08, whitePaper, l) * (1 - raster.Smoothstep(.012, .03, sqrt(c.A*c.A+c.B*c.B)))
	pure := tint * (1 - white) * raster.Smoothstep(-.05, shaded, l) * (1 - ownHue*raster.Smoothstep(.02, .08, sqrt(c.A*c.A+c.B*c.B)))
	c.L = l
	c.A += pure * blush * (l - neutral)
	c.B += pure * warmth * (l - neutral)
	return c
}
