package cutout_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"slices"
	"testing"

	"easel/engine/cutout"
	"easel/engine/inpaint"
	"easel/engine/matting"
	"easel/engine/raster"
)

const w, h = 240, 180

// ball is an orange ball with a soft edge before green grass, and its true matte.
func ball() (*image.NRGBA, *raster.Plane) {
	img, alpha := image.NewNRGBA(image.Rect(0, 0, w, h)), raster.New(w, h)
	for y := range h {
		for x := range w {
			a := raster.Clamp((52-float32(math.Hypot(float64(x-120), float64(y-95))))/8+0.5, 0, 1)
			alpha.P[y*w+x] = a
			g := 0.30 + 0.14*raster.FBMAt(float32(x), float32(y), 6, 3, 2)
			s := 0.75 + 0.10*raster.FBMAt(float32(x), float32(y), 9, 2, 5)
			mix := func(front, back float32) uint8 { return uint8((a*front+(1-a)*back)*255 + 0.5) }
			img.SetNRGBA(x, y, color.NRGBA{R: mix(s, g*0.5), G: mix(s*0.55, g), B: mix(s*0.15, g*0.4), A: 255})
		}
	}
	return img, alpha
}

func TestTheSubjectIsFound(t *testing.T) {
	t.Parallel()
	img, truth := ball()
	cut, err := cutout.Find(t.Context(), img, matting.Hints{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var both, any float32
	for i, a := range truth.P {
		both, any = both+min(a, cut.Alpha.P[i]), any+max(a, cut.Alpha.P[i])
	}
	if iou := both / any; iou < 0.93 || cut.Confidence < cutout.Sure {
		t.Errorf("IoU %.3f with confidence %.2f for a ball in the grass", iou, cut.Confidence)
	}
}

func TestNothingOfTheOldGroundIsLeft(t *testing.T) {
	t.Parallel()
	img, alpha := ball()
	out, err := cutout.Place(t.Context(), img, alpha, cutout.Ground{Kind: cutout.Transparent})
	if err != nil {
		t.Fatal(err)
	}
	green, n := 0.0, 0
	for i, a := range alpha.P {
		p := out.Pix[4*i : 4*i+4]
		if want := uint8(a*255 + 0.5); p[3] != want {
			t.Fatalf("alpha %d at %d, want %d", p[3], i, want)
		}
		switch {
		case a == 0 && !slices.Equal(p, []uint8{0, 0, 0, 0}):
			t.Fatalf("where nothing is left there is %v", p)
		case a > 0.1 && a < 0.6:
			green, n = green+float64(p[1])-0.62*float64(p[0]), n+1 // the ball has 0.55 of red
		}
	}
	if n < 200 || green/float64(n) > 8 {
		t.Errorf("the edge is %.1f levels too green in %d pixels", green/float64(n), n)
	}
}

func TestGrounds(t *testing.T) {
	t.Parallel()
	img, alpha := ball()
	red := image.NewNRGBA(image.Rect(0, 0, 30, 90))
	for i := range red.Pix {
		red.Pix[i] = []uint8{200, 10, 10, 255}[i%4]
	}
	for _, c := range []struct {
		name   string
		ground cutout.Ground
		far    [3]int // what stands in a corner, about
		within int
	}{
		{"plain", cutout.Ground{Kind: cutout.Plain, Colour: [3]uint8{10, 20, 200}}, [3]int{10, 20, 200}, 1},
		{"picture", cutout.Ground{Kind: cutout.Picture, Picture: red}, [3]int{200, 10, 10}, 3},
		{"blur", cutout.Ground{Kind: cutout.Blurred}, [3]int{44, 92, 37}, 14},
	} {
		out, err := cutout.Place(t.Context(), img, alpha, c.ground)
		if err != nil {
			t.Fatal(err)
		}
		if out.Rect != img.Rect {
			t.Errorf("%s: the result is %v", c.name, out.Rect)
		}
		for _, at := range []image.Point{{2, 2}, {w - 3, h - 3}} {
			p := out.NRGBAAt(at.X, at.Y)
			for k, v := range []uint8{p.R, p.G, p.B} {
				if d := int(v) - c.far[k]; d > c.within || -d > c.within {
					t.Errorf("%s: %v at %v, want about %v", c.name, p, at, c.far)
				}
			}
		}
		if p, q := out.NRGBAAt(120, 95), img.NRGBAAt(120, 95); p != q {
			t.Errorf("%s: the middle of the subject changed from %v to %v", c.name, q, p)
		}
	}
}

// The ground out of focus is of the ground alone: no orange shines around the ball.
func TestTheBlurKnowsNothingOfTheSubject(t *testing.T) {
	t.Parallel()
	img, alpha := ball()
	out, err := cutout.Place(t.Context(), img, alpha, cutout.Ground{Kind: cutout.Blurred})
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range alpha.P {
		if p := out.Pix[4*i : 4*i+3]; a == 0 && int(p[0]) > int(p[1]) {
			t.Fatalf("the subject shines into the ground at %d, %d: %v", i%w, i/w, p)
		}
	}
}

func TestAShadowLiesBelow(t *testing.T) {
	t.Parallel()
	img, alpha := ball()
	white := cutout.Ground{Kind: cutout.Plain, Colour: [3]uint8{255, 255, 255}, Shadow: true}
	out, err := cutout.Place(t.Context(), img, alpha, white)
	if err != nil {
		t.Fatal(err)
	}
	if below, above := out.NRGBAAt(146, 149).G, out.NRGBAAt(120, 20).G; below > 240 || above != 255 {
		t.Errorf("below the ball it is %d and above it %d", below, above)
	}
	lifted, err := cutout.Place(t.Context(), img, alpha, cutout.Ground{Kind: cutout.Transparent, Shadow: true})
	if err != nil {
		t.Fatal(err)
	}
	if p := lifted.NRGBAAt(146, 149); p.A < 10 || p.R > 10 {
		t.Errorf("on nothing the shadow is %v, want a thin black", p)
	}
}

func TestWhatCannotBePlaced(t *testing.T) {
	t.Parallel()
	img, alpha := ball()
	for name, g := range map[string]cutout.Ground{"no ground": {}, "unknown": {Kind: "mirror"}, "no picture": {Kind: cutout.Picture}} {
		if _, err := cutout.Place(t.Context(), img, alpha, g); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := cutout.Place(t.Context(), img, raster.New(3, 3), cutout.Ground{Kind: cutout.Blurred}); err == nil {
		t.Error("a matte of another size was accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cutout.Find(ctx, img, matting.Hints{}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a search that nobody waits for gives %v", err)
	}
}

// A thing that nobody would take for a person goes when somebody draws over it; what is marked to stay stays.
func TestMarksDecide(t *testing.T) {
	t.Parallel()
	img, truth := ball()
	over := cutout.Mark{Points: []image.Point{{95, 95}, {145, 95}}, Radius: 12}
	crowd, err := cutout.Crowded(t.Context(), img, []cutout.Mark{over}, 1)
	if err != nil {
		t.Fatal(err)
	}
	missed := 0
	for i, a := range truth.P {
		if a > 0.5 && crowd.Mask.P[i] < 0.5 {
			missed++
		}
	}
	if missed > 400 {
		t.Errorf("%d pixels of what was drawn over are not in the mask", missed)
	}
	keep := over
	keep.Keep = true
	crowd, err = cutout.Crowded(t.Context(), img, []cutout.Mark{over, keep}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if i := 95*w + 120; crowd.Mask.P[i] > 0.5 || crowd.Subject.P[i] < 0.5 {
		t.Error("what was marked to stay goes")
	}
}

func TestTheGroundIsWholeAgain(t *testing.T) {
	t.Parallel()
	img, truth := ball()
	mask := raster.New(w, h)
	for i, a := range truth.P {
		if a > 0 {
			mask.P[i] = 1
		}
	}
	crowd := &cutout.Crowd{Mask: mask, Subject: raster.New(w, h), Main: -1}
	out, err := crowd.Clear(t.Context(), img, inpaint.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range mask.P {
		if p := out.Pix[4*i : 4*i+3]; int(p[0]) > int(p[1]) {
			t.Fatalf("at %d, %d something of the ball is left: %v", i%w, i/w, p)
		}
	}
}
