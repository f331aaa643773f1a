package portrait_test

import (
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"easel/engine/ingest"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/engine/raster"
)

// photos is the collection that is not part of this repository.
func photos(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("EASEL_PHOTOS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "photos")
	}
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the photo collection is not here; set EASEL_PHOTOS to its folder")
		}
		t.Skip("the photo collection is not here; set EASEL_PHOTOS to its folder to run this test")
	}
	return folder
}

func open(t testing.TB, path string) *image.NRGBA {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := ingest.Decode(context.Background(), data, ingest.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return picture.Image
}

// TestGallery draws every photo of people and pets in every style into the folder of EASEL_GALLERY, for the eye.
func TestGallery(t *testing.T) {
	folder := os.Getenv("EASEL_GALLERY")
	if folder == "" {
		t.Skip("set EASEL_GALLERY to a folder to draw the gallery into it")
	}
	var files []string
	for _, kind := range []string{"people", "pets"} {
		found, err := filepath.Glob(filepath.Join(photos(t), kind, "*"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if only := os.Getenv("EASEL_GALLERY_ONLY"); only != "" {
		var chosen []string
		for _, f := range files {
			if strings.Contains(only, strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))) {
				chosen = append(chosen, f)
			}
		}
		files = chosen
	}
	for _, file := range files {
		p, err := plan.New(t.Context(), open(t, file), plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		for _, style := range portrait.Styles {
			img, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			save(t, filepath.Join(folder, name+"-"+string(style)+".png"), img)
		}
		p.Free()
	}
}

func save(t testing.TB, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// sampleSide is the longest side of a sample picture in pixels.
const sampleSide = 900

// TestSamples draws the samples that the pages and the README show into the folder of EASEL_SAMPLES: the NASA portrait
// astronaut.png (public domain) and the cat chelsea.png (CC0), which are all that may be published.
func TestSamples(t *testing.T) {
	folder := os.Getenv("EASEL_SAMPLES")
	if folder == "" {
		t.Skip("set EASEL_SAMPLES to a folder to draw the samples into it")
	}
	for subject, file := range map[string]string{"astronaut": "people/astronaut.png", "chelsea": "pets/chelsea.png"} {
		photo := open(t, filepath.Join(photos(t), file))
		crop := photo.Rect
		if subject == "astronaut" {
			crop = image.Rect(64, 0, 384, 400) // head and shoulders, 4:5
		}
		p, err := plan.New(t.Context(), photo, plan.Options{Crop: crop})
		if err != nil {
			t.Fatal(err)
		}
		for _, style := range portrait.Styles {
			img, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 1, Full: image.Pt(p.W, p.H)})
			if err != nil {
				t.Fatal(err)
			}
			f := float64(sampleSide) / float64(max(p.W, p.H))
			small := raster.ResizeNRGBA(t.Context(), img, int(float64(p.W)*f+0.5), int(float64(p.H)*f+0.5))
			data, err := portrait.Encode(small, portrait.WebP, provenance.Mark{Studio: "portrait", Style: string(style),
				Engine: "Easel built-in", Version: portrait.Version, Seed: 1}, portrait.Paper{})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, subject+"-"+string(style)+".webp"), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p.Free()
	}
}
