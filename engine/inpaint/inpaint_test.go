package inpaint_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"slices"
	"testing"

	"easel/engine/inpaint"
	"easel/engine/raster"
)

// meadow is a picture with a slope of light, a fence that repeats and fine grain.
func meadow(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := 0.35 + 0.3*float32(y)/float32(h) + 0.06*(raster.White(5, x, y)-0.5) + 0.1*(raster.FBMAt(float32(x), float32(y), 14, 3, 9)-0.5)
			if x%24 < 5 && y > h/3 && y < 2*h/3 {
				v = 0.85
			}
			img.SetNRGBA(x, y, color.NRGBA{R: level(v * 0.8), G: level(v), B: level(v * 0.6), A: 255})
		}
	}
	return img
}

func level(v float32) uint8 { return uint8(raster.Clamp(v, 0, 1)*255 + 0.5) }

func hole(w, h int, r image.Rectangle) *raster.Plane {
	p := raster.New(w, h)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			p.P[y*w+x] = 1
		}
	}
	return p
}

// painted is the picture with something red in the hole, which must not come back.
func painted(img *image.NRGBA, p *raster.Plane) *image.NRGBA {
	out := image.NewNRGBA(img.Rect)
	copy(out.Pix, img.Pix)
	for i, v := range p.P {
		if v > 0.5 {
			copy(out.Pix[4*i:4*i+4], []uint8{220, 20, 30, 255})
		}
	}
	return out
}

func TestAFenceGoesOnBehindWhatWasTakenOut(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	const w, h = 240, 200
	whole := meadow(w, h)
	at := image.Rect(100, 60, 150, 150)
	p := hole(w, h, at)
	got, err := inpaint.Fill(t.Context(), painted(whole, p), p, nil, inpaint.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var off float64
	n := 0
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for x := at.Min.X; x < at.Max.X; x++ {
			off, n = off+math.Abs(upright(whole, x, y)-upright(got, x, y)), n+1
			b := got.NRGBAAt(x, y)
			if int(b.R) > int(b.G)+25 {
				t.Fatalf("something red is left at %d, %d: %v", x, y, b)
			}
		}
	}
	if mean := off / float64(n); mean > 16 { // without the fence it is 21
		t.Errorf("the filling differs from what was there by %.1f levels on average; the fence does not go on", mean)
	}
	for i := range p.P {
		if p.P[i] < 0.5 && !slices.Equal(got.Pix[4*i:4*i+4], whole.Pix[4*i:4*i+4]) {
			t.Fatalf("pixel %d outside the hole has changed", i)
		}
	}
}

// upright is the mean green of a short upright run, in which grain is lost and a post is not.
func upright(img *image.NRGBA, x, y int) (sum float64) {
	for dy := -4; dy <= 4; dy++ {
		sum += float64(img.NRGBAAt(x, y+dy).G) / 9
	}
	return sum
}

func TestTheSameFillingOnAnyNumberOfCores(t *testing.T) {
	t.Parallel()
	const w, h = 160, 120
	p := hole(w, h, image.Rect(60, 40, 100, 80))
	src := painted(meadow(w, h), p)
	var first *image.NRGBA
	counts := []int{1, 2, 5}
	if testing.Short() {
		counts = counts[1:]
	}
	for _, workers := range counts {
		got, err := inpaint.Fill(raster.WithWorkers(t.Context(), workers), src, p, nil, inpaint.Options{Seed: 4})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		} else if !slices.Equal(first.Pix, got.Pix) {
			t.Errorf("with %d workers the filling differs", workers)
		}
	}
	other, err := inpaint.Fill(t.Context(), src, p, nil, inpaint.Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(first.Pix, other.Pix) {
		t.Error("another seed gives the same filling")
	}
}

