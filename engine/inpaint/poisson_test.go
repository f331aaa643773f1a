package inpaint

import (
	"math"
	"testing"

	"easel/engine/patch"
	"easel/engine/raster"
)

// A membrane over a hole of any shape is what endless plain relaxation makes of it.
func TestTheMembraneIsTheHarmonicOne(t *testing.T) {
	t.Parallel()
	const w, h = 90, 70
	s := &scene{img: patch.NewPixels(w, h), hole: make([]bool, w*h), protected: make([]bool, w*h)}
	for i := range s.hole {
		x, y := i%w, i/w
		for c := range 3 {
			s.img.P[3*i+c] = raster.FBMAt(float32(x), float32(y), 30, 2, uint64(c))
		}
		dx, dy := float64(x-45), float64(y-35)
		s.hole[i] = math.Hypot(dx, dy) < 22+6*math.Sin(5*math.Atan2(dy, dx)) || x < 12 && y < 20 // and one at the edge
	}
	want := newPoisson(s)
	for i := range s.hole {
		want.f[i] = s.img.P[3*i]
	}
	for range 6000 {
		want.sweep(0)
		want.sweep(1)
	}
	s.diffuse(t.Context())
	for i, in := range s.hole {
		if d := math.Abs(float64(s.img.P[3*i] - want.f[i])); in && d > 1e-3 {
			t.Fatalf("at %d, %d the membrane is off by %v", i%w, i/w, d)
		}
	}
}
