package golden

import (
	"context"
	"math"

	"easel/engine/raster"
)

// Surface says what a drawing looks like apart from what it shows.
type Surface struct {
	White float32 // share of bare paper
	Fine  float32 // share of the variance that is finer than sigma: strokes and grain
	Tones int     // how many of 32 equal steps from black to white hold at least 1 in 1000 samples
}

const (
	steps     = 32
	fewest    = 0.001 // share of the samples from which a tone is there
	paperNear = 0.06  // how much darker than the lightest one paper can be: its grain, and a breath of graphite
)

// Look measures a drawing's luma, samples in 0…1.
func Look(ctx context.Context, drawing *raster.Plane, sigma float32) Surface {
	var s Surface
	smooth := raster.Gaussian(ctx, drawing, sigma)
	defer smooth.Free()
	paper := smooth.Percentile(0.995, nil) - paperNear
	mean := float64(drawing.Mean(nil))
	var white int
	var fine, all float64
	for i, v := range drawing.P {
		if smooth.P[i] > paper {
			white++
		}
		fine += math.Pow(float64(v-smooth.P[i]), 2)
		all += math.Pow(float64(v)-mean, 2)
	}
	s.White = float32(white) / float32(len(drawing.P))
	if all > 0 {
		s.Fine = float32(fine / all)
	}
	for _, share := range Histogram(drawing, steps) {
		if share >= fewest {
			s.Tones++
		}
	}
	return s
}

// Histogram returns the share of the samples in each of n equal steps of 0…1.
func Histogram(p *raster.Plane, n int) []float32 {
	out := make([]float32, n)
	for _, v := range p.P {
		out[min(max(int(v*float32(n)), 0), n-1)] += 1 / float32(len(p.P))
	}
	return out
}

// Distance is the chi-square distance of two histograms with shares that sum to 1: 0 for equal ones, 1 for such that
// have nothing in common.
func Distance(a, b []float32) float32 {
	var sum float32
	for i, u := range a {
		if v := b[i]; u+v > 0 {
			sum += (u - v) * (u - v) / (u + v)
		}
	}
	return sum / 2
}

// Grid returns a plane at n×n samples. It says where a drawing is light and dark without
// showing who is drawn.
func Grid(ctx context.Context, p *raster.Plane, n int) *raster.Plane {
	return raster.Resize(ctx, p, n, n)
}
