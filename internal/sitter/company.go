package sitter

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"
)

// Company returns a PNG of 720×400 pixels: the sitter of Portrait, and somebody half as large farther right, before a wall.
func Company(t testing.TB) []byte {
	t.Helper()
	front := Sitting(t)
	img := image.NewNRGBA(image.Rect(0, 0, 720, 400))
	draw.Draw(img, img.Rect, image.NewUniform(front.At(4, 4)), image.Point{}, draw.Src)
	draw.Draw(img, front.Rect, front, image.Point{}, draw.Src)
	for y := range 200 {
		for x := range 160 {
			var r, g, b int
			for k := range 4 { // the mean of four, seen in a mirror
				c := front.NRGBAAt(319-2*x-k%2, 2*y+k/2)
				r, g, b = r+int(c.R), g+int(c.G), b+int(c.B)
			}
			img.SetNRGBA(500+x, 200+y, color.NRGBA{R: uint8(r / 4), G: uint8(g / 4), B: uint8(b / 4), A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
