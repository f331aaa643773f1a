package matting

import (
	"context"
	"math"

	"easel/engine/raster"
)

const (
	plainWalls   = 0.04 // barrier that a stroke's action passes with a loss of two fifths where its own colours are even,
	roughWalls   = 0.5  // and how much more for each unit that they deviate
	calmed       = 1.2  // spread over which colours are smoothed before barriers are counted, in pixels of the view
	radiusReach  = 8    // how far a stroke acts: times its radius,
	lengthReach  = 0.15 // or its extent, whichever is more
	surelyGround = 0.13 // likelihoods between these teach nothing at first: a stroke has put them in doubt
	surelyThere  = 0.87
)

// heed makes a belief follow strokes beyond what they cover: whoever draws into a region that is on the wrong side means
// the region. width is that of the photo that they were drawn on.
func (v *view) heed(ctx context.Context, b *belief, strokes []Stroke, width int) {
	if len(strokes) == 0 {
		return
	}
	calm := raster.RGB{}
	for k, p := range v.lab {
		calm[k] = raster.Gaussian(ctx, p, calmed)
	}
	keep, drop := v.pull(ctx, b, calm, strokes, true, width), v.pull(ctx, b, calm, strokes, false, width)
	defer raster.Free(keep, drop)
	calm.Free()
	b.fresh, b.doubt = true, [2]float32{surelyGround, surelyThere}
	for i, p := range b.likely {
		k, d := keep.P[i], drop.P[i]
		most := max(k, d)
		b.likely[i] = p*(1-most) + most*(0.02+0.96*k/(k+d+1e-6))
	}
}

// pull is how strongly the strokes of one kind act on each pixel, 0…1: most where one comes from them without passing
// other colours than theirs, and not far.
func (v *view) pull(ctx context.Context, b *belief, calm raster.RGB, strokes []Stroke, keep bool, width int) *raster.Plane {
	out := raster.New(v.w, v.h)
	mark := int8(-1)
	if keep {
		mark = 1
	}
	seeds := make([]bool, len(b.said))
	var colours moments
	for i, s := range b.said {
		if seeds[i] = s == mark; seeds[i] {
			colours.add(&v.pixel[i], 3)
		}
	}
	if colours.n == 0 {
		return out
	}
	easy := v.walls(calm, seeds)
	defer easy.Free()
	tolerance := plainWalls + roughWalls*colours.spread()
	for i, w := range easy.P {
		easy.P[i] = fall(w, tolerance)
	}
	k := float32(v.w) / float32(width)
	for class, group := range byReach(strokes, keep) {
		mask := raster.New(v.w, v.h)
		for i, f := range v.drawn(group, width).fixed {
			if f != 0 {
				mask.P[i] = 1
			}
		}
		away := raster.Distance(ctx, mask)
		reach := max(k*float32(math.Exp2(float64(class)/2)), 2)
		for i, d := range away.P {
			out.P[i] = max(out.P[i], easy.P[i]*fall(d, reach))
		}
		raster.Free(mask, away)
	}
	return out
}

// spread is the sum of the deviations of the three colour channels.
func (s *moments) spread() float32 {
	sum := 0.0
	for c, at := range [3]int{0, 2, 5} {
		mean := s.first[c] / s.n
		sum += math.Sqrt(max(s.cross[at]/s.n-mean*mean, 0))
	}
	return float32(sum)
}

// byReach groups the strokes of one kind by how far they act, in half powers of two of the photo's pixels: many strokes
// cost little more than a few.
func byReach(strokes []Stroke, keep bool) map[int][]Stroke {
	groups := map[int][]Stroke{}
	for _, s := range strokes {
		if s.Keep != keep || len(s.Points) == 0 {
			continue
		}
		box := s.Bounds()
		reach := max(radiusReach*s.Radius, lengthReach*float32(math.Hypot(float64(box.Dx()), float64(box.Dy()))))
		class := int(math.Round(2 * math.Log2(float64(max(reach, 1)))))
		groups[class] = append(groups[class], s)
	}
	return groups
}

// start is the cut that the belief alone would make.
func (b *belief) start() []bool {
	in := make([]bool, len(b.likely))
	for i, p := range b.likely {
		in[i] = b.fixed[i] > 0 || b.fixed[i] == 0 && p > 0.5
	}
	return in
}
