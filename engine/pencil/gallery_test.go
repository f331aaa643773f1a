package pencil

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

	"easel/engine/plan"
)

// TestGallery draws the photos of EASEL_PHOTOS into the folder EASEL_GALLERY, for looking at.
func TestGallery(t *testing.T) {
	out := os.Getenv("EASEL_GALLERY")
	if out == "" {
		t.Skip("EASEL_GALLERY names no folder to draw the gallery into")
	}
	only := strings.Fields(os.Getenv("EASEL_GALLERY_ONLY"))
	for _, path := range photos(t, only) {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		p, err := plan.New(context.Background(), decode(t, path), plan.Options{Seed: 1})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		img, err := Render(context.Background(), p, Options{Seed: 1})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p.Free()
		f, err := os.Create(filepath.Join(out, "detailed-sketch-"+name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, img); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// photos lists people and pets of the photo collection, or those whose names are given.
func photos(t *testing.T, only []string) []string {
	t.Helper()
	root := os.Getenv("EASEL_PHOTOS")
	if root == "" {
		root = "../../../shared/photos"
	}
	var found []string
	for _, folder := range []string{"people", "pets"} {
		list, err := filepath.Glob(filepath.Join(root, folder, "*.*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range list {
			wanted := len(only) == 0
			for _, name := range only {
				wanted = wanted || strings.HasPrefix(filepath.Base(path), name+".")
			}
			if wanted {
				found = append(found, path)
			}
		}
	}
	if len(found) == 0 {
		t.Skip("no photos under EASEL_PHOTOS (default ../shared/photos)")
	}
	return found
}

func decode(t testing.TB, path string) *image.NRGBA {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	src, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA(image.Rect(0, 0, src.Bounds().Dx(), src.Bounds().Dy()))
	draw.Draw(img, img.Bounds(), src, src.Bounds().Min, draw.Src)
	return img
}
