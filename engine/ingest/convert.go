package ingest

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// encodeSize is fine enough for 8-bit results in the steep dark end of the sRGB curve.
const encodeSize = 1 << 14

// encoder is linear light 0…1 to an 8-bit sRGB sample.
func encoder() *[encodeSize + 1]uint8 {
	var t [encodeSize + 1]uint8
	for i := range t {
		t[i] = uint8(encodeSRGB(float64(i)/encodeSize)*255 + 0.5)
	}
	return &t
}

func encodeSRGB(v float64) float64 {
	switch {
	case !(v > 0): // also not a number
		return 0
	case v >= 1:
		return 1
	case v <= 0.0031308:
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// colour converts one colour; device values in 0…1.
func (p *profile) colour(v [4]float64) (out [3]uint8) {
	for i, c := range p.linear(v) {
		out[i] = uint8(encodeSRGB(c)*255 + 0.5)
	}
	return out
}

// isSRGB tells whether the conversion changes nothing that could be seen, so that ordinary photos keep their exact
// samples.
func (p *profile) isSRGB() bool {
	if p.channels == 4 {
		return false
	}
	steps := []int{0, 32, 96, 160, 224, 255}
	same := func(v [3]int) bool {
		c := p.colour([4]float64{float64(v[0]) / 255, float64(v[1]) / 255, float64(v[2]) / 255})
		for i := range c {
			if d := int(c[i]) - v[i]; d > 1 || d < -1 {
				return false
			}
		}
		return true
	}
	for _, r := range steps {
		if p.channels == 1 {
			if !same([3]int{r, r, r}) {
				return false
			}
			continue
		}
		for _, g := range steps {
			for _, b := range steps {
				if !same([3]int{r, g, b}) {
					return false
				}
			}
		}
	}
	return true
}

// apply converts the pixels of an RGB picture in place.
func (p *profile) apply(ctx context.Context, img *image.NRGBA) {
	if p.lut != nil {
		p.applySlow(ctx, img)
		return
	}
	m := mul3(toLinearSRGB, p.toXYZ)
	var in [3][256]float32
	for c := range in {
		for i := range in[c] {
			in[c][i] = float32(unit(p.trc[c].at(float64(i) / 255)))
		}
	}
	var f [9]float32
	for i := range f {
		f[i] = float32(m[i] * encodeSize)
	}
	enc := encoder()
	level := func(v float32) uint8 { return enc[int(min(max(v+0.5, 0), encodeSize))] }
	w := img.Rect.Dx()
	raster.Rows(ctx, img.Rect.Dy(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := img.Pix[y*img.Stride : y*img.Stride+4*w]
			for i := 0; i < len(row); i += 4 {
				px := row[i : i+4 : i+4]
				if px[3] == 0 {
					continue
				}
				r, g, b := in[0][px[0]], in[1][px[1]], in[2][px[2]]
				px[0] = level(f[0]*r + f[1]*g + f[2]*b)
				px[1] = level(f[3]*r + f[4]*g + f[5]*b)
				px[2] = level(f[6]*r + f[7]*g + f[8]*b)
			}
		}
	})
}

// applySlow walks the profile's tables for each colour that differs from its neighbour's.
func (p *profile) applySlow(ctx context.Context, img *image.NRGBA) {
	w := img.Rect.Dx()
	raster.Rows(ctx, img.Rect.Dy(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := img.Pix[y*img.Stride : y*img.Stride+4*w]
			var last, known [3]uint8
			for i := 0; i < len(row); i += 4 {
				if row[i+3] == 0 {
					continue
				}
				if c := [3]uint8(row[i : i+3]); i == 0 || c != last {
					last = c
					known = p.colour([4]float64{float64(c[0]) / 255, float64(c[1]) / 255, float64(c[2]) / 255})
				}
				copy(row[i:i+3], known[:])
			}
		}
	})
}
