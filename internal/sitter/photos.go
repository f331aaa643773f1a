package sitter

import (
	"bytes"
	"image"
	"image/draw"
	_ "image/jpeg" // photos are JPEG and PNG
	_ "image/png"
	"os"
	"path/filepath"
	"testing"

	"easel/internal/toolshed"
)

// Photos is the folder of the photo collection: people, pets, pairs with true masks, awkward files. It is not part of
// this repository; EASEL_PHOTOS names it, and beside a checkout it is ../shared/photos. Where it is missing the test is
// skipped and says so; in continuous integration it fails. Short runs, which are those under the race detector, leave the
// photos out: the code is the same for the small pictures that they draw.
func Photos(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("photos are looked at in a plain build, where that takes seconds and not minutes")
	}
	folder := os.Getenv("EASEL_PHOTOS")
	if folder == "" {
		top, err := toolshed.Root()
		if err != nil {
			t.Fatal(err)
		}
		folder = filepath.Join(filepath.Dir(top), "shared", "photos")
	}
	if _, err := os.Stat(filepath.Join(folder, "people")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the photo collection is missing; set EASEL_PHOTOS to its folder: %v", err)
		}
		t.Skipf("the photo collection is not here; set EASEL_PHOTOS to its folder to run this test: %v", err)
	}
	return folder
}

// Photo opens one photo of the collection, such as people/obama.jpg.
func Photo(t testing.TB, name string) *image.NRGBA {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Photos(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, data)
}

// Sitting is the test portrait, opened.
func Sitting(t testing.TB) *image.NRGBA {
	t.Helper()
	return decode(t, Portrait(t))
}

func decode(t testing.TB, data []byte) *image.NRGBA {
	t.Helper()
	decoded, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
	draw.Draw(img, img.Rect, decoded, decoded.Bounds().Min, draw.Src)
	return img
}
