package mark

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"testing"

	"easel/engine/raster"
)

func plain(w, h int, c color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(-3, 5, w-3, h+5))
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// changed is the share of pixels that differ clearly from the plain ground.
func changed(img *image.NRGBA, c color.NRGBA) float64 {
	n := 0
	for i := 0; i < len(img.Pix); i += 4 {
		if d := int(img.Pix[i]) - int(c.R); d > 12 || d < -12 {
			n++
		}
	}
	return float64(n) / float64(len(img.Pix)/4)
}

func TestTheMarkShowsOnEveryGround(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]color.NRGBA{"white": {255, 255, 255, 255}, "middle": {128, 128, 128, 255}, "dark": {20, 20, 20, 255}} {
		for _, size := range []image.Point{{360, 300}, {120, 360}, {9, 9}, {1, 1}} {
			img, err := Preview(t.Context(), plain(size.X, size.Y, c), 1)
			if err != nil {
				t.Fatal(err)
			}
			if img.Rect != (image.Rectangle{Max: size}) {
				t.Errorf("a picture of %v comes back as %v", size, img.Rect)
			}
			if share := changed(img, c); size.X > 100 && (share < 0.02 || share > 0.4) {
				t.Errorf("on %s ground of %v the mark changes %.1f %% of the pixels", name, size, 100*share)
			}
		}
	}
}

func TestTheSeedPlacesTheWords(t *testing.T) {
	t.Parallel()
	ground := plain(300, 300, color.NRGBA{90, 120, 150, 255})
	one, _ := Preview(t.Context(), ground, 1)
	again, _ := Preview(raster.WithWorkers(t.Context(), 1), ground, 1)
	other, _ := Preview(t.Context(), ground, 2)
	if !bytes.Equal(one.Pix, again.Pix) {
		t.Error("the same seed gives different marks")
	}
	if bytes.Equal(one.Pix, other.Pix) {
		t.Error("different seeds give the same mark")
	}
}

func TestACancelledContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Preview(ctx, plain(50, 50, color.NRGBA{A: 255}), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
}
