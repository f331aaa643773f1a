package raster

import (
	"context"
	"slices"
)

const (
	paletteSamples = 12000
	paletteRounds  = 12
)

// Palette returns up to n typical colours of the picture, the most common first: k-means in OKLab on an even sample
// of the pixels, begun by k-means++ (Arthur and Vassilvitskii 2007). Where weight is given it says how much each
// pixel counts. There are fewer colours when the picture has fewer, and none when nothing counts.
func Palette(ctx context.Context, c RGB, weight *Plane, n int, seed uint64) []Lab {
	points, heavy := sampleColours(c, weight)
	centres := firstCentres(points, heavy, n, seed)
	if len(centres) == 0 {
		return nil
	}
	share := make([]float64, len(centres))
	for range paletteRounds {
		if ctx.Err() != nil {
			return nil
		}
		sums := make([][3]float64, len(centres))
		clear(share)
		for i, p := range points {
			k := nearest(centres, p)
			w := float64(heavy[i])
			sums[k][0] += w * float64(p.L)
			sums[k][1] += w * float64(p.A)
			sums[k][2] += w * float64(p.B)
			share[k] += w
		}
		for k, s := range sums {
			if share[k] > 0 {
				centres[k] = Lab{float32(s[0] / share[k]), float32(s[1] / share[k]), float32(s[2] / share[k])}
			}
		}
	}
	return byShare(centres, share)
}

// sampleColours takes about paletteSamples pixels on an even grid.
func sampleColours(c RGB, weight *Plane) (points []Lab, heavy []float32) {
	step := 1
	for (c.W()/step+1)*(c.H()/step+1) > paletteSamples {
		step++
	}
	for y := step / 2; y < c.H(); y += step {
		for x := step / 2; x < c.W(); x += step {
			i := y*c.W() + x
			w := float32(1)
			if weight != nil {
				w = weight.P[i]
			}
			if w > 0 {
				points = append(points, ToLab(c[0].P[i], c[1].P[i], c[2].P[i]))
				heavy = append(heavy, w)
			}
		}
	}
	return points, heavy
}

// firstCentres draws centres far from each other.
func firstCentres(points []Lab, heavy []float32, n int, seed uint64) []Lab {
	random := Rand(seed, "palette", 0)
	far := make([]float64, len(points))
	for i := range far {
		far[i] = 1
	}
	var centres []Lab
	for len(centres) < n {
		total := 0.0
		for i := range points {
			total += float64(heavy[i]) * far[i]
		}
		if total <= 1e-9 {
			return centres
		}
		at := random.Float64() * total
		pick := len(points) - 1
		for i := range points {
			if at -= float64(heavy[i]) * far[i]; at < 0 {
				pick = i
				break
			}
		}
		centre := points[pick]
		for i, p := range points {
			d := float64(apart(p, centre))
			if len(centres) == 0 || d < far[i] {
				far[i] = d
			}
		}
		centres = append(centres, centre)
	}
	return centres
}

// apart is the squared distance of two colours.
func apart(a, b Lab) float32 {
	l, u, v := a.L-b.L, a.A-b.A, a.B-b.B
	return l*l + u*u + v*v
}

func nearest(centres []Lab, p Lab) int {
	best, least := 0, apart(centres[0], p)
	for k, c := range centres[1:] {
		if d := apart(c, p); d < least {
			best, least = k+1, d
		}
	}
	return best
}

// byShare orders colours by how much of the picture they cover and leaves out those that cover nothing.
func byShare(centres []Lab, share []float64) []Lab {
	order := make([]int, 0, len(centres))
	for k := range centres {
		if share[k] > 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case share[a] > share[b]:
			return -1
		case share[a] < share[b]:
			return 1
		}
		return 0
	})
	out := make([]Lab, len(order))
	for i, k := range order {
		out[i] = centres[k]
	}
	return out
}
