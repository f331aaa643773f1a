package painting

import (
	"testing"

	"easel/engine/raster"
)

func TestGradeWarmsLightsAndCoolsShadows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		lightness float32
		tint      float32
		low, high float32 // of the shift towards yellow
	}{
		{"a shadow", .25, 1, -.02, -.004},
		{"a light", .85, 1, .004, .02},
		{"white", .98, 1, -1e-4, 1e-4},
		{"a light without tint", .85, 0, -1e-6, 1e-6},
	} {
		got := grade(raster.Lab{L: c.lightness}, c.tint)
		if got.B < c.low || got.B > c.high {
			t.Errorf("%s moves by %.4f, want %.4f…%.4f", c.name, got.B, c.low, c.high)
		}
	}
	if l := grade(raster.Lab{}, 1).L; l < .05 || l > .15 {
		t.Errorf("black becomes %.3f: strokes must show in it, but it must stay dark", l)
	}
}

func TestCalmSparesOrdinarySkin(t *testing.T) {
	t.Parallel()
	fair := raster.Lab{L: .8, A: .03, B: .05}
	if got := calm(fair, 1); got != fair {
		t.Errorf("%v became %v", fair, got)
	}
	orange := raster.Lab{L: .7, A: .08, B: .12}
	got := calm(orange, 1)
	if got.A >= orange.A || got.L != orange.L || abs(got.A/got.B-orange.A/orange.B) > 1e-4 {
		t.Errorf("%v became %v: want less chroma, the same hue and lightness", orange, got)
	}
	if got := calm(orange, 0); got != orange {
		t.Errorf("a colour that is not on a face changed to %v", got)
	}
}
