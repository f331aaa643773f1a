package watercolour

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
	"time"

	"easel/engine/plan"
)

// photo reads a test photo by its path under the folder of photos, which is not part of the repository.
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

// TestGallery paints test photos into the folder that EASEL_GALLERY names, for people to look at. EASEL_ONLY limits
// it to names that contain one of its comma-separated parts.
func TestGallery(t *testing.T) {
	dir := os.Getenv("EASEL_GALLERY")
	if dir == "" {
		t.Skip("set EASEL_GALLERY to a folder to have the test photos painted into it")
	}
	wanted := strings.Split(os.Getenv("EASEL_ONLY"), ",")
	for _, name := range []string{
		"people/astronaut.png", "people/obama.jpg", "people/beard-dark.jpg", "people/longhair-forest.jpg",
		"people/passport-man.jpg", "people/group-elders.jpg", "people/selfie-wide.jpg", "pets/samoyed.jpg",
		"pets/chelsea.png", "pets/cat-belly.jpg", "pets/bulldog-kitchen.jpg", "pets/shorthair-blue.jpg", "pets/dog-bench.png",
	} {
		base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		chosen := false
		for _, part := range wanted {
			chosen = chosen || strings.Contains(base, part)
		}
		if !chosen {
			continue
		}
		p := planned(t, name, 0)
		start := time.Now()
		img, err := Render(context.Background(), p, Options{Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d×%d, confidence %.2f, light %v, fills %v, white %.2f, likeness %.2f, %v", base, p.W, p.H,
			p.MatteConfidence, p.LightSubject, p.FillsFrame, whiteShare(img), likeness(t, p, img), time.Since(start))
		save(t, filepath.Join(dir, base+".png"), img)
	}
}

func save(t *testing.T, path string, img image.Image) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(out, img); err != nil {
		t.Fatal(err)
	}
}
