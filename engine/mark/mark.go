// Package mark makes a small picture say that it is only a preview.
package mark

import (
	"context"
	"fmt"
	"image"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"easel/engine/raster"
)

// The mark: a word repeated along slanted lines, light with a dark rim, so that it shows on any ground.
const (
	word    = "preview"
	slant   = -28 * math.Pi / 180
	letters = 0.07 // size of the letters, of the picture's longer side
	light   = 0.36 // how much of the paper's white a letter lets through
	rim     = 0.22 // how much darker the picture is just below and right of a letter
	jitter  = 0.35 // of a line's distance: no two pictures carry the word at the same places
)

// Preview returns a copy of the picture with the mark on it. The seed places the words; another picture should have
// another seed, so that the mark cannot be found by laying many previews over each other (Dekel et al. 2017).
func Preview(ctx context.Context, img *image.NRGBA, seed uint64) (*image.NRGBA, error) {
	mask, err := words(img.Rect.Size(), seed)
	if err != nil {
		return nil, err
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	shift := max(1, max(w, h)/300)
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			src, dst := img.Pix[img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y+y):], out.Pix[y*out.Stride:]
			for x := range w {
				a := float32(mask.AlphaAt(x, y).A) / 255
				b := float32(mask.AlphaAt(x-shift, y-shift).A) / 255 * (1 - a)
				for c := range 3 {
					v := float32(src[4*x+c])
					v += a * light * (255 - v)
					v -= b * rim * v
					dst[4*x+c] = uint8(v + 0.5)
				}
				dst[4*x+3] = src[4*x+3]
			}
		}
	})
	return out, ctx.Err()
}

// bold is the face of the letters, from the fonts that come with the image library.
var bold = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(gobold.TTF) })

// words draws the mark's letters upright on a larger sheet and turns it over the picture.
func words(size image.Point, seed uint64) (*image.Alpha, error) {
	f, err := bold()
	if err != nil {
		return nil, fmt.Errorf("mark: %w", err)
	}
	height := max(9, letters*float64(max(size.X, size.Y)))
	drawn, err := opentype.NewFace(f, &opentype.FaceOptions{Size: height, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("mark: %w", err)
	}
	side := int(math.Hypot(float64(size.X), float64(size.Y))) + 1
	sheet := image.NewAlpha(image.Rect(0, 0, side, side))
	pen := font.Drawer{Dst: sheet, Src: image.Opaque, Face: drawn}
	advance := float64(pen.MeasureString(word))/64 + height
	random := raster.Rand(seed, "mark", 0)
	for line, y := 0, height; y < float64(side)+height; line, y = line+1, y+3*height {
		x := -advance * (random.Float64() + 0.5*float64(line%2))
		for ; x < float64(side); x += advance * (1 + jitter*(random.Float64()-0.5)) {
			pen.Dot = fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6((y + jitter*height*(random.Float64()-0.5)) * 64)}
			pen.DrawString(word)
		}
	}
	return turned(sheet, size), nil
}

// turned samples the sheet, rotated about its centre, at every pixel of a picture.
func turned(sheet *image.Alpha, size image.Point) *image.Alpha {
	out := image.NewAlpha(image.Rectangle{Max: size})
	sin, cos := math.Sincos(-slant)
	c := float64(sheet.Rect.Dx()) / 2
	for y := range size.Y {
		for x := range size.X {
			dx, dy := float64(x)-float64(size.X)/2, float64(y)-float64(size.Y)/2
			u, v := c+dx*cos-dy*sin, c+dx*sin+dy*cos
			out.Pix[y*out.Stride+x] = bilinear(sheet, u, v)
		}
	}
	return out
}

func bilinear(a *image.Alpha, x, y float64) uint8 {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	fx, fy := x-float64(x0), y-float64(y0)
	at := func(x, y int) float64 { return float64(a.AlphaAt(x, y).A) }
	top := at(x0, y0)*(1-fx) + at(x0+1, y0)*fx
	bottom := at(x0, y0+1)*(1-fx) + at(x0+1, y0+1)*fx
	return uint8(top*(1-fy) + bottom*fy + 0.5)
}
