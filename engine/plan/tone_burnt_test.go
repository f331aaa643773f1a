package plan

import (
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// lit is a plan of one face of one skin, lit from the left, under more or less light, clipped as a camera clips.
func lit(light float32) *Plan {
	const n = 100
	p := &Plan{W: n, H: n, K: 1, Colour: raster.NewRGB(n, n), Luma: raster.New(n, n), Matte: raster.New(n, n)}
	p.Faces = []face.Face{{X: n / 2, Y: n / 2, Size: 0.8 * n, Score: 100}}
	p.Matte.Fill(1)
	for i := range n * n {
		v := light * (0.75 - 0.35*float32(i%n)/n)
		for c, share := range []float32{1.2, 1, 0.85} {
			p.Colour[c].P[i] = min(1, v*share)
		}
		p.Luma.P[i] = 0.2126*p.Colour[0].P[i] + 0.7152*p.Colour[1].P[i] + 0.0722*p.Colour[2].P[i]
	}
	return p
}

func TestBurntSkinIsToldFromWhatIsLeft(t *testing.T) {
	t.Parallel()
	for _, light := range []float32{1, 1.4, 1.6, 1.8} {
		p, truth := lit(light), lit(1)
		b := p.burntFace(p.Faces[0])
		if (b.share > 0) != (light > 1) {
			t.Errorf("light %v: a share of %.2f is burnt", light, b.share)
		}
		if light == 1 {
			continue
		}
		l := p.Luma.Clone()
		p.brighten(t.Context(), l, []burnt{b})
		for _, x := range []int{30, 50, 70} {
			i := 50*p.W + x
			if want := min(light*truth.Luma.P[i], 1.2); math.Abs(float64(l.P[i]-want)) > 0.08 {
				t.Errorf("light %v at %d: luma %.3f became %.3f, want %.3f", light, x, p.Luma.P[i], l.P[i], want)
			}
			red, green, blue := p.recolour([]burnt{b}, i, p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i])
			if p.Colour[2].P[i] < 0.9 && (red/green < 1.1 || blue/green > 0.95) {
				t.Errorf("light %v at %d: the skin is %.2f %.2f %.2f", light, x, red, green, blue)
			}
		}
	}
}

// TestWhiteEyesStayWhite: what is white in a burnt face is skin, except where it is an eye or a tooth.
func TestWhiteEyesStayWhite(t *testing.T) {
	t.Parallel()
	p := lit(1.5)
	f := &p.Faces[0]
	f.HasEyes, f.LeftEye, f.RightEye = true, face.Point{X: 35, Y: 45}, face.Point{X: 65, Y: 45}
	lost := []burnt{p.burntFace(*f)}
	for _, c := range []struct {
		name  string
		x, y  int
		white bool
	}{{"an eye", 35, 45, true}, {"a cheek", 40, 62, false}} {
		r, _, b := p.recolour(lost, c.y*p.W+c.x, 1, 1, 1)
		if (r-b < 0.02) != c.white {
			t.Errorf("%s that is white becomes %.2f red and %.2f blue", c.name, r, b)
		}
	}
}

// TestCurvesUndoTheExposure gives one face more and less light: the same forms come out at the same tones.
func TestCurvesUndoTheExposure(t *testing.T) {
	t.Parallel()
	for _, target := range []float32{0.6, 0.68, 0.76} {
		as := towards(0.6, target, 1)
		for _, light := range []float32{0.75, 0.9, 1.15, 1.3} {
			under := towards(0.6*light, target, 1)
			for _, part := range []float32{0.3, 0.6, 0.9, 1.05} {
				want, got := as.at(0.6*part), under.at(0.6*part*light)
				if math.Abs(float64(got-want)) > 0.04 {
					t.Errorf("target %v, light %v: %v of skin's tone comes out at %.3f instead of %.3f", target, light, part, got, want)
				}
			}
		}
	}
}

func TestCurvesRise(t *testing.T) {
	t.Parallel()
	for _, m := range []float32{0.05, 0.3, 0.6, 0.9, 1.2} {
		for _, peak := range []float32{1, 1.3, brightest} {
			c, last := towards(m, 0.7, peak), float32(-1)
			for v := float32(0); v <= peak; v += 0.005 {
				got := c.at(v)
				if got < last || got > 1.0001 {
					t.Fatalf("skin %v, peak %v: at %.3f the curve is %.4f after %.4f", m, peak, v, got, last)
				}
				last = got
			}
		}
	}
}
