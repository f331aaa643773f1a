package sitter

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// Ball returns a PNG of 160×132 pixels: an orange ball before green grass, which takes no time to cut out.
func Ball(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 160, 132))
	for y := range 132 {
		for x := range 160 {
			c := color.NRGBA{R: 40, G: uint8(90 + (x*7+y*13)%30), B: 30, A: 255}
			if (x-80)*(x-80)+(y-70)*(y-70) < 34*34 {
				c = color.NRGBA{R: 210, G: uint8(110 + (x+y)%12), B: 30, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