// What is protected is neither changed nor copied.
func TestWhatIsProtectedStaysAndIsNotCopied(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	const w, h = 200, 160
	src := meadow(w, h)
	protect := hole(w, h, image.Rect(20, 30, 90, 130))
	for i, v := range protect.P {
		if v > 0.5 {
			copy(src.Pix[4*i:4*i+4], []uint8{30, 40, 230, 255}) // blue, and nowhere else
		}
	}
	p := hole(w, h, image.Rect(80, 50, 130, 110)) // overlaps it
	got, err := inpaint.Fill(t.Context(), painted(src, p), p, protect, inpaint.Options{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.P {
		b := got.Pix[4*i : 4*i+4]
		if protect.P[i] < 0.5 && p.P[i] > 0.5 && int(b[2]) > int(b[1])+20 {
			t.Fatalf("what is protected was copied to %d, %d", i%w, i/w)
		}
	}
}

// A hole in larger surroundings is searched for small and copied at full size: the grain of the copy is the photo's.
func TestSearchedSmallCopiedLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	const w, h = 400, 320
	whole := meadow(w, h)
	at := image.Rect(150, 120, 230, 200)
	p := hole(w, h, at)
	got, err := inpaint.Fill(t.Context(), painted(whole, p), p, nil, inpaint.Options{Seed: 3, Pixels: 1 << 15})
	if err != nil {
		t.Fatal(err)
	}
	rough := func(img *image.NRGBA) (sum float64) {
		for y := at.Min.Y + 10; y < at.Max.Y-10; y++ {
			for x := at.Min.X + 10; x < at.Max.X-10; x++ {
				sum += math.Abs(float64(img.NRGBAAt(x, y).G) - float64(img.NRGBAAt(x+1, y).G))
			}
		}
		return sum
	}
	if ratio := rough(got) / rough(whole); ratio < 0.6 || ratio > 1.5 {
		t.Errorf("the filling has %.2f of the photo's fine structure", ratio)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const w, h = 120, 100
	src := meadow(w, h)
	everything := hole(w, h, image.Rect(0, 0, w, h))
	for name, c := range map[string]struct{ hole, protect *raster.Plane }{
		"too much":          {hole(w, h, image.Rect(10, 10, 110, 60)), nil},
		"open on all sides": {hole(w, h, image.Rect(0, 45, w, 60)), nil},
		"nothing to copy":   {hole(w, h, image.Rect(50, 40, 60, 50)), everything},
	} {
		if name == "open on all sides" {
			for y := range h {
				c.hole.P[y*w+60] = 1
			}
		}
		if name == "nothing to copy" {
			for y := 38; y < 54; y++ {
				for x := 48; x < 62; x++ {
					c.protect.P[y*w+x] = 0
				}
			}
		}
		_, err := inpaint.Fill(t.Context(), src, c.hole, c.protect, inpaint.Options{})
		var refused *inpaint.Refusal
		if !errors.As(err, &refused) || len(refused.Say) < 40 {
			t.Errorf("%s: %v, want a refusal that says why", name, err)
		}
	}
	if _, err := inpaint.Fill(t.Context(), src, raster.New(5, 5), nil, inpaint.Options{}); err == nil {
		t.Error("a hole of another size was accepted")
	}
	if _, err := inpaint.Fill(t.Context(), src, raster.New(w, h), nil, inpaint.Options{Pixels: 3}); err == nil {
		t.Error("three pixels to work with were accepted")
	}
}

func TestNoHoleNoChange(t *testing.T) {
	t.Parallel()
	src := meadow(90, 80)
	got, err := inpaint.Fill(t.Context(), src, raster.New(90, 80), nil, inpaint.Options{})
	if err != nil || !slices.Equal(got.Pix, src.Pix) {
		t.Errorf("without a hole the picture changed (%v)", err)
	}
}

func TestItStopsWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := hole(160, 120, image.Rect(60, 40, 100, 80))
	_, err := inpaint.Fill(ctx, meadow(160, 120), p, nil, inpaint.Options{Progress: func(string, float64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}

func TestProgressRises(t *testing.T) {
	t.Parallel()
	last := -1.0
	p := hole(160, 120, image.Rect(60, 40, 100, 80))
	_, err := inpaint.Fill(t.Context(), meadow(160, 120), p, nil, inpaint.Options{Progress: func(stage string, done float64) {
		if done < last || done > 1 || stage == "" {
			t.Errorf("after %v came %v (%s)", last, done, stage)
		}
		last = done
	}})
	if err != nil || last != 1 {
		t.Errorf("it ended at %v, %v", last, err)
	}
}
