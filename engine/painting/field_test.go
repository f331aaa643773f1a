package painting

import (
	"context"
	"image"
	"image/color"
	"math"
	"testing"

	"easel/engine/plan"
	"easel/engine/raster"
)

// drapery is a picture of upright folds of little contrast.
func drapery(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := uint8(120 + 9*math.Sin(2*math.Pi*float64(x)/60))
			img.SetNRGBA(x, y, color.NRGBA{R: v, G: v / 3, B: v / 4, A: 255})
		}
	}
	return img
}

// TestBroadBrushesFollowFaintFolds: what the photo has only a hint of leads a brush more than the arm does.
func TestBroadBrushesFollowFaintFolds(t *testing.T) {
	t.Parallel()
	p := planned(t, drapery(300, 240), 72_000)
	defer p.Free()
	fine, broad := newFields(context.Background(), p, 3)
	defer fine.free()
	defer broad.free()
	for name, f := range map[string]*field{"fine": fine, "broad": broad} {
		upright, n := 0, 0
		for y := 20; y < p.H-20; y += 8 {
			for x := 20; x < p.W-20; x += 8 {
				if _, dy := f.at(float32(x), float32(y)); abs(dy) > .85 {
					upright++
				}
				n++
			}
		}
		if upright < 9*n/10 {
			t.Errorf("%s: %d of %d places are painted along the folds", name, upright, n)
		}
	}
}

// TestEdgesOfThingsTakeSmallBrushes: along the edge of anything the smallest brush is a small one.
func TestEdgesOfThingsTakeSmallBrushes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := &plan.Plan{W: 120, H: 100, K: 1, Matte: raster.New(120, 100), Importance: raster.New(120, 100), Luma: raster.New(120, 100)}
	p.Colour = raster.NewRGB(120, 100)
	for i := range p.Luma.P {
		v := float32(.7)
		if i%120 >= 60 {
			v = .9
		}
		p.Luma.P[i], p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i] = v, v, v, v
	}
	p.Flow = raster.NewFlow(ctx, p.Colour, 3, 2)
	defer p.Free()
	fine, broad := newFields(ctx, p, 1)
	scope, care := newScope(ctx, p, fine)
	defer raster.Free(scope, care)
	fine.free()
	broad.free()
	if r := scope.At(60, 50); r > 1.3*edgeBusy {
		t.Errorf("the smallest brush along an edge is %.1f, want about %.1f", r, edgeBusy)
	}
	if r := scope.At(15, 50); r < unsureCalm {
		t.Errorf("the smallest brush away from it is %.1f, want %d or more", r, unsureCalm)
	}
}
