package watercolour

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

// findEdge prepares the field whose contour is the painted edge of the wash.
func (s *study) findEdge(ctx context.Context, matte *raster.Plane) {
	const farthest = 2 // deviations of the halo from the subject's outline to where a ground ends
	wide := 160 * s.k / 4
	halo := raster.Gaussian(ctx, matte, wide)
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
				away := distanceOf(halo.P[i])
				pull := s.pulled(reach, halo, x, y, away*wide) - 0.5
				s.spread.P[i] = (2.6*far*pull*near+ragged)*(1-0.6*out) + far*((0.80+more)*near-0.14)*(1-out)
				px, py := 4*float32(x)+2, 4*float32(y)+2
				d := corner(min(px, w-px), min(py, 0.8*(h-py)), round)
				s.page.P[i] = edgeAt + raster.Clamp((d-margin)/(80*s.k)+0.9*(deckle.P[i]-0.5)+ragged, -3, 3)
				s.page.P[i] += sure * matte.P[i] * s.headAt(px, py) * max(0, edgeAt+inHead-s.page.P[i])
				if s.trust > 0 && s.background == plan.OwnGround {
					// Even where the matte may not cut, what is far from it is left to the paper.
					s.page.P[i] = min(s.page.P[i], edgeAt+0.8*matte.P[i]+0.55*(farthest-away)+pull+0.5*ragged)
				}
			}
		}
	})
}

// distanceOf is how far from a straight outline its Gaussian halo has fallen to a share, in its deviations; 0 inside.
func distanceOf(share float32) float32 {
	const least = 1e-4
	// The tail of the normal distribution is nearly a parabola's exponential.
	return max(0, float32(math.Sqrt(-2*math.Log(float64(max(least, min(1, share))))))-1.18) / 0.8
}

// pulled is the noise at the place of the outline from which the paint at a sample was pulled, distance samples down
// the halo: a wash that ends sooner here and later there has no holes, and no islands before it.
func (s *study) pulled(noise, halo *raster.Plane, x, y int, distance float32) float32 {
	const most = 0.8 // of the way back: paint does not run in rays
	dx := halo.At(min(x+2, halo.W-1), y) - halo.At(max(x-2, 0), y)
	dy := halo.At(x, min(y+2, halo.H-1)) - halo.At(x, max(y-2, 0))
	steep := max(1e-6, hypot(dx, dy))
	back := most * distance
	return noise.Sample(float32(x)+back*dx/steep, float32(y)+back*dy/steep)
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
