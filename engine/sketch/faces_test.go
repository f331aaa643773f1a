package sketch

import (
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// glasses is a face whose skin goes from light to shade, with a dark bar across a third of it.
func glasses(light float32) *artist {
	const w, h = 120, 140
	a := &artist{
		Plan:   &plan.Plan{W: w, H: h, K: 1, Faces: []face.Face{{X: 60, Y: 70, Size: 100}}},
		lifted: raster.New(w, h), form: raster.New(w, h), dabbed: []float32{1},
	}
	for i := range a.form.P {
		v := light * (1 - 0.3*float32(i%w)/w)
		if y := i / w; y > 45 && y < 70 {
			v = 0.05
		}
		a.form.P[i], a.lifted.P[i] = v, v
	}
	a.tones = a.complexions()
	return a
}

func TestDarkGlassesAreNoSkin(t *testing.T) {
	t.Parallel()
	a := glasses(0.9)
	c := a.tones[0]
	if c.deep < 0.6 || !(c.deep < c.dark && c.dark < c.shade && c.shade < c.light) {
		t.Errorf("skin from 0.65 to 0.85 is taken for %+v", c)
	}
}

func TestDabsGoByAFacesOwnRange(t *testing.T) {
	t.Parallel()
	for _, light := range []float32{0.9, 0.45} {
		a := glasses(light)
		lit, shade := a.dab(35, 90, 90*a.W+35), a.dab(85, 90, 90*a.W+85)
		if lit > 0.15 || shade < 0.3 {
			t.Errorf("a face lit %v has dabs of %.2f in its light and %.2f in its shade", light, lit, shade)
		}
		if out := a.dab(3, 70, 70*a.W+3); out != 0 {
			t.Errorf("there are dabs of %.2f outside the face", out)
		}
	}
}

func TestBalanceBringsWeakLinesBesideStrongOnes(t *testing.T) {
	t.Parallel()
	r := raster.New(120, 40)
	for y := range r.H {
		r.Row(y)[20], r.Row(y)[100] = 0.1, 0.02
	}
	balance(t.Context(), r, 8, 1.9)
	strong, weak := r.At(20, 20), r.At(100, 20)
	if ratio := strong / weak; ratio > 2.5 || ratio < 1 {
		t.Errorf("lines of 0.1 and 0.02 become %.3f and %.3f", strong, weak)
	}
	if r.At(60, 20) != 0 {
		t.Error("a line came from nothing")
	}
}

func TestHairIsRoundTheFaceAndNotOnTheChest(t *testing.T) {
	t.Parallel()
	for _, at := range []struct{ u, v, least, most float32 }{
		{0, -0.7, 1, 1}, {0.6, 0, 1, 1}, {-0.7, 0.4, 0.5, 1}, {0, 1, 0, 0}, {1.2, 0, 0, 0}, {0, -1.4, 0, 0},
	} {
		if v := crown(at.u, at.v); v < at.least || v > at.most {
			t.Errorf("at %v, %v hair is %v, want %v to %v", at.u, at.v, v, at.least, at.most)
		}
	}
}
