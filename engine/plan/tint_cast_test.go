package plan

import (
	"context"
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// facing is a plan of one face before a gray wall whose skin has a hue, in degrees of OKLab.
func facing(hue float64) *Plan {
	const size = 120
	p := &Plan{W: size, H: size, K: 0.1, Colour: raster.NewRGB(size, size), Matte: raster.New(size, size)}
	p.Faces = []face.Face{{X: 60, Y: 60, Size: 50, Score: 200}}
	sin, cos := math.Sincos(hue * math.Pi / 180)
	skin := raster.Lab{L: 0.6, A: 0.06 * float32(cos), B: 0.06 * float32(sin)}
	for i := range size * size {
		c := raster.Lab{L: 0.5}
		if math.Hypot(float64(i%size-60)/20, float64(i/size-60)/26) < 1 {
			c = skin
		}
		p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i] = c.RGB()
	}
	p.Luma = raster.Luma(context.Background(), p.Colour)
	return p
}

// hueOf is the hue of a colour in degrees.
func hueOf(c raster.RGB, x, y int) float64 {
	lab := raster.ToLab(c[0].At(x, y), c[1].At(x, y), c[2].At(x, y))
	return math.Atan2(float64(lab.B), float64(lab.A)) * 180 / math.Pi
}

func TestBlueLightOnAFaceIsUndoneAndSkinLeftAlone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tone := raster.New(120, 120)
	tone.Fill(0.6)
	for _, c := range []struct{ hue, least, most float64 }{{-10, 32, 44}, {10, 32, 44}, {40, 39, 41}, {56, 55, 57}, {75, 74, 76}} {
		p := facing(c.hue)
		whole, half := p.Tinted(ctx, tone, 1), p.TintedAt(ctx, tone, 1, 2)
		for size, got := range map[string]float64{"whole": hueOf(whole, 60, 62), "half": hueOf(half, 30, 31)} {
			if got < c.least || got > c.most {
				t.Errorf("%s: skin of hue %.0f is drawn with %.1f, want %.0f…%.0f", size, c.hue, got, c.least, c.most)
			}
		}
		if wall := raster.ToLab(whole[0].At(3, 3), whole[1].At(3, 3), whole[2].At(3, 3)); vividness(wall) > 0.005 {
			t.Errorf("hue %.0f: the gray wall has a chroma of %.3f", c.hue, vividness(wall))
		}
	}
}

// TestTheGroundBesideAHeadKeepsItsHue: what is much darker than the skin beside it is no skin.
func TestTheGroundBesideAHeadKeepsItsHue(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := facing(-10)
	brown := raster.Lab{L: 0.3, A: 0.02, B: 0.02}
	const beside = 60*120 + 92
	p.Colour[0].P[beside], p.Colour[1].P[beside], p.Colour[2].P[beside] = brown.RGB()
	p.Luma = raster.Luma(ctx, p.Colour)
	got := hueOf(p.Tinted(ctx, p.Luma, 1), 92, 60)
	if math.Abs(got-45) > 2 {
		t.Errorf("brown of hue 45 beside the head is drawn with %.0f", got)
	}
}
