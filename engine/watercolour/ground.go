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
	for c, plane := range s.quarterColours {
		for i, v := range plane.P {
			plane.P[i] = table.of(v)
		}
		inner[c] = within(ctx, plane, matte, max(1, 22*s.k/4))
		outer[c] = within(ctx, plane, outside, max(1, 38*s.k/4))
	}
	defer inner.Free()
	defer outer.Free()
	behind := s.p.Behind(ctx, 80*s.k, s.seed)
	near := raster.Shrink(ctx, behind, 4)
	drift := s.noise(ctx, 170, 3, "ground drift")
	defer raster.Free(behind, near, drift)

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
				depth += 0.35 * near.P[i]
			}
			var own [3]float32
			own[0], own[1], own[2] = pigment(in, 1.3*t, 0, 0)
			m := matte.P[i]
			s.wet.P[i] = depth + m*(min((in[0]+in[1]+in[2])/3, deepest)-depth)
			for c := range hue {
				s.wetHue[c].P[i] = hue[c] + m*(own[c]-hue[c])
			}
		}
	})
}

// within blurs what lies under the mask and fills the rest from it.
func within(ctx context.Context, p, mask *raster.Plane, sigma float32) *raster.Plane {
	masked := raster.New(p.W, p.H)
	for i, v := range p.P {
		masked.P[i] = v * mask.P[i]
	}
	sum, weight := raster.Gaussian(ctx, masked, sigma), raster.Gaussian(ctx, mask, sigma)
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
	raster.Free(masked, weight)
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
	hue[0], hue[1], hue[2] = pigment(c, 2*t, 0, 0)
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
			s.warpX.P[i] = stray * (s.warpX.P[i] - 0.5)
			s.warpY.P[i] = stray * (s.warpY.P[i] - 0.5)
		}
	})
}

// findEdge prepares the field whose contour is the painted edge of the wash.
func (s *study) findEdge(ctx context.Context, matte *raster.Plane) {
	halo := raster.Gaussian(ctx, matte, 160*s.k/4)
	reach, fray := s.winding(ctx, 190, 2, "reach"), s.winding(ctx, 42, 2, "fray")
	deckle := s.winding(ctx, 150, 2, "deckle")
	defer raster.Free(halo, reach, fray, deckle)
	// The less the matte is believed, the wider the paint reaches past it: an ear outside it is still painted.
	far, frayed := s.ends()
	more := 0.40 * (1 - s.belief)
	if s.p.LightSubject {
		more += 0.32
	}
	s.spread, s.page = raster.New(matte.W, matte.H), raster.New(matte.W, matte.H)
	w, h := float32(s.p.W), float32(s.p.H)
	sure := raster.Smoothstep(0.8, 0.95, s.p.MatteConfidence)
	margin, round := 0.030*min(w, h), float32(3)
	if s.trust < 0.5 {
		margin, round = 0.040*min(w, h), 1.6
	}
	raster.Rows(ctx, matte.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range matte.W {
				i := y*matte.W + x
				out := 1 - s.trust*(1-matte.P[i])
				ragged := 0.35 * frayed * (fray.P[i] - 0.5)
				near := min(1, 1.5*halo.P[i])
				s.spread.P[i] = (2.6*far*(reach.P[i]-0.5)*near+ragged)*(1-0.6*out) + far*((0.80+more)*near-0.14)*(1-out)
				px, py := 4*float32(x)+2, 4*float32(y)+2
				d := corner(min(px, w-px), min(py, 0.8*(h-py)), round)
				s.page.P[i] = edgeAt + raster.Clamp((d-margin)/(80*s.k)+0.9*(deckle.P[i]-0.5)+ragged, -3, 3)
				s.page.P[i] += sure * matte.P[i] * s.headAt(px, py) * max(0, edgeAt+inHead-s.page.P[i])
				if s.trust > 0 && s.background == plan.OwnGround {
					// Even where the matte may not cut, what is far from it is left to the paper.
					s.page.P[i] = min(s.page.P[i], edgeAt+4.5*halo.P[i]+0.8*matte.P[i]+1.0*(reach.P[i]-0.5)+0.5*ragged-0.10)
				}
			}
		}
	})
}

// inHead is by how much the edge field of the page lies over its contour in a head whose outline is sure: its hair is
// painted as far as the photo shows it, and the sheet's ragged edge leaves no notch in it.
const inHead = 0.3

// headAt is 1 in the head of a face, hair and all, and 0 beside it.
func (s *study) headAt(x, y float32) float32 {
	in := float32(0)
	for _, f := range s.p.Faces {
		if d := hypot((x-f.X)/(0.72*f.Size), (y-f.Y+0.15*f.Size)/(0.95*f.Size)); d < 1 {
			in = max(in, raster.Smoothstep(1, 0.9, d))
		}
	}
	return in
}

// winding is noise whose contours wind: those of plain lattice noise run straight along the axes here and there, which
// no brush does.
func (s *study) winding(ctx context.Context, length float32, octaves int, name string) *raster.Plane {
	plain := s.noise(ctx, length, octaves, name)
	ax, ay := s.noise(ctx, 0.8*length, 2, name+" x"), s.noise(ctx, 0.8*length, 2, name+" y")
	defer raster.Free(plain, ax, ay)
	out := raster.New(plain.W, plain.H)
	swing := 0.9 * length * s.k / 4
	raster.Rows(ctx, out.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range out.W {
				i := y*out.W + x
				// Turned by a third of a right angle as well, so that what is left of the lattice lies askew.
				u, v := 0.87*float32(x)-0.5*float32(y), 0.5*float32(x)+0.87*float32(y)
				u, v = mirror(u, out.W), mirror(v, out.H)
				out.P[i] = plain.Sample(u+swing*(ax.P[i]-0.5), v+swing*(ay.P[i]-0.5))
			}
		}
	})
	return out
}

// mirror folds a coordinate back into 0…n-1.
func mirror(v float32, n int) float32 {
	span := float32(max(1, n-1))
	if v < 0 {
		v = -v
	}
	turns := int(v / span)
	rest := v - float32(turns)*span
	if turns%2 == 1 {
		return span - rest
	}
	return rest
}

// corner is the distance to the nearer of two sides, rounded where both are near: the more, the smaller the power.
func corner(dx, dy, power float32) float32 {
	dx, dy = max(dx, 0.5), max(dy, 0.5)
	p := float64(power)
	return float32(math.Pow(math.Pow(float64(dx), -p)+math.Pow(float64(dy), -p), -1/p))
}
