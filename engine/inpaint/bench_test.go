package inpaint_test

import (
	"fmt"
	"image"
	"testing"

	"easel/engine/inpaint"
)

// BenchmarkFill takes somebody out who stands in the middle: of a preview, and of photos as cameras make them.
func BenchmarkFill(b *testing.B) {
	small := meadow(640, 480)
	for _, k := range []int{1, 2, 6} {
		w, h := 640*k, 480*k
		src := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				src.SetNRGBA(x, y, small.NRGBAAt(x/k, y/k))
			}
		}
		p := standing(w, h)
		src = painted(src, p)
		b.Run(fmt.Sprintf("%.1fMP", float64(w*h)/1e6), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := inpaint.Fill(b.Context(), src, p, nil, inpaint.Options{Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
