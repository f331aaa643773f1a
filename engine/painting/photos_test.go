package painting

import (
	"context"
	"image"
	_ "image/jpeg"
	"testing"

	"easel/internal/sitter"
)

// photo reads a test photo. The photos are not part of the repository.
func photo(t testing.TB, name string) *image.NRGBA {
	t.Helper()
	return sitter.Photo(t, name)
}

// BenchmarkRender paints a photo of two million pixels, the plan apart.
func BenchmarkRender(b *testing.B) {
	p := planned(b, photo(b, "people/longhair-forest.jpg"), 0)
	defer p.Free()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Render(context.Background(), p, Options{Seed: 7}); err != nil {
			b.Fatal(err)
		}
	}
}
