package ingest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"
)

// painted is a picture of the given kind.
func painted(w, h int, at func(x, y int, r *rand.Rand) color.NRGBA) *image.NRGBA {
	img, r := image.NewNRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(uint64(w), uint64(h)))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, at(x, y, r))
		}
	}
	return img
}

var paintings = map[string]func(x, y int, r *rand.Rand) color.NRGBA{
	"gray": func(x, y int, r *rand.Rand) color.NRGBA {
		v := uint8(x + y + r.IntN(9))
		return color.NRGBA{v, v, v, 255}
	},
	"photo": func(x, y int, r *rand.Rand) color.NRGBA {
		return color.NRGBA{uint8(x + r.IntN(9)), uint8(y + r.IntN(9)), uint8(x - y), 255}
	},
	"white": func(_, _ int, _ *rand.Rand) color.NRGBA { return color.NRGBA{255, 255, 255, 255} },
	"few colours": func(x, y int, r *rand.Rand) color.NRGBA {
		return []color.NRGBA{{9, 8, 7, 255}, {250, 240, 230, 255}}[(x/7+y/5+r.IntN(2))%2]
	},
	"cut out": func(x, y int, _ *rand.Rand) color.NRGBA {
		if x*x > y*y {
			return color.NRGBA{}
		}
		return color.NRGBA{uint8(x), uint8(y), uint8(x * y), uint8(100 + x)}
	},
}

func TestPNGKeepsEveryPixel(t *testing.T) {
	t.Parallel()
	for name, at := range paintings {
		for _, size := range []image.Point{{1, 1}, {1, 40}, {7, 3}, {129, 150}} {
			img := painted(size.X, size.Y, at)
			if size.X > 4 && size.Y > 4 { // of a larger picture
				img = img.SubImage(image.Rect(2, 1, size.X-1, size.Y-1)).(*image.NRGBA)
			}
			var b bytes.Buffer
			if err := EncodePNG(&b, img); err != nil {
				t.Fatal(name, size, err)
			}
			back, err := png.Decode(&b)
			if err != nil {
				t.Fatal(name, size, err)
			}
			for y := range img.Rect.Dy() {
				for x := range img.Rect.Dx() {
					want := img.NRGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+y)
					if got := color.NRGBAModel.Convert(back.At(x, y)); got != want {
						t.Fatalf("%s, %v: pixel (%d, %d) is %v, not %v", name, size, x, y, got, want)
					}
				}
			}
		}
	}
	if EncodePNG(&bytes.Buffer{}, &image.NRGBA{}) == nil {
		t.Error("a picture without pixels was written")
	}
}

// However quickly a picture is packed, its file is about as small as one for which all filters are tried.
func TestPNGIsNotLarge(t *testing.T) {
	t.Parallel()
	const most, few = 1.12, 600
	for name, at := range paintings {
		img := painted(300, 400, at)
		var ours, theirs bytes.Buffer
		if err := EncodePNG(&ours, img); err != nil {
			t.Fatal(err)
		}
		e := png.Encoder{CompressionLevel: png.BestSpeed}
		if err := e.Encode(&theirs, smallest(img)); err != nil {
			t.Fatal(err)
		}
		if float64(ours.Len()) > most*float64(theirs.Len())+few {
			t.Errorf("%s: %d bytes, where others need %d", name, ours.Len(), theirs.Len())
		}
	}
}
