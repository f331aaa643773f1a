package plan

import (
	"context"
	"image"
	_ "image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"easel/engine/raster"
	"easel/internal/sitter"
)

// photo reads a test photo. The photos are not part of the repository.
func photo(t testing.TB, name string) *image.NRGBA {
	t.Helper()
	return sitter.Photo(t, name)
}

// show writes planes and pictures into the folder that EASEL_SHOW names; without it nothing happens.
func show(t *testing.T, name string, img image.Image) {
	t.Helper()
	dir := os.Getenv("EASEL_SHOW")
	if dir == "" {
		return
	}
	out, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, img); err != nil {
		t.Fatal(err)
	}
}

func grey(p *raster.Plane) image.Image {
	return raster.RGB{p, p, p}.NRGBA(context.Background())
}

// TestPlansOfPhotos states what a person sees in the photos.
func TestPlansOfPhotos(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, c := range []struct {
		name  string
		faces int
	}{
		{"people/astronaut.png", 1}, {"people/obama.jpg", 1}, {"people/passport-man.jpg", 1},
		{"people/beard-dark.jpg", 1}, {"people/longhair-forest.jpg", 1},
		{"pets/samoyed.jpg", 0}, {"pets/chelsea.png", 0}, {"pets/dog-bench.png", 0},
		{"pets/bulldog-kitchen.jpg", 0}, {"pets/shorthair-blue.jpg", 0},
	} {
		t.Run(filepath.Base(c.name), func(t *testing.T) {
			p, err := New(ctx, photo(t, c.name), Options{MaxPixels: 250_000, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Free()
			t.Logf("%dx%d out %v k %.2f noise %.4f light %v fills %v confidence %.2f touched %d",
				p.W, p.H, p.Out, p.K, p.Noise, p.LightSubject, p.FillsFrame, p.MatteConfidence, p.touched())
			if len(p.Faces) != c.faces {
				t.Errorf("%d faces, want %d", len(p.Faces), c.faces)
			}
			base := filepath.Base(c.name)
			tone := p.Tone(ctx, 0.68, 1.4)
			show(t, base+"-0photo", p.Colour.NRGBA(ctx))
			show(t, base+"-1matte", grey(p.Matte))
			show(t, base+"-2importance", grey(p.Importance))
			show(t, base+"-3tone", grey(tone))
			show(t, base+"-4tinted", p.Tinted(ctx, tone, 1.15).NRGBA(ctx))
			show(t, base+"-5behind", grey(p.Behind(ctx, 80*p.K, 1)))
		})
	}
}
