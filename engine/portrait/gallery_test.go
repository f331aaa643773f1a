package portrait_test

import (
	"context"
	"image"
	"image/draw"
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
	return decode(t, data)
}

func decode(t testing.TB, data []byte) *image.NRGBA {
	t.Helper()
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

// Sizes of the samples in pixels: the longest side of one, and the width of one in the strip with the gap beside it.
const (
	sampleSide = 720
	stripTile  = 400
	stripGap   = 16
)

// TestSamples draws the samples that the pages and the README show: the NASA portrait astronaut.png (public domain) and
// the cat chelsea.png (CC0), which are all that may be published. EASEL_SAMPLES=update replaces the committed files.
func TestSamples(t *testing.T) {
	if os.Getenv("EASEL_SAMPLES") != "update" {
		t.Skip("set EASEL_SAMPLES=update to draw the committed samples anew")
	}
	crops := map[string]image.Rectangle{"astronaut": image.Rect(64, 0, 384, 400)} // head and shoulders, 4:5
	for subject, file := range map[string]string{"astronaut": "people/astronaut.png", "chelsea": "pets/chelsea.png"} {
		p, err := plan.New(t.Context(), open(t, filepath.Join(photos(t), file)), plan.Options{Crop: crops[subject]})
		if err != nil {
			t.Fatal(err)
		}
		var drawn []*image.NRGBA
		for _, style := range portrait.Styles {
			img, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 1, Full: image.Pt(p.W, p.H)})
			if err != nil {
				t.Fatal(err)
			}
			drawn = append(drawn, img)
			f := float64(sampleSide) / float64(max(p.W, p.H))
			small := raster.ResizeNRGBA(t.Context(), img, int(float64(p.W)*f+0.5), int(float64(p.H)*f+0.5))
			publish(t, filepath.Join("..", "..", "internal", "web", "ui", "samples", subject+"-"+string(style)+".webp"), small, string(style))
		}
		if subject == "astronaut" {
			publish(t, filepath.Join("..", "..", "docs", "images", "four-styles.webp"), strip(t, drawn), "four styles")
		}
		p.Free()
	}
}

// strip lays pictures side by side on white.
func strip(t testing.TB, pictures []*image.NRGBA) *image.NRGBA {
	h := stripTile * pictures[0].Rect.Dy() / pictures[0].Rect.Dx()
	out := image.NewNRGBA(image.Rect(0, 0, len(pictures)*(stripTile+stripGap)-stripGap, h))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for i, p := range pictures {
		at := image.Pt(i*(stripTile+stripGap), 0)
		draw.Draw(out, image.Rectangle{at, at.Add(image.Pt(stripTile, h))}, raster.ResizeNRGBA(t.Context(), p, stripTile, h), image.Point{}, draw.Src)
	}
	return out
}

func publish(t testing.TB, path string, img *image.NRGBA, style string) {
	t.Helper()
	data, err := portrait.Encode(img, portrait.WebP, provenance.Mark{Studio: "portrait", Style: style,
		Engine: "Easel built-in", Version: portrait.Version, Seed: 1}, portrait.Paper{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
