package inpaint

import (
	"math"
	"slices"

	"easel/engine/raster"
)

// grainReach is how far from the hole the photo's grain is measured.
const grainReach = 40

// grain adds what averaging took away: noise, as much as the photo has around the hole beyond what the filling has
// itself. A filling without it looks too clean.
func (s *scene) grain(seed uint64) {
	near := s.near(grainReach)
	outside := s.roughness(func(i int) bool { return near[i] })
	inside := s.roughness(func(i int) bool { return s.hole[i] })
	missing := math.Sqrt(max(0, outside*outside-inside*inside))
	if missing < 0.5/255 {
		return
	}
	sigma := float32(min(missing, 8.0/255))
	for i, hole := range s.hole {
		if !hole {
			continue
		}
		x, y := i%s.W(), i/s.W()
		// Four even values make a good bell; one value for all channels, since grain is mostly of light.
		n := raster.White(seed, x, y) + raster.White(seed+1, x, y) + raster.White(seed+2, x, y) + raster.White(seed+3, x, y) - 2
		for c := range 3 {
			s.img.P[3*i+c] = raster.Clamp(s.img.P[3*i+c]+n*sigma*float32(math.Sqrt(3)), 0, 1)
		}
	}
}

// roughness is the deviation of the noise in the marked pixels: the median of a second difference that edges and slopes
// hardly touch (Immerkær 1996).
func (s *scene) roughness(marked func(i int) bool) float64 {
	w, h := s.W(), s.H()
	luma := func(i int) float32 {
		return 0.2126*s.img.P[3*i] + 0.7152*s.img.P[3*i+1] + 0.0722*s.img.P[3*i+2]
	}
	var all []float32
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			i := y*w + x
			if !marked(i) || !marked(i-w-1) || !marked(i-w+1) || !marked(i+w-1) || !marked(i+w+1) {
				continue
			}
			v := 4*luma(i) - 2*(luma(i-1)+luma(i+1)+luma(i-w)+luma(i+w)) + luma(i-w-1) + luma(i-w+1) + luma(i+w-1) + luma(i+w+1)
			all = append(all, max(v, -v))
		}
	}
	if len(all) < 50 {
		return 0
	}
	slices.Sort(all)
	return float64(all[len(all)/2]) / 0.6745 / 6
}
