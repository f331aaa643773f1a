package raster

import (
	"context"
	"image"
	"math"
)

// tableSize is the number of steps of the sRGB tables; between them values are interpolated (error below 2e-5).
const tableSize = 4096

var (
	linearOf = curve(func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	})
	gammaOf = curve(func(v float64) float64 {
		if v <= 0.0031308 {
			return v * 12.92
		}
		return 1.055*math.Pow(v, 1/2.4) - 0.055
	})
)

// curve tabulates a function on 0…1, with one entry to spare for interpolating at 1.
func curve(f func(float64) float64) *[tableSize + 2]float32 {
	var t [tableSize + 2]float32
	for i := range t {
		t[i] = float32(f(min(1, float64(i)/tableSize)))
	}
	return &t
}

func lookUp(t *[tableSize + 2]float32, v float32) float32 {
	v = min(max(v, 0), 1) * tableSize
	i := int(v) & (2*tableSize - 1)
	if i > tableSize {
		i = tableSize
	}
	a := t[i]
	return a + (v-float32(i))*(t[i+1]-a)
}

// ToLinear turns a gamma-encoded sRGB value into linear light; both are clamped to 0…1.
func ToLinear(v float32) float32 { return lookUp(linearOf, v) }

// ToGamma turns linear light into a gamma-encoded sRGB value; both are clamped to 0…1.
func ToGamma(v float32) float32 { return lookUp(gammaOf, v) }

// pixelRow returns the 4·W bytes of row y, counted from the top of the picture wherever its bounds begin.
func pixelRow(img *image.NRGBA, y int) []uint8 {
	b := img.Bounds()
	i := img.PixOffset(b.Min.X, b.Min.Y+y)
	return img.Pix[i : i+4*b.Dx() : i+4*b.Dx()]
}

// FromNRGBA returns the picture as gamma-encoded planes, over white where it is transparent.
func FromNRGBA(ctx context.Context, img *image.NRGBA) RGB {
	size := img.Bounds().Size()
	c := RGB{dirty(size.X, size.Y), dirty(size.X, size.Y), dirty(size.X, size.Y)}
	Rows(ctx, size.Y, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			overWhite(pixelRow(img, y), c[0].Row(y), c[1].Row(y), c[2].Row(y))
		}
	})
	return c
}

// FromNRGBAAt is FromNRGBA followed by ResizeRGB to w×h, clamped to 0…1, without planes of the picture's own size.
func FromNRGBAAt(ctx context.Context, img *image.NRGBA, w, h int) RGB {
	size := img.Bounds().Size()
	if size.X == w && size.Y == h {
		return FromNRGBA(ctx, img)
	}
	c := RGB{dirty(w, h), dirty(w, h), dirty(w, h)}
	resample(ctx, size.X, size.Y, c[:], func(y int, rows [][]float32) {
		overWhite(pixelRow(img, y), rows[0], rows[1], rows[2])
	})
	Rows(ctx, h, func(y0, y1 int) {
		for _, p := range c {
			part := p.P[y0*w : y1*w]
			for i, v := range part {
				part[i] = min(max(v, 0), 1)
			}
		}
	})
	return c
}

// overWhite unpacks a row of pixels.
func overWhite(in []uint8, r, g, b []float32) {
	g, b = g[:len(r)], b[:len(r)]
	for x := range r {
		p := in[4*x : 4*x+4 : 4*x+4]
		if p[3] == 255 {
			r[x], g[x], b[x] = float32(p[0])/255, float32(p[1])/255, float32(p[2])/255
			continue
		}
		a := float32(p[3]) / 255
		w := (1 - a) * 255
		r[x] = (a*float32(p[0]) + w) / 255
		g[x] = (a*float32(p[1]) + w) / 255
		b[x] = (a*float32(p[2]) + w) / 255
	}
}

// NRGBA returns the planes as an opaque 8-bit picture; values outside 0…1 are clamped.
func (c RGB) NRGBA(ctx context.Context) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, c.W(), c.H()))
	Rows(ctx, c.H(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			out := pixelRow(img, y)
			r, g, b := c[0].Row(y), c[1].Row(y), c[2].Row(y)
			g, b = g[:len(r)], b[:len(r)]
			for x := range r {
				p := out[4*x : 4*x+4 : 4*x+4]
				p[0], p[1], p[2], p[3] = round8(r[x]*255), round8(g[x]*255), round8(b[x]*255), 255
			}
		}
	})
	return img
}

// Luma returns the Rec. 709 weighted sum of the channels as they are encoded.
func Luma(ctx context.Context, c RGB) *Plane {
	dst := dirty(c.W(), c.H())
	Rows(ctx, c.H(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			d, r, g, b := dst.Row(y), c[0].Row(y), c[1].Row(y), c[2].Row(y)
			r, g, b = r[:len(d)], g[:len(d)], b[:len(d)]
			for x := range d {
				d[x] = float32(0.2126*r[x]) + float32(0.7152*g[x]) + float32(0.0722*b[x])
			}
		}
	})
	return dst
}
