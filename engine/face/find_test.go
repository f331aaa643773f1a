package face

import (
	"context"
	"testing"

	"easel/engine/raster"
)

func TestFindInPhotos(t *testing.T) {
	t.Parallel()
	if err := Ready(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		least, most int
	}{
		{"people/astronaut.png", 1, 1},
		{"people/obama.jpg", 1, 1},
		{"people/passport-man.jpg", 1, 1},
		{"people/beard-dark.jpg", 1, 1},
		{"people/longhair-forest.jpg", 1, 1},
		{"people/group-elders.jpg", 3, 12},
		{"people/selfie-wide.jpg", 0, 9},
		{"people/hikers-teide.jpg", 0, 0},
		{"pets/bulldog-kitchen.jpg", 0, 0},
		{"pets/cat-belly.jpg", 0, 0},
		{"pets/chelsea.png", 0, 0},
		{"pets/dog-bench.png", 0, 0},
		{"pets/dog-bike.jpg", 0, 0},
		{"pets/dogs-archive.jpg", 0, 0},
		{"pets/samoyed.jpg", 0, 0},
		{"pets/shorthair-blue.jpg", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			rgb := photo(t, c.name, 1600)
			luma := raster.Luma(ctx, rgb)
			faces := Find(ctx, luma)
			show(t, c.name, rgb, faces)
			for _, f := range faces {
				t.Logf("(%.0f, %.0f) S %.0f score %.1f eyes %v mouth %v tilt %.1f", f.X, f.Y, f.Size, f.Score, f.HasEyes, f.HasMouth, f.Tilt*57.3)
			}
			if len(faces) < c.least || len(faces) > c.most {
				t.Errorf("%d faces, want %d…%d", len(faces), c.least, c.most)
			}
		})
	}
}
