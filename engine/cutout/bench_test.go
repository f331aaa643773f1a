package cutout_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"easel/engine/cutout"
	"easel/engine/ingest"
	"easel/engine/matting"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// BenchmarkPhoto is what a photo of 12 megapixels takes from its JPEG to the alpha of every pixel, and from that to the colours
// of the subject without its ground.
func BenchmarkPhoto(b *testing.B) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, raster.ResizeNRGBA(b.Context(), sitter.Sitting(b), 3098, 3873), &jpeg.Options{Quality: 92}); err != nil {
		b.Fatal(err)
	}
	var photo *image.NRGBA
	decode := func(b *testing.B) {
		b.Helper()
		p, err := ingest.Decode(b.Context(), file.Bytes(), ingest.DefaultLimits())
		if err != nil {
			b.Fatal(err)
		}
		photo = p.Image
	}
	find := func(b *testing.B) *cutout.Cut {
		b.Helper()
		cut, err := cutout.Find(b.Context(), photo, matting.Hints{}, 1)
		if err != nil {
			b.Fatal(err)
		}
		return cut
	}
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			decode(b)
		}
	})
	b.Run("decode to alpha", func(b *testing.B) {
		for b.Loop() {
			decode(b)
			find(b).Alpha.Free()
		}
	})
	cut := find(b)
	defer cut.Alpha.Free()
	b.Run("alpha to colours", func(b *testing.B) {
		for b.Loop() {
			if _, err := cutout.Place(b.Context(), photo, cut.Alpha, cutout.Ground{Kind: cutout.Transparent}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
