package matting

import (
	"testing"

	"easel/engine/raster"
)

func TestForegroundRemovesTheHalo(t *testing.T) {
	t.Parallel()
	const w, h = 160, 120
	alpha := raster.New(w, h)
	c, truth := raster.NewRGB(w, h), raster.NewRGB(w, h)
	for y := range h {
		for x := range w {
			i := y*w + x
			alpha.P[i] = 1 - raster.Smoothstep(60, 100, float32(x)) // forty pixels of partial cover
			for k := range c {
				f := 0.8 - 0.25*float32(k) + 0.1*float32(y)/h
				g := 0.1 + 0.4*float32(k)
				truth[k].P[i], c[k].P[i] = f, alpha.P[i]*f+(1-alpha.P[i])*g
			}
		}
	}
	front := Foreground(t.Context(), c, alpha)
	var before, after float32
	for k := range c {
		for i, a := range alpha.P {
			if a > 0.05 {
				before = max(before, a*abs(c[k].P[i]-truth[k].P[i]))
				after = max(after, a*abs(front[k].P[i]-truth[k].P[i]))
			}
		}
	}
	if after > 0.06 || before < 0.1 {
		t.Errorf("the worst tint is %.3f, before it was %.3f; want at most .06", after, before)
	}
}

func TestForegroundOfOnePixelAndOfNothing(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {1, 7}, {9, 2}} {
		c, alpha := raster.NewRGB(size[0], size[1]), raster.New(size[0], size[1])
		for _, a := range []float32{0, 0.5, 1} {
			alpha.Fill(a)
			if f := Foreground(t.Context(), c, alpha); f.W() != size[0] || f.H() != size[1] || f[0].P[0] != f[0].P[0] {
				t.Errorf("%v with alpha %v gives %d×%d, first sample %v", size, a, f.W(), f.H(), f[0].P[0])
			}
		}
	}
}
