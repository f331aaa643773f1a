package painting

import (
	"context"
	"image"
	"image/draw"
	_ "image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"easel/engine/raster"
)

// gallery names the photos that are looked at by eye after a change of the style.
var gallery = []string{
	"people/astronaut.png", "people/obama.jpg", "people/beard-dark.jpg", "people/longhair-forest.jpg",
	"people/passport-man.jpg", "people/group-elders.jpg", "people/selfie-wide.jpg",
	"pets/samoyed.jpg", "pets/chelsea.png", "pets/cat-belly.jpg", "pets/bulldog-kitchen.jpg",
	"pets/shorthair-blue.jpg", "pets/dog-bench.png",
}

// photo reads a test photo. The photos are not part of the repository.
func photo(t testing.TB, name string) *image.NRGBA {
	t.Helper()
	dir := os.Getenv("EASEL_PHOTOS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "photos")
	}
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the test photos are missing: %v", err)
		}
		t.Skipf("set EASEL_PHOTOS to the folder of test photos to run this: %v", err)
	}
	defer file.Close()
	decoded, _, err := image.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
	draw.Draw(img, img.Rect, decoded, decoded.Bounds().Min, draw.Src)
	return img
}

// TestGallery paints the photos into a folder, to be looked at.
func TestGallery(t *testing.T) {
	dir := os.Getenv("EASEL_GALLERY")
	if dir == "" {
		t.Skip("set EASEL_GALLERY to a folder to get the paintings of the test photos there")
	}
	for _, name := range gallery {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			p := planned(t, photo(t, name), 0)
			defer p.Free()
			img, err := Render(ctx, p, Options{Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			painted := raster.Luma(ctx, raster.FromNRGBA(ctx, img))
			for _, f := range p.Faces {
				t.Logf("face of %.0f pixels: blurred SSIM %.3f", f.Size, raster.SSIM(ctx, around(p.Luma, f), around(painted, f), 2))
			}
			base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
			out, err := os.Create(filepath.Join(dir, base+"-oil.png"))
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			if err := png.Encode(out, img); err != nil {
				t.Fatal(err)
			}
		})
	}
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
