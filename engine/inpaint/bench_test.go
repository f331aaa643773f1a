package inpaint_test

import (
	"testing"

	"easel/engine/inpaint"
)

// BenchmarkFill takes somebody out of a picture of about the size of a preview.
func BenchmarkFill(b *testing.B) {
	const w, h = 640, 480
	p := standing(w, h)
	src := painted(meadow(w, h), p)
	for b.Loop() {
		if _, err := inpaint.Fill(b.Context(), src, p, nil, inpaint.Options{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
