package painting

import (
	"context"

	"easel/engine/plan"
	"easel/engine/raster"
)

const (
	faceTone   = .62  // where the tone of a face, or else of the subject, should lie
	keepMood   = .65  // a subject without a face keeps this much of its own tone: a dark cat stays dark
	localTone  = 1.22 // how much local contrast is strengthened
	chroma     = 1.06
	sCurve     = .18
	warmth     = .034 // shift along OKLab's blue-yellow axis for one unit of lightness
	blush      = .008 // and along its green-red axis
	neutral    = .62  // the lightness that is neither warm nor cool
	darkLift   = .075 // oil's blacks are dark browns and blues, never holes
	whitePaper = .955 // above this lightness white stays white
)

// ground is the toned priming of the canvas, a warm umber gray.
var ground = [3]float32{.52, .44, .36}

// scheme mixes the colours of the painting from the plan's: the fair tone, lights a little warmer, shadows a little
// cooler, blacks lifted so that strokes can be seen in them.
func scheme(ctx context.Context, p *plan.Plan) raster.RGB {
	target := float32(faceTone)
	if len(p.Faces) == 0 {
		target += keepMood * (p.Luma.Percentile(.5, p.Matte) - target)
	}
	tone := p.Tone(ctx, raster.Clamp(target, .25, .85), localTone)
	c := p.Tinted(ctx, tone, chroma)
	tone.Free()
	tint := .4 + .6*colourfulness(p)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			lab := grade(raster.ToLab(c[0].P[i], c[1].P[i], c[2].P[i]), tint)
			c[0].P[i], c[1].P[i], c[2].P[i] = lab.RGB()
		}
	})
	return c
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
	pure := tint * (1 - white)
	c.L = l
	c.A += pure * blush * (l - neutral)
	c.B += pure * warmth * (l - neutral)
	return c
}
