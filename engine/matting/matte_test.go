package matting

import (
	"math"
	"path/filepath"
	"testing"

	"easel/engine/raster"
	"easel/internal/sitter"
)

// strands is a dark disc with thin radial hairs before a ground whose colour changes slowly, and its true matte.
func strands(w, h int) (raster.RGB, *raster.Plane) {
	c, truth := raster.NewRGB(w, h), raster.New(w, h)
	for y := range h {
		for x := range w {
			i := y*w + x
			dx, dy := float64(x-w/2), float64(y-h/2)
			d, turn := math.Hypot(dx, dy)/float64(min(w, h)), math.Atan2(dy, dx)
			a := raster.Smoothstep(0.30, 0.28, float32(d))
			hair := raster.Smoothstep(0.5, 1, float32(math.Cos(40*turn))) * raster.Smoothstep(0.34, 0.30, float32(d))
			a = max(a, 0.9*hair)
			truth.P[i] = a
			for k := range c {
				ground := 0.7 + 0.2*float32(x)/float32(w) - 0.1*float32(k)
				c[k].P[i] = a*(0.2+0.05*float32(k)) + (1-a)*ground
			}
		}
	}
	return c, truth
}

// bandError is the mean squared error where the truth is neither 0 nor 1.
func bandError(alpha, truth *raster.Plane) float64 {
	sum, n := 0.0, 0.0
	for i, v := range truth.P {
		if v > 0.01 && v < 0.99 {
			sum += math.Pow(float64(alpha.P[i]-v), 2)
			n++
		}
	}
	return sum / max(n, 1)
}

func TestMatteFollowsHair(t *testing.T) {
	t.Parallel()
	c, truth := strands(400, 300)
	v := newView(t.Context(), c, cutSide)
	in := make([]bool, len(truth.P))
	hard := raster.New(truth.W, truth.H)
	for i, a := range truth.P {
		if in[i] = a > 0.5; in[i] {
			hard.P[i] = 1
		}
	}
	alpha := v.matte(t.Context(), c, in)
	if got, cut := bandError(alpha, truth), bandError(hard, truth); got > 0.35*cut {
		t.Errorf("error in the hair %.4f, that of the hard cut is %.4f; want at most a third", got, cut)
	}
}

// TestMatteOnPairs starts from the true masks, so that it judges the matte alone.
func TestMatteOnPairs(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(sitter.Photos(t), "pairs")
	for name, most := range map[string]float64{"am03": 0.0110, "am09": 0.0045, "am16": 0.0060, "lemur": 0.0030} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := readPhoto(t, filepath.Join(dir, name+".png"), 4000)
			truth := readMask(t, filepath.Join(dir, name+"_alpha.png"))
			trimap := readMask(t, filepath.Join(dir, name+"_trimap.png"))
			v := newView(t.Context(), c, cutSide)
			small := raster.Resize(t.Context(), truth, v.w, v.h)
			in := make([]bool, len(small.P))
			for i, a := range small.P {
				in[i] = a > 0.5
			}
			alpha := v.matte(t.Context(), c, in)
			sum, n := 0.0, 0.0
			for i, s := range trimap.P {
				if s > 0.1 && s < 0.9 {
					sum += math.Pow(float64(alpha.P[i]-truth.P[i]), 2)
					n++
				}
			}
			if sum/n > most {
				t.Errorf("mean squared error in the unknown band %.4f, want at most %.4f", sum/n, most)
			}
		})
	}
}
