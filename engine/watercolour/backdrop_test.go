package watercolour

import (
	"context"
	"image"
	"math"
	"testing"

	"easel/engine/plan"
	"easel/engine/raster"
)

// meanOf is the mean colour, in OKLab, where pick says so.
func meanOf(img *image.NRGBA, pick func(x, y int) bool) (mean raster.Lab) {
	var n float32
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if !pick(x, y) {
				continue
			}
			c := img.NRGBAAt(x, y)
			lab := raster.ToLab(float32(c.R)/255, float32(c.G)/255, float32(c.B)/255)
			mean.L, mean.A, mean.B, n = mean.L+lab.L, mean.A+lab.A, mean.B+lab.B, n+1
		}
	}
	return raster.Lab{L: mean.L / n, A: mean.A / n, B: mean.B / n}
}

func TestBackgroundsAreWhatWasAskedFor(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	ctx := context.Background()
	p := small(t)
	p.MatteConfidence = 0.95
	bare := p.Kept(ctx, plan.NoGround, 3)
	defer bare.Free()
	beside := func(x, y int) bool {
		return x > 30 && y > 30 && x < p.W-30 && y < p.H-30 && bare.At(x, y) < 0.02
	}
	sheets := map[plan.Background]*image.NRGBA{}
	for b := plan.OwnGround; b <= plan.PlainGround; b++ {
		sheets[b] = paint(t, ctx, p, Options{Seed: 3, Background: b})
	}
	if got := meanOf(sheets[plan.NoGround], beside); got.L < 0.96 {
		t.Errorf("bare paper has the lightness %.3f", got.L)
	}
	want, got := p.Plain(), meanOf(sheets[plan.PlainGround], beside)
	if d := math.Sqrt(float64((got.L-want.L)*(got.L-want.L) + (got.A-want.A)*(got.A-want.A) + (got.B-want.B)*(got.B-want.B))); d > 0.07 {
		t.Errorf("the plain background is %.3f, want %.3f", got, want)
	}
	if edge, soft := meanOf(sheets[plan.EdgedGround], beside), meanOf(sheets[plan.SoftGround], beside); edge.L > 0.97 || soft.L > 0.96 {
		t.Errorf("the painted edge has %.3f, the soft background %.3f beside the subject: nothing is painted", edge.L, soft.L)
	}
	corner := meanOf(sheets[plan.SoftGround], func(x, y int) bool { return x > 16 && x < 44 && y > 16 && y < 44 })
	side := meanOf(sheets[plan.SoftGround], func(x, y int) bool { return x > 40 && x < 60 && y > p.H/2-20 && y < p.H/2+20 })
	if corner.L < side.L {
		t.Errorf("a soft background is darker in the corner (%.3f) than beside the subject (%.3f)", corner.L, side.L)
	}
}

func TestStrengthDeepensTheWash(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	p := small(t)
	subject := func(x, y int) bool { return p.Matte.At(x, y) > 0.5 }
	last := float32(2)
	for _, strength := range []float32{plan.LeastStrength, 0, plan.MostStrength} {
		got := meanOf(paint(t, context.Background(), p, Options{Seed: 3, Strength: strength}), subject).L
		if got > last-0.015 {
			t.Errorf("strength %v gives the lightness %.3f after %.3f", strength, got, last)
		}
		last = got
	}
}
