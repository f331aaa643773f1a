package cutout

import (
	"testing"

	"easel/engine/raster"
)

// limbed is somebody in a dark shirt with a neck and a forearm of one colour, which something far away nearly has too. Only the shirt
// was found.
func limbed() (g *gathering, neck, arm int) {
	const w, h = 80, 80
	g = &gathering{w: w, h: h, reach: make([]float32, w*h), size: make([]float32, w*h), sure: make([]int8, w*h), found: make([]bool, w*h)}
	for k := range g.lab {
		g.lab[k] = raster.New(w, h)
	}
	for i := range g.sure {
		x, y := i%w, i/w
		in := func(x0, y0, x1, y1 int) bool { return x >= x0 && x < x1 && y >= y0 && y < y1 }
		l, b := float32(0.45), float32(0)
		g.size[i] = 16
		switch {
		case in(30, 30, 46, 60):
			l, g.found[i], g.reach[i] = 0.12, true, 0.5
			if in(36, 32, 40, 58) {
				g.sure[i] = 1
			}
		case in(35, 22, 41, 30):
			l, b, g.reach[i] = 0.75, 0.2, 0.8
		case in(24, 38, 30, 48):
			l, b, g.reach[i] = 0.75, 0.2, 0.2
		case in(10, 10, 60, 70):
			g.reach[i] = 0.12
		case in(66, 4, 76, 14):
			l, b = 0.72, 0.1
		}
		g.lab[0].P[i], g.lab[2].P[i] = l+0.02*(raster.White(3, x, y)-0.5), b
	}
	return g, 26*w + 38, 43*w + 26
}

func TestAForearmIsKnownByTheNeck(t *testing.T) {
	t.Parallel()
	g, neck, arm := limbed()
	g.sampled(1)
	whole := g.cut(t.Context())
	if whole.P[neck] < 0.5 || whole.P[arm] > 0.5 {
		t.Fatalf("at first the neck is theirs: %v, and the forearm: %v; want the neck alone", whole.P[neck], whole.P[arm])
	}
	g.limbs(t.Context(), whole, 1)
	if whole.P[arm] < 0.5 {
		t.Error("the forearm stays")
	}
	if ground := 64*g.w + 20; whole.P[ground] > 0.5 {
		t.Error("ground goes")
	}
}
