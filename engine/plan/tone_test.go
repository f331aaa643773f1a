package plan

import (
	"context"
	"image"
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// exposed changes the exposure of a photo by stops in linear light.
func exposed(img *image.NRGBA, stops float64) *image.NRGBA {
	out := image.NewNRGBA(img.Rect)
	k := float32(math.Exp2(stops))
	for i, v := range img.Pix {
		out.Pix[i] = v
		if i%4 != 3 {
			out.Pix[i] = uint8(255*raster.ToGamma(k*raster.ToLinear(float32(v)/255)) + 0.5)
		}
	}
	return out
}

// faceMedian is the median of a plane in the inner box of a face.
func faceMedian(p *Plan, l *raster.Plane, f face.Face) float32 {
	return tonePercentile(l, p.inner(f))
}

// TestTonesAreFair draws people of lighter and darker skin at exposures from −1.5 to +1 stops: each face must come
// near the tone that the style asks for.
func TestTonesAreFair(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const target, slack = 0.68, 0.08
	for _, name := range []string{"people/astronaut.png", "people/obama.jpg", "people/beard-dark.jpg"} {
		t.Run(name, func(t *testing.T) {
			img := photo(t, name)
			img = raster.ResizeNRGBA(ctx, img, 480, 480*img.Rect.Dy()/img.Rect.Dx())
			for _, stops := range []float64{-1.5, 0, 1} {
				p, err := New(ctx, exposed(img, stops), Options{MaxPixels: 230_000, Seed: 1})
				if err != nil {
					t.Fatal(err)
				}
				if len(p.Faces) != 1 {
					t.Fatalf("%v stops: %d faces", stops, len(p.Faces))
				}
				before := p.Skin(p.Faces[0])
				after := faceMedian(p, p.Tone(ctx, target, 1.4), p.Faces[0])
				want := Pulled(before, target)
				if after < want-slack || after > want+slack {
					t.Errorf("%+.1f stops: face %.3f came out as %.3f, want %.3f", stops, before, after, want)
				}
				p.Free()
			}
		})
	}
}

// TestDarkSkinStaysDarkAndVisible gives one photo skin of many tones.
func TestDarkSkinStaysDarkAndVisible(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	img := photo(t, "people/obama.jpg")
	img = raster.ResizeNRGBA(ctx, img, 400, 500)
	p, err := New(ctx, img, Options{MaxPixels: 200_000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	f := p.Faces[0]
	light := p.Luma.Clone()
	last := float32(0)
	for _, shade := range []float32{0.25, 0.4, 0.6, 0.8, 1} {
		for y := range p.H {
			for x := range p.W {
				i := y*p.W + x
				d := ellipse(float32(x), float32(y), face.Point{X: f.X, Y: f.Y}, 0.6*f.Size, 0.75*f.Size, 1, 0)
				p.Luma.P[i] = light.P[i] * (1 - (1-shade)*(1-raster.Smoothstep(0.8, 1.1, d)))
			}
		}
		before := tonePercentile(p.Luma, p.inner(f))
		for _, target := range []float32{0.66, 0.72, 0.76} {
			after := faceMedian(p, p.Tone(ctx, target, 1.5), f)
			if after < before+0.1*(target-before) || after > target+0.05 {
				t.Errorf("skin of %.2f came out as %.2f for a target of %.2f", before, after, target)
			}
			if after < 0.32 {
				t.Errorf("skin of %.2f came out nearly black: %.2f", before, after)
			}
			if before < 0.3 && after > target-0.08 {
				t.Errorf("dark skin of %.2f was bleached to %.2f", before, after)
			}
			if target == 0.72 {
				if after < last-0.02 {
					t.Errorf("skin of %.2f came out darker (%.2f) than a darker skin (%.2f)", before, after, last)
				}
				last = after
			}
		}
	}
}

func TestCurvesKeepTheOrderOfSkinTones(t *testing.T) {
	t.Parallel()
	for _, target := range []float32{0.6, 0.68, 0.76} {
		last := float32(0)
		for m := float32(0.04); m < 0.96; m += 0.02 {
			c := towards(m, target, 1)
			got := c.at(m)
			if got < last-0.015 {
				t.Errorf("target %v: skin %.2f becomes %.3f, darker skin became %.3f", target, m, got, last)
			}
			last = got
		}
	}
}

func TestPulled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ m, target, want float32 }{
		{0.6, 0.68, 0.68},
		{0.5, 0.72, 0.72},
		{0.2, 0.68, 0.2 + 0.7*0.48},
		{0.95, 0.68, 0.95 - 0.98*0.27},
	} {
		if got := Pulled(c.m, c.target); math.Abs(float64(got-c.want)) > 1e-5 {
			t.Errorf("Pulled(%v, %v) = %v, want %v", c.m, c.target, got, c.want)
		}
	}
}

// TestFurKeepsItsKind brings animals of different fur to one target.
func TestFurKeepsItsKind(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const n = 120
	last := float32(0)
	for _, fur := range []float32{0.08, 0.3, 0.55, 0.8, 0.93} {
		p := &Plan{W: n, H: n, K: n / 1400.0, Luma: raster.New(n, n), Matte: raster.New(n, n), MatteConfidence: 0.9}
		for y := range n {
			for x := range n {
				i := y*n + x
				p.Luma.P[i] = 0.5
				if math.Hypot(float64(x-n/2), float64(y-n/2)) < n/3 {
					p.Matte.P[i] = 1
					p.Luma.P[i] = raster.Clamp(fur+0.1*(raster.White(1, x, y)-0.5), 0, 1)
				}
			}
		}
		after := p.Tone(ctx, 0.7, 1).Percentile(0.5, p.Matte)
		if after < last+0.04 {
			t.Errorf("fur of %.2f came out as %.2f, darker fur as %.2f", fur, after, last)
		}
		if fur < 0.2 && after > 0.45 || fur > 0.7 && after < 0.6 {
			t.Errorf("fur of %.2f came out as %.2f", fur, after)
		}
		if d := after - fur; fur < 0.6 && d < 0.02 {
			t.Errorf("dark fur of %.2f was not opened: %.2f", fur, after)
		}
		last = after
	}
}
