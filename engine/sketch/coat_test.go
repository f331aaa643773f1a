package sketch

import (
	"context"
	"image"
	"image/color"
	"testing"

	"easel/engine/golden"
	"easel/engine/plan"
)

// animal is a plan of a light animal on dark ground: its back is lit, its belly in gray shade, and it has a black nose.
func animal(t *testing.T) *plan.Plan {
	t.Helper()
	const w, h = 360, 300
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := uint8(40)
			dx, dy := float64(x-180)/120, float64(y-150)/90
			if dx*dx+dy*dy < 1 {
				v = 240
				if y > 150 {
					v = 165
				}
			}
			if dx, dy := x-120, y-120; dx*dx+dy*dy < 22*22 {
				v = 15
			}
			img.SetNRGBA(x, y, color.NRGBA{v, v, v, 255})
		}
	}
	p, err := plan.New(context.Background(), img, plan.Options{Seed: 1, MaxPixels: w * h})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Free)
	return p
}

// Shade in a light coat is drawn light, and a large dark is graphite with the paper's grain in it, not a blot.
func TestAnimalsAreDrawnInGraphite(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := animal(t)
	img, err := Render(ctx, p, Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	drawn := golden.Luma(ctx, img)
	defer drawn.Free()
	sx, sy := float32(drawn.W)/360, float32(drawn.H)/300
	tone := func(x, y, r int) (mean, grain float32) {
		n := float32(0)
		for j := y - r; j <= y+r; j++ {
			for i := x - r; i <= x+r; i++ {
				v := drawn.At(int(float32(i)*sx), int(float32(j)*sy))
				mean, n = mean+v, n+1
				if v > 0.5 {
					grain++
				}
			}
		}
		return mean / n, grain / n
	}
	light, _ := tone(200, 100, 14)
	shade, _ := tone(200, 190, 14)
	if light < 0.93 || shade > light-0.04 || shade < 0.6 {
		t.Errorf("the lit back is %.2f and the belly in shade %.2f", light, shade)
	}
	if nose, grain := tone(120, 120, 14); nose > shade-0.1 || grain < 0.01 {
		t.Errorf("a large dark is %.2f, with light grain on %.3f of it", nose, grain)
	}
}
