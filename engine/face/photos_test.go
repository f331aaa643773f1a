package face

import (
	"context"
	"image/color"
	_ "image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"easel/engine/raster"
	"easel/internal/sitter"
)

// photo reads a test photo as planes, at most long pixels long. The photos are not part of the repository.
func photo(t testing.TB, name string, long int) raster.RGB {
	t.Helper()
	img := sitter.Photo(t, name)
	b := img.Rect
	w, h := b.Dx(), b.Dy()
	if side := max(w, h); side > long {
		w, h = w*long/side, h*long/side
	}
	return raster.FromNRGBAAt(context.Background(), img, w, h)
}

// show writes the photo with what was found into the folder that EASEL_SHOW names; without it nothing happens.
func show(t *testing.T, name string, c raster.RGB, faces []Face) {
	t.Helper()
	dir := os.Getenv("EASEL_SHOW")
	if dir == "" {
		return
	}
	img := c.NRGBA(context.Background())
	dot := func(p Point, r int, col color.NRGBA) {
		for y := -r; y <= r; y++ {
			for x := -r; x <= r; x++ {
				img.SetNRGBA(int(p.X)+x, int(p.Y)+y, col)
			}
		}
	}
	red, green, blue, yellow := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 90, 255, 255}, color.NRGBA{255, 255, 0, 255}
	for _, f := range faces {
		for i := -f.Size / 2; i <= f.Size/2; i++ {
			for _, p := range []Point{{f.X + i, f.Y - f.Size/2}, {f.X + i, f.Y + f.Size/2}, {f.X - f.Size/2, f.Y + i}, {f.X + f.Size/2, f.Y + i}} {
				dot(p, 0, red)
			}
		}
		r := max(1, int(f.Size/60))
		if f.HasEyes {
			dot(f.LeftEye, r, green)
			dot(f.RightEye, r, green)
		}
		if f.HasMouth {
			dot(f.Nose, r, blue)
			dot(f.MouthL, r, yellow)
			dot(f.MouthR, r, yellow)
			dot(f.Chin, r, red)
		}
	}
	out, err := os.Create(filepath.Join(dir, filepath.Base(name)+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, img); err != nil {
		t.Fatal(err)
	}
}
