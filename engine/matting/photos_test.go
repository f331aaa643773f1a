package matting

import (
	"image"
	"image/draw"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"testing"

	"easel/engine/raster"
)

// readPicture decodes a picture file.
func readPicture(t testing.TB, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return img
}

// readPhoto decodes a photo whose long side is made at most long.
func readPhoto(t testing.TB, path string, long int) raster.RGB {
	t.Helper()
	img := readPicture(t, path)
	b := img.Bounds()
	n := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(n, n.Rect, img, b.Min, draw.Src)
	c := raster.FromNRGBA(t.Context(), n)
	w, h := fit(c.W(), c.H(), long)
	if w == c.W() && h == c.H() {
		return c
	}
	return raster.ResizeRGB(t.Context(), c, w, h)
}

// readMask decodes a gray mask to 0…1.
func readMask(t testing.TB, path string) *raster.Plane {
	t.Helper()
	img := readPicture(t, path)
	b := img.Bounds()
	p := raster.New(b.Dx(), b.Dy())
	for y := range p.H {
		for x := range p.W {
			r, _, _, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			p.P[y*p.W+x] = float32(r) / 65535
		}
	}
	return p
}

// overlap is intersection over union of alpha > ½ with the truth; samples of the truth strictly between 0 and 1 do
// not count where band is set (they are "do not score" marks), else they are cut at ½.
func overlap(alpha, truth *raster.Plane, band bool) float32 {
	both, either := 0, 0
	for y := range truth.H {
		for x := range truth.W {
			v := truth.P[y*truth.W+x]
			if band && v > 0.01 && v < 0.99 {
				continue
			}
			a := alpha.Sample((float32(x)+.5)*float32(alpha.W)/float32(truth.W)-.5, (float32(y)+.5)*float32(alpha.H)/float32(truth.H)-.5)
			in, is := a > .5, v > .5
			if in && is {
				both++
			}
			if in || is {
				either++
			}
		}
	}
	return float32(both) / float32(max(either, 1))
}
