package watercolour

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

const (
	deepest    = 4.4  // absorbance of black
	edgeAt     = 0.46 // the value of the edge field at which the wash ends
	darkGround = 0.80 // mean absorbance of the ground behind a light subject
	paleGround = 0.45 // and behind others
	deeper     = 1.6  // times the subject's is the absorbance of a ground that is darker than an animal
	deepGround = 2.2  // and at most
)

// Pigments of a ground that the photo gives no colour for; mean 1.
var (
	cobalt = [3]float32{1.52, 0.98, 0.50}
	violet = [3]float32{1.28, 1.14, 0.58}
	ochre  = [3]float32{0.58, 0.97, 1.45}
	sage   = [3]float32{1.15, 0.75, 1.10}
)

// layGround decides what happens in the wet: the ground behind the subject, where colours run, where the wash ends.
func (s *study) layGround(ctx context.Context) {
	matte := raster.Shrink(ctx, s.cut, 4)
	look := raster.Shrink(ctx, s.p.Importance, 4)
	defer func() { raster.Free(matte, look) }()
	s.findEdge(ctx, matte)
	if s.background == plan.EdgedGround {
		matte.Free()
		matte = raster.Shrink(ctx, s.p.Matte, 4)
	}
	for i, m := range matte.P {
		matte.P[i] = 1 - s.belief*(1-m)
	}
	if s.kin != nil {
		// Faces that were not found are not ground.
		near := raster.Shrink(ctx, s.kin, 4)
		for i, v := range near.P {
			matte.P[i] = max(matte.P[i], (1-s.trust)*min(1, v/kinCare))
			look.P[i] = max(look.P[i], v)
		}
		near.Free()
	}
	s.wetColours(ctx, matte)
	s.turbulence(ctx, matte, look)
	s.hush(ctx)
}

// wetColours lets colours run together, the subject's and the ground's apart: a blur across the silhouette would
// leave a ghost of the subject around it.
func (s *study) wetColours(ctx context.Context, matte *raster.Plane) {
	table := newAbsorbance(blackest)
	outside := raster.New(matte.W, matte.H)
	for i, m := range matte.P {
		outside.P[i] = 1 - m
	}
	defer outside.Free()
	var inner, outer raster.RGB
	near, far := max(1, 22*s.k/4), max(1, 38*s.k/4)
	share, rest := raster.Gaussian(ctx, matte, near), raster.Gaussian(ctx, outside, far)
	defer raster.Free(share, rest)
	for c, plane := range s.quarterColours {
		for i, v := range plane.P {
			plane.P[i] = table.of(v)
		}
		inner[c] = within(ctx, plane, matte, share, near)
		outer[c] = within(ctx, plane, outside, rest, far)
	}
	defer inner.Free()
	defer outer.Free()
	behind := s.p.Behind(ctx, 80*s.k, s.seed)
	beside := raster.Shrink(ctx, behind, 4)
	drift := s.noise(ctx, 170, 3, "ground drift")
	defer raster.Free(behind, beside, drift)

	s.wet, s.wetHue = raster.New(matte.W, matte.H), raster.NewRGB(matte.W, matte.H)
	g := s.groundPlan(outer, outside)
	plain := s.background == plan.PlainGround
	plainDepth, plainHue := s.plainWash(table)
	raster.Rows(ctx, matte.H, func(y0, y1 int) {
		for i := y0 * matte.W; i < y1*matte.W; i++ {
			in := [3]float32{inner[0].P[i], inner[1].P[i], inner[2].P[i]}
			out := [3]float32{outer[0].P[i], outer[1].P[i], outer[2].P[i]}
			t := drift.P[i] - 0.5
			depth, hue := g.mix(out, t)
			if plain {
				depth, hue = plainDepth, plainHue
			} else {
				depth += 0.35 * beside.P[i]
			}
			var own [3]float32
			own[0], own[1], own[2] = pigment(in, 1.3*t, 0, nearby{})
			m := matte.P[i]
			s.wet.P[i] = depth + m*(min((in[0]+in[1]+in[2])/3, deepest)-depth)
			for c := range hue {
				s.wetHue[c].P[i] = hue[c] + m*(own[c]-hue[c])
			}
		}
	})
}

