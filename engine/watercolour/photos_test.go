package watercolour

import (
	"context"
	"image"
	_ "image/jpeg"
	"testing"

	"easel/engine/plan"
	"easel/internal/sitter"
)

// photo reads a test photo by its path under the folder of photos, which is not part of the repository.
func photo(t testing.TB, name string) *image.NRGBA {
	t.Helper()
	return sitter.Photo(t, name)
}

// planned looks at a test photo.
func planned(t testing.TB, name string, pixels int) *plan.Plan {
	t.Helper()
	p, err := plan.New(context.Background(), photo(t, name), plan.Options{MaxPixels: pixels, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Free)
	return p
}
