package painting

import (
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// TestEyesOfAnimalsAreSet wants a dark, an iris on the side away from the light, and the light on top.
func TestEyesOfAnimalsAreSet(t *testing.T) {
	t.Parallel()
	const size = 80
	p := &plan.Plan{W: size, H: size, K: 1, Luma: raster.New(size, size), Colour: raster.NewRGB(size, size)}
	for _, plane := range p.Colour {
		plane.Fill(.1)
	}
	p.Eyes = []plan.Eye{{Point: face.Point{X: 40, Y: 40}, R: 8, Light: face.Point{X: 37, Y: 38}, LightR: 1.5}}
	defer raster.Free(p.Luma)
	defer p.Colour.Free()
	sh := touches(p, p.Colour, 1).sheets[0]
	if len(sh.marks) != 3 {
		t.Fatalf("%d touches, want 3", len(sh.marks))
	}
	dark, iris, light := &sh.marks[0], &sh.marks[1], &sh.marks[2]
	if at := sh.path(iris)[1]; at.X <= 40 || at.Y <= 40 {
		t.Errorf("the iris lies at %v, on the side of the light", at)
	}
	if !(luma(dark.colour) < luma(iris.colour) && luma(iris.colour) < luma(light.colour)-.1) {
		t.Errorf("lumas %.2f, %.2f, %.2f do not rise", luma(dark.colour), luma(iris.colour), luma(light.colour))
	}
	if at := sh.path(light)[1]; at != (point{37, 38}) {
		t.Errorf("the light lies at %v", at)
	}
}

// TestALightInAnEyeIsAPoint tells it from the corner of the white.
func TestALightInAnEyeIsAPoint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		wide float32 // half width of the light, pixels
		want bool
	}{{"a point", 2, true}, {"a field", 9, false}} {
		p := &plan.Plan{W: 120, H: 120, K: 1, Luma: raster.New(120, 120), Colour: raster.NewRGB(120, 120)}
		p.Luma.Fill(.1)
		for y := 58; y <= 61; y++ {
			for x := 60 - int(c.wide); x <= 60+int(c.wide); x++ {
				p.Luma.P[y*120+x] = .9
			}
		}
		if _, _, got := glint(p, p.Colour, face.Point{X: 60, Y: 60}, 350); got != c.want {
			t.Errorf("%s is taken for a light: %v", c.name, got)
		}
		raster.Free(p.Luma)
		p.Colour.Free()
	}
}
