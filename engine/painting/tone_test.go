package painting

import (
	"context"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// halved is a plan of a subject in the left half of the frame.
func halved(w, h int) *plan.Plan {
	p := &plan.Plan{W: w, H: h, K: .2, Matte: raster.New(w, h), MatteConfidence: 1}
	for i := range p.Matte.P {
		if i%w < w/2 {
			p.Matte.P[i] = 1
		}
	}
	return p
}

func TestTheGroundIsLighterWhereADarkSubjectStandsBeforeTheDark(t *testing.T) {
	t.Parallel()
	p := halved(120, 40)
	for _, c := range []struct {
		ground      float32
		least, most float32 // by how much it is lighter beside the subject
	}{{.06, .02, .1}, {.5, -.001, .001}} {
		tone := raster.New(120, 40)
		for i := range tone.P {
			tone.P[i] = .05
			if i%120 >= 60 {
				tone.P[i] = c.ground
			}
		}
		parted(context.Background(), p, tone)
		if d := tone.At(64, 20) - c.ground; d < c.least || d > c.most {
			t.Errorf("ground of %.2f: %.3f lighter beside the subject, want %.3f…%.3f", c.ground, d, c.least, c.most)
		}
		if d := tone.At(115, 20) - c.ground; abs(d) > .005 {
			t.Errorf("ground of %.2f: changed by %.3f far from it", c.ground, d)
		}
		tone.Free()
	}
}

// shown is a plan of one face whose skin and whose lights have these tones.
func shown(skin, lights float32) *plan.Plan {
	const size = 100
	p := &plan.Plan{W: size, H: size, K: .1, Colour: raster.NewRGB(size, size), Matte: raster.New(size, size)}
	p.Faces = []face.Face{{X: 50, Y: 50, Size: 60, Score: 200}}
	for i := range size * size {
		v := skin
		if x := i % size; x > 40 && x < 50 {
			v = lights
		}
		p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i] = min(1, 1.1*v), v, .9*v
	}
	p.Luma = raster.Luma(context.Background(), p.Colour)
	return p
}

func TestLightSkinIsLighterWhereThePhotoTellsIt(t *testing.T) {
	t.Parallel()
	light, middle, burnt := target(shown(.8, .85)), target(shown(.68, .7)), target(shown(.95, 1))
	if light < middle+.02 {
		t.Errorf("light skin is painted at %.3f, middle skin at %.3f", light, middle)
	}
	if burnt > faceTone+.02 {
		t.Errorf("burnt skin is painted at %.3f: nobody knows how light it is", burnt)
	}
}

func TestLightsOfAFaceAreGivenBack(t *testing.T) {
	t.Parallel()
	p := shown(.75, .9)
	tone := raster.New(p.W, p.H)
	for i, v := range p.Luma.P {
		tone.P[i] = .9 * v
	}
	before, skin := tone.At(45, 50), tone.At(60, 50)
	modelled(context.Background(), p, tone)
	if d := tone.At(45, 50) - before; d < .01 {
		t.Errorf("the lights are %.3f lighter", d)
	}
	if d := tone.At(60, 50) - skin; d != 0 {
		t.Errorf("the skin is changed by %.3f", d)
	}
}

func TestALoneSpotBehindTheSubjectIsLeftOut(t *testing.T) {
	t.Parallel()
	p := halved(8, 8)
	s := &study{plan: p, care: raster.New(8, 8), canvas: newCanvas(8, 8, 1, ground), ground: [3]float32{1, 1, 1}}
	defer s.canvas.free()
	const behind, own = 7, 0
	for _, c := range []struct {
		at           int
		miss, around float32
		spot         bool
	}{{behind, .2, .03, true}, {behind, .2, .1, false}, {own, .2, .03, false}} {
		if got := s.spot(c.at, c.miss, c.around); got != c.spot {
			t.Errorf("at %d with %.2f there and %.2f around: %v", c.at, c.miss, c.around, got)
		}
	}
}
