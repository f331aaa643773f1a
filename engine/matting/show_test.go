package matting

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"testing"

	"easel/engine/raster"
)

// rasterDistance is the distance to what a mask holds.
func rasterDistance(mask *raster.Plane) *raster.Plane {
	return raster.Distance(context.Background(), mask)
}

// showOn saves the photo beside the cut on green, on black and on white, the subject's own colours in front.
func showOn(t *testing.T, path string, p *pair, alpha *raster.Plane) {
	t.Helper()
	w, h := p.photo.W(), p.photo.H()
	front := Foreground(t.Context(), p.photo, alpha)
	defer front.Free()
	sheet := image.NewNRGBA(image.Rect(0, 0, 4*w, h))
	grounds := [][3]float32{{0.2, 0.85, 0.3}, {0, 0, 0}, {1, 1, 1}}
	for y := range h {
		for x := range w {
			i := y*w + x
			put := func(k int, v [3]float32) {
				sheet.SetNRGBA(k*w+x, y, color.NRGBA{uint8(255 * raster.Clamp(v[0], 0, 1)), uint8(255 * raster.Clamp(v[1], 0, 1)), uint8(255 * raster.Clamp(v[2], 0, 1)), 255})
			}
			put(0, [3]float32{p.photo[0].P[i], p.photo[1].P[i], p.photo[2].P[i]})
			for k, g := range grounds {
				var v [3]float32
				for c := range v {
					a := alpha.P[i]
					v[c] = a*front[c].P[i] + (1-a)*g[c]
				}
				put(k+1, v)
			}
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, sheet); err != nil {
		t.Fatal(err)
	}
}
