package portrait_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"io"
	"testing"

	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// scene is a small picture with forms, light and dark.
func scene() *image.NRGBA {
	const w, h = 160, 200
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{uint8(40 + y*60/h), uint8(70 + (x*7+y*3)%40), 90, 255}
			dx, dy := float64(x-w/2)/float64(w), float64(y-h/2)/float64(h)
			if r := dx*dx + dy*dy; r < 0.12 {
				c = color.NRGBA{uint8(230 - 500*r), uint8(180 - 400*r), 140, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func TestEveryStyleDrawsTheSameOnAnyNumberOfCores(t *testing.T) {
	t.Parallel()
	p, err := plan.New(t.Context(), scene(), plan.Options{MaxPixels: sitter.Pixels(120_000)})
	if err != nil {
		t.Fatal(err)
	}
	for _, style := range portrait.Styles {
		t.Run(string(style), func(t *testing.T) {
			t.Parallel()
			one, err := portrait.Draw(raster.WithWorkers(t.Context(), 1), p, style, portrait.Options{Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			many, err := portrait.Draw(raster.WithWorkers(t.Context(), 7), p, style, portrait.Options{Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			if one.Rect.Size() != image.Pt(160, 200) {
				t.Errorf("a photo of 160×200 gives a portrait of %v", one.Rect.Size())
			}
			if string(one.Pix) != string(many.Pix) {
				t.Error("one core and seven give different pictures")
			}
			other, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 6})
			if err != nil {
				t.Fatal(err)
			}
			if string(one.Pix) == string(other.Pix) {
				t.Error("another seed gives the same picture")
			}
		})
	}
}

func TestProgressRisesToOneAndCancelStops(t *testing.T) {
	t.Parallel()
	p, err := plan.New(t.Context(), scene(), plan.Options{MaxPixels: sitter.Pixels(120_000)})
	if err != nil {
		t.Fatal(err)
	}
	for _, style := range portrait.Styles {
		last, stages := -1.0, map[string]bool{}
		_, err := portrait.Draw(t.Context(), p, style, portrait.Options{Progress: func(stage string, done float64) {
			if done < last || done > 1 || stage == "" {
				t.Errorf("%s: progress goes from %v to %v (%q)", style, last, done, stage)
			}
			last = done
			stages[stage] = true
		}})
		if err != nil {
			t.Fatal(err)
		}
		if last < 0.9 || len(stages) < 2 {
			t.Errorf("%s: progress ends at %v after %d stages", style, last, len(stages))
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err = portrait.Draw(ctx, p, style, portrait.Options{Progress: func(string, float64) { cancel() }})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: a cancelled drawing ends with %v", style, err)
		}
	}
}

func TestInks(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	p, err := plan.New(t.Context(), scene(), plan.Options{MaxPixels: sitter.Pixels(120_000)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := portrait.Draw(t.Context(), p, portrait.Artistic, portrait.Options{Ink: portrait.Pen}); !errors.Is(err, portrait.ErrInk) {
		t.Errorf("a painting with a pen: %v", err)
	}
	if _, err := portrait.Draw(t.Context(), p, portrait.DetailedSketch, portrait.Options{Ink: portrait.Pen}); !errors.Is(err, portrait.ErrInk) {
		t.Errorf("tone with a pen: %v", err)
	}
	red, err := portrait.Draw(t.Context(), p, portrait.RoughSketch, portrait.Options{Ink: portrait.Sanguine})
	if err != nil {
		t.Fatal(err)
	}
	var warm, cool int
	for i := 0; i < len(red.Pix); i += 4 {
		if r, b := int(red.Pix[i]), int(red.Pix[i+2]); r < 220 && r > b+20 {
			warm++
		} else if b > r+20 {
			cool++
		}
	}
	if warm < 100 || cool > 0 {
		t.Errorf("red chalk leaves %d warm and %d cool marks", warm, cool)
	}
}

func TestBackgroundsAndStrengths(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	p, err := plan.New(t.Context(), scene(), plan.Options{MaxPixels: sitter.Pixels(120_000)})
	if err != nil {
		t.Fatal(err)
	}
	for _, style := range portrait.Styles {
		if _, err := portrait.Draw(t.Context(), p, style, portrait.Options{Background: "beach"}); !errors.Is(err, portrait.ErrBackground) {
			t.Errorf("%s on a beach: %v", style, err)
		}
		for _, strength := range []float32{0.49, 1.51, -1} {
			if _, err := portrait.Draw(t.Context(), p, style, portrait.Options{Strength: strength}); !errors.Is(err, portrait.ErrStrength) {
				t.Errorf("%s with strength %v: %v", style, strength, err)
			}
		}
		own, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		usual, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 5, Strength: 1})
		if err != nil {
			t.Fatal(err)
		}
		if string(own.Pix) != string(usual.Pix) {
			t.Errorf("%s: strength 1 is not the style's own", style)
		}
	}
	if _, err := portrait.Vectors(t.Context(), p, portrait.RoughSketch, portrait.Options{Background: "beach"}, provenance.Mark{}); !errors.Is(err, portrait.ErrBackground) {
		t.Errorf("lines on a beach: %v", err)
	}
}

func TestVectorsAreXMLAndSayWhatMadeThem(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds; the race detector watches the same code draw elsewhere")
	}
	t.Parallel()
	p, err := plan.New(t.Context(), scene(), plan.Options{MaxPixels: sitter.Pixels(120_000)})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := portrait.Vectors(t.Context(), p, portrait.RoughSketch, portrait.Options{Seed: 5}, provenance.Mark{Style: "rough-sketch", Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	elements, d := map[string]int{}, xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements[e.Name.Local]++
		}
	}
	if elements["svg"] != 1 || elements["path"] == 0 || elements["DigitalSourceType"] != 1 {
		t.Errorf("the drawing has the elements %v", elements)
	}
	if _, err := portrait.Vectors(t.Context(), p, portrait.Artistic, portrait.Options{}, provenance.Mark{}); err == nil {
		t.Error("a painting was written as lines")
	}
}

func TestUnknownStyle(t *testing.T) {
	t.Parallel()
	if _, err := portrait.Draw(t.Context(), &plan.Plan{}, "crayon", portrait.Options{}); err == nil {
		t.Error("a style that does not exist was drawn")
	}
}

func TestFullSize(t *testing.T) {
	t.Parallel()
	for photo, want := range map[image.Point]image.Point{
		{4000, 3000}: {4000, 3000}, {8192, 4096}: {4096, 2048}, {100, 9000}: {46, 4096}, {1, 9000}: {1, 4096}, {320, 400}: {320, 400},
	} {
		if got := portrait.FullSize(photo); got != want {
			t.Errorf("the full size of %v is %v, want %v", photo, got, want)
		}
	}
}
