package watercolour

import (
	"context"
	"math"

	"easel/engine/raster"
)

// pigments returns the hue of the simplified colours. Two things that a painter does: near-neutral darks are mixed
// from indigo and sienna instead of black, and shadows run from cool to warm.
func (s *study) pigments(ctx context.Context, shapes raster.RGB, table *absorbance) raster.RGB {
	soft := raster.RGB{}
	for i := range soft {
		soft[i] = raster.Gaussian(ctx, shapes[i], 1.2*s.k)
	}
	var wide *raster.Plane
	if len(s.p.Faces) == 0 {
		wide = stains(ctx, shapes, 20*s.k, table)
	} else {
		wide = raster.New(soft.W(), soft.H()) // beside a face black is clothes or hair
	}
	quarter := s.noise(ctx, 260, 3, "temperature")
	temper := raster.Enlarge(ctx, quarter, soft.W(), soft.H())
	defer raster.Free(wide, quarter, temper)
	people := len(s.p.Faces) > 0
	rose := s.blush(soft.W(), soft.H())
	depth, tinge := masses(ctx, s.quarterColours, table)
	defer raster.Free(rose, depth, tinge)
	raster.Rows(ctx, soft.H(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			r, g, b, t, look := soft[0].Row(y), soft[1].Row(y), soft[2].Row(y), temper.Row(y), s.look.Row(y)
			beside := wide.Row(y)
			deep, of := depth.Row(min(y/2, depth.H-1)), tinge.Row(min(y/2, depth.H-1))
			for x, warm := range rose.Row(y) {
				c := [3]float32{table.of(r[x]), table.of(g[x]), table.of(b[x])}
				q := min(x/2, len(deep)-1)
				if people {
					c[1] = notGreen(c, look[x], deep[q])
				}
				r[x], g[x], b[x] = pigment(c, t[x]-0.5, look[x], nearby{beside[x], deep[q], of[q]})
				r[x], g[x], b[x] = r[x]*(1-0.16*warm), g[x]*(1+0.10*warm), b[x]*(1-0.04*warm)
			}
		}
	})
	return soft
}

// pigment turns absorbances into a hue with mean 1; temper is the drift from cool (positive) to warm.
// by says what is around.
func pigment(c [3]float32, temper, look float32, by nearby) (r, g, b float32) {
	mean := (c[0] + c[1] + c[2]) / 3
	var dev [3]float32
	var chroma float32
	for i := range c {
		dev[i] = (c[i]+0.03)/(mean+0.03) - 1
		chroma = max(chroma, float32(math.Abs(float64(dev[i]))))
	}
	// Strong hues are held back, or warm skin turns orange when its wash deepens.
	limit := 1.10 + 0.22*raster.Smoothstep(1.2, 0.4, mean)
	if chroma > 0.42 {
		limit *= (0.42 + 0.62*(chroma-0.42)) / chroma
	}
	deep := raster.Smoothstep(0.9, 2.2, mean)
	gray := float32(1)
	rim := float32(0)
	if by.depth > mean {
		// What ends here is a dark mass: its thin rim is of its pigment. In the middle of a face, brows and lips have theirs.
		rim = raster.Smoothstep(0.15, 0.45, mean/by.depth) * raster.Smoothstep(0.845, 0.80, look)
		deep = max(deep, rim*raster.Smoothstep(0.9, 2.2, by.depth))
	}
	if deep > 0 {
		// What looks black or gray has a hue in its absorbance, too: thinned to a light wash it would show. A dark brown
		// has hardly more of it, and would turn to ash.
		gray = raster.Smoothstep(0.10, 0.045, max(stain(c), by.wide))
		if rim > 0 {
			gray += rim * max(0, raster.Smoothstep(0.10, 0.045, max(by.stain, by.wide))-gray)
		}
		limit *= 1 + deep*(0.15-gray)
	}
	shadow := raster.Smoothstep(0.5, 1.6, mean)
	neutral := raster.Smoothstep(0.30, 0.06, chroma) * deep * gray
	cool := (0.20*temper*shadow + neutral*(0.02+0.20*temper)) * (1 - 0.7*look)
	return max(0.05, 1+limit*dev[0]+cool), max(0.05, 1+limit*dev[1]+0.05*cool), max(0.05, 1+limit*dev[2]-1.05*cool)
}

// stains is the stain of the colours around each place, for sigma in plan pixels: black in brown fur is brown fur in the
// shade.
func stains(ctx context.Context, shapes raster.RGB, sigma float32, table *absorbance) *raster.Plane {
	var wide raster.RGB
	for i := range wide {
		wide[i] = raster.Gaussian(ctx, shapes[i], sigma/2)
	}
	defer wide.Free()
	out := raster.New(wide.W(), wide.H())
	raster.Rows(ctx, out.H, func(y0, y1 int) {
		for i := y0 * out.W; i < y1*out.W; i++ {
			out.P[i] = stain([3]float32{table.of(wide[0].P[i]), table.of(wide[1].P[i]), table.of(wide[2].P[i])})
		}
	})
	return out
}

// stain is how far the channels of a colour of these absorbances lie apart on the screen. Warm ones count for more: a
// brown black is brown fur or hair, a blue black mostly reflects the sky.
func stain(c [3]float32) float32 {
	const perGamma, warmth = -1 / 2.2, 2.4
	most, least := min(c[0], c[1], c[2]), max(c[0], c[1], c[2])
	apart := float32(math.Exp(perGamma*float64(most)) - math.Exp(perGamma*float64(least)))
	if c[0] < c[2] {
		apart *= warmth
	}
	return apart
}
