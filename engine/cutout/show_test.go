package cutout_test

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"easel/engine/cutout"
	"easel/engine/inpaint"
	"easel/engine/matting"
	"easel/internal/sitter"
)

// TestShow makes cutouts and clears crowds for a person to look at: EASEL_SHOW=folder.
func TestShow(t *testing.T) {
	folder := os.Getenv("EASEL_SHOW")
	if folder == "" {
		t.Skip("set EASEL_SHOW to a folder to look at cutouts")
	}
	for _, name := range []string{"people/astronaut.png", "people/longhair-forest.jpg", "pets/samoyed.jpg", "pets/chelsea.png", "people/beard-dark.jpg"} {
		src := sitter.Photo(t, name)
		begun := time.Now()
		cut, err := cutout.Find(t.Context(), src, matting.Hints{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		found := time.Since(begun)
		for _, g := range []cutout.Ground{{Kind: cutout.Transparent}, {Kind: cutout.Plain, Colour: [3]uint8{0, 150, 90}, Shadow: true}, {Kind: cutout.Blurred}} {
			out, err := cutout.Place(t.Context(), src, cut.Alpha, g)
			if err != nil {
				t.Fatal(err)
			}
			save(t, filepath.Join(folder, stem(name)+"-"+string(g.Kind)+".png"), out)
		}
		t.Log(name, src.Rect.Size(), cut.Confidence, "found after", found, "placed three times after", time.Since(begun)-found)
	}
	for _, name := range []string{"people/group-elders.jpg", "people/hikers-teide.jpg", "pairs/pf-fudan58.png"} {
		src := sitter.Photo(t, name)
		begun := time.Now()
		crowd, err := cutout.Crowded(t.Context(), src, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		out, err := crowd.Clear(t.Context(), src, inpaint.Options{Seed: 1})
		t.Log(name, src.Rect.Size(), "people", crowd.People, "main", crowd.Main, err, time.Since(begun))
		if err == nil {
			save(t, filepath.Join(folder, stem(name)+"-alone.png"), out)
		}
	}
}

func stem(name string) string {
	base := filepath.Base(name)
	return base[:len(base)-len(filepath.Ext(base))]
}

func save(t *testing.T, path string, img image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}
