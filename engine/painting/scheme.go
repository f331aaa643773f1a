package painting

import (
	"context"

	"easel/engine/plan"
	"easel/engine/raster"
)

const (
	faceTone   = .66 // where the face's tone should lie
	localTone  = 1.3 // how much local contrast is strengthened
	chroma     = 1.12
	sCurve     = .22
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
	tone := p.Tone(ctx, faceTone, localTone)
	c := p.Tinted(ctx, tone, chroma)
	tone.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			lab := grade(raster.ToLab(c[0].P[i], c[1].P[i], c[2].P[i]))
			c[0].P[i], c[1].P[i], c[2].P[i] = lab.RGB()
		}
	})
	return c
}

// grade applies the tone curve and the colour temperature to one colour.
func grade(c raster.Lab) raster.Lab {
	l := raster.Clamp(c.L, 0, 1)
	lift := darkLift * (1 - raster.Smoothstep(0, .42, l))
	l += sCurve*(raster.Smoothstep(0, 1, l)-l) + lift
	pure := 1 - raster.Smoothstep(whitePaper-.08, whitePaper, l)
	c.L = l
	c.A += pure * blush * (l - neutral)
	c.B += pure * warmth * (l - neutral)
	return c
}

// abstraction is how boldly a layer's reference is simplified: the picture is made smaller by this factor before the
// edge-preserving filter.
type abstraction int

const (
	close1 abstraction = 1
	half2  abstraction = 2
	broad4 abstraction = 4
)

// reference is the picture as the painter sees it through half-closed eyes: flat shapes with clear edges, and the
// broader the brush the fewer shapes (anisotropic Kuwahara filter of Kyprianidis 2009). Unlike a blur it leaves no
// mixed colours along edges for the big brushes to pick up.
func reference(ctx context.Context, colours raster.RGB, flow *raster.Flow, a abstraction, k float32) raster.RGB {
	if a == close1 {
		return raster.Kuwahara(ctx, colours, flow, max(2, 3*k))
	}
	n := int(a)
	var small raster.RGB
	for i := range small {
		small[i] = raster.Shrink(ctx, colours[i], n)
	}
	f := raster.NewFlow(ctx, small, max(1, 3*k), 3)
	flat := raster.Kuwahara(ctx, small, f, max(2, 3.2*k))
	f.Free()
	small.Free()
	var out raster.RGB
	for i := range out {
		out[i] = raster.Enlarge(ctx, flat[i], colours.W(), colours.H())
	}
	flat.Free()
	return out
}