// within blurs what lies under the mask and fills the rest from it; weight is the mask blurred by the same.
func within(ctx context.Context, p, mask, weight *raster.Plane, sigma float32) *raster.Plane {
	masked := raster.New(p.W, p.H)
	for i, v := range p.P {
		masked.P[i] = v * mask.P[i]
	}
	sum := raster.Gaussian(ctx, masked, sigma)
	mean := float32(0)
	total := float32(1e-3)
	for i, v := range masked.P {
		mean += v / float32(len(masked.P))
		total += mask.P[i] / float32(len(masked.P))
	}
	mean /= total
	for i := range sum.P {
		sum.P[i] = (sum.P[i] + 0.02*mean) / (weight.P[i] + 0.02)
	}
	masked.Free()
	return sum
}

// ground is how the colours of the photo's background become a wash.
type ground struct {
	mean, target float32 // absorbance there, and wanted
	first, other [3]float32
}

// groundPlan chooses the depth of the ground's wash, and its pigments for where the photo's ground is gray: the
// complement of the subject's temperature.
func (s *study) groundPlan(outer raster.RGB, outside *raster.Plane) ground {
	g := ground{target: paleGround, first: cobalt, other: violet}
	if s.p.LightSubject {
		g.target = darkGround
	}
	var sum, weight float64
	for i, m := range outside.P {
		sum += float64(m * (outer[0].P[i] + outer[1].P[i] + outer[2].P[i]) / 3)
		weight += float64(m)
	}
	g.mean = max(0.08, float32(sum/(weight+1e-6)))
	if own := s.level.Mean(s.p.Matte); len(s.p.Faces) == 0 && g.mean > own {
		// What is darker than an animal in the photo stays darker.
		g.target = raster.Clamp(deeper*own, g.target, deepGround)
	}
	var warm, n float64
	for i, m := range s.p.Matte.P {
		if m > 0.5 && i%7 == 0 {
			warm += float64(s.p.Colour[0].P[i] - s.p.Colour[2].P[i])
			n++
		}
	}
	if n > 0 && warm/n < -0.03 {
		g.first, g.other = ochre, sage
	}
	return g
}

// mix returns the depth and the hue of the ground for the photo's absorbances there; t drifts around 0.
func (g ground) mix(c [3]float32, t float32) (depth float32, hue [3]float32) {
	mean := (c[0] + c[1] + c[2]) / 3
	ratio := raster.Clamp(mean/g.mean, 0.2, 3)
	depth = g.target * float32(math.Pow(float64(ratio), 0.6))
	hue[0], hue[1], hue[2] = pigment(c, 2*t, 0, nearby{})
	chroma := max(max(hue[0], hue[1], hue[2])-1, 1-min(hue[0], hue[1], hue[2]))
	tint := 0.08 + 0.34*raster.Smoothstep(0.35, 0.05, chroma)
	mixture := raster.Clamp(0.5+3*t, 0, 1)
	for i := range hue {
		wash := g.first[i] + mixture*(g.other[i]-g.first[i])
		hue[i] += tint * (wash - hue[i])
	}
	return depth, hue
}

// turbulence prepares what water does: pigment gathers in clouds, colours bleed, edges stray.
func (s *study) turbulence(ctx context.Context, matte, look *raster.Plane) {
	clouds, cells, pools := s.noise(ctx, 230, 2, "clouds"), s.noise(ctx, 36, 3, "cells"), s.noise(ctx, 170, 2, "pools")
	defer raster.Free(clouds, cells, pools)
	s.warpX, s.warpY = s.noise(ctx, 26, 2, "warp x"), s.noise(ctx, 26, 2, "warp y")
	s.second = s.winding(ctx, 150, 4, "second glaze")
	s.body, s.bleed = raster.New(matte.W, matte.H), raster.New(matte.W, matte.H)
	raster.Rows(ctx, matte.H, func(y0, y1 int) {
		for i := y0 * matte.W; i < y1*matte.W; i++ {
			l, m := look.P[i], matte.P[i]
			s.body.P[i] = 1 + 0.6*(clouds.P[i]-0.5)*(1-0.65*l) + 0.34*(cells.P[i]-0.5)*(1-0.7*l)
			s.bleed.P[i] = raster.Clamp(0.06+0.92*(1-m)+0.5*raster.Smoothstep(0.54, 0.72, pools.P[i])*(1-l), 0, 1)
			stray := 14 * s.k * (1 - 0.97*l)
			s.warpX.P[i], s.warpY.P[i] = s.follow(i%matte.W, i/matte.W, stray*(s.warpX.P[i]-0.5), stray*(s.warpY.P[i]-0.5), l)
		}
	})
}
