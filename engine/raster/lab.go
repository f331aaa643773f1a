package raster

import (
	"context"
	"math"
)

// Lab is a colour in OKLab (Ottosson 2020): L in 0…1, A and B within about ±0.4.
type Lab struct{ L, A, B float32 }

// ToLab converts gamma-encoded sRGB.
func ToLab(r, g, b float32) Lab {
	r, g, b = ToLinear(r), ToLinear(g), ToLinear(b)
	l := cubeRoot(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := cubeRoot(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := cubeRoot(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return Lab{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// Linear converts to linear light without clamping: a channel outside 0…1 says that sRGB cannot show the colour.
func (c Lab) Linear() (r, g, b float32) {
	l := c.L + 0.3963377774*c.A + 0.2158037573*c.B
	m := c.L - 0.1055613458*c.A - 0.0638541728*c.B
	s := c.L - 0.0894841775*c.A - 1.2914855480*c.B
	l, m, s = l*l*l, m*m*m, s*s*s
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

// RGB converts to gamma-encoded sRGB, clamped to 0…1.
func (c Lab) RGB() (r, g, b float32) {
	r, g, b = c.Linear()
	return ToGamma(r), ToGamma(g), ToGamma(b)
}

// cubeRoot is exact to about 1e-6 for v in 0…1.
func cubeRoot(v float32) float32 {
	if v < 1e-9 {
		return 0
	}
	y := math.Float32frombits(math.Float32bits(v)/3 + 709921077)
	y -= (y*y*y - v) / (3 * y * y)
	return y - (y*y*y-v)/(3*y*y)
}

// Lab returns the picture as planes L, a, b of OKLab.
func (c RGB) Lab(ctx context.Context) RGB {
	out := RGB{dirty(c.W(), c.H()), dirty(c.W(), c.H()), dirty(c.W(), c.H())}
	Rows(ctx, c.H(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			r, g, b := c[0].Row(y), c[1].Row(y), c[2].Row(y)
			l, u, v := out[0].Row(y), out[1].Row(y), out[2].Row(y)
			for x := range r {
				k := ToLab(r[x], g[x], b[x])
				l[x], u[x], v[x] = k.L, k.A, k.B
			}
		}
	})
	return out
}
