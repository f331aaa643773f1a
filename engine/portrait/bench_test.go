package portrait_test

import (
	"image"
	"math"
	"testing"

	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// BenchmarkDraw makes the plan and draws in each style, apart from each other: a photo of 1 megapixel at its own size,
// one of 12 as it is shown (about 2 megapixels), and the same one at full size. MB/s counts the photo's bytes.
func BenchmarkDraw(b *testing.B) {
	for _, c := range []struct {
		name string
		mp   float64
		full bool
	}{{"1MP", 1, false}, {"12MP", 12, false}, {"12MP-full", 12, true}} {
		photo := enlarged(b, c.mp)
		if !c.full {
			b.Run("plan/"+c.name, func(b *testing.B) {
				b.SetBytes(int64(len(photo.Pix)))
				b.ReportAllocs()
				for b.Loop() {
					p, err := plan.New(b.Context(), photo, plan.Options{})
					if err != nil {
						b.Fatal(err)
					}
					p.Free()
				}
			})
		}
		p, err := plan.New(b.Context(), photo, plan.Options{})
		if err != nil {
			b.Fatal(err)
		}
		o := portrait.Options{Seed: 1}
		if c.full {
			o.Full = portrait.FullSize(photo.Rect.Size())
		}
		for _, style := range portrait.Styles {
			b.Run(string(style)+"/"+c.name, func(b *testing.B) {
				b.SetBytes(int64(len(photo.Pix)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := portrait.Draw(b.Context(), p, style, o); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		p.Free()
	}
}

// enlarged is a portrait of the given number of megapixels.
func enlarged(b *testing.B, megapixels float64) *image.NRGBA {
	photo := sitter.Photo(b, "people/longhair-forest.jpg")
	f := math.Sqrt(megapixels * 1e6 / float64(photo.Rect.Dx()*photo.Rect.Dy()))
	return raster.ResizeNRGBA(b.Context(), photo, int(float64(photo.Rect.Dx())*f), int(float64(photo.Rect.Dy())*f))
}
