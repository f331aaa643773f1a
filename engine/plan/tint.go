package plan

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

const (
	mostGain   = 3.4  // how much a dark colour may be lifted
	mostChroma = 1.25 // by how much a colour may become more vivid than in the photo
	gamutShare = 0.9  // of the chroma that sRGB can show at that lightness and hue
)

// Tinted returns the photo's colours with the lightness of tone, gamma-encoded, their chroma multiplied by chroma
// (1 leaves it). Hues stay those of the photo, and no colour becomes much more vivid than it was.
func (p *Plan) Tinted(ctx context.Context, tone *raster.Plane, chroma float32) raster.RGB {
	return p.TintedIn(ctx, tone, chroma, image.Rect(0, 0, p.W, p.H))
}

// TintedIn is Tinted for a part of the picture alone; tone has the plan's size, the result that of the part.
func (p *Plan) TintedIn(ctx context.Context, tone *raster.Plane, chroma float32, part image.Rectangle) raster.RGB {
	out := raster.NewRGB(part.Dx(), part.Dy())
	burnt, casts := p.burnt(), p.casts()
	raster.Rows(ctx, part.Dy(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			from := (part.Min.Y+y)*p.W + part.Min.X
			for x := range part.Dx() {
				i, j := from+x, y*part.Dx()+x
				r, g, b := p.lit(burnt, i, p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i])
				out[0].P[j], out[1].P[j], out[2].P[j] = tint(r, g, b, tone.P[i], chroma, p.uncast(casts, i))
			}
		}
	})
	return out
}

// TintedAt is Tinted at an n-th of the plan's size, for who looks at the colours through half-closed eyes: photo and
// tone are made smaller first, in a part of the time. The result has the size that raster.Shrink gives.
func (p *Plan) TintedAt(ctx context.Context, tone *raster.Plane, chroma float32, n int) raster.RGB {
	out := raster.RGB{raster.Shrink(ctx, p.Colour[0], n), raster.Shrink(ctx, p.Colour[1], n), raster.Shrink(ctx, p.Colour[2], n)}
	small := raster.Shrink(ctx, tone, n)
	defer small.Free()
	burnt, casts := p.burnt(), p.casts()
	raster.Rows(ctx, small.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			from := min(y*n+n/2, p.H-1) * p.W
			for x := range small.W {
				j := y*small.W + x
				i := from + min(x*n+n/2, p.W-1)
				r, g, b := p.lit(burnt, i, out[0].P[j], out[1].P[j], out[2].P[j])
				out[0].P[j], out[1].P[j], out[2].P[j] = tint(r, g, b, small.P[j], chroma, p.uncast(casts, i))
			}
		}
	})
	return out
}

// lit returns a colour of the photo at sample i as it would be had the camera let in the right amount of light.
func (p *Plan) lit(burnt []burnt, i int, r, g, b float32) (float32, float32, float32) {
	if max(r, g) > sound && len(burnt) > 0 {
		r, g, b = p.recolour(burnt, i, r, g, b)
	}
	if light := max(p.light, 1); light > 1 {
		// All channels by the same, or a hue would change where one of them ends.
		light = min(light, 1/max(r, g, b, 1e-3))
		r, g, b = light*r, light*g, light*b
	}
	return r, g, b
}

// tint gives one colour a new luma, and shifts its hue by what uncast says.
func tint(r, g, b, luma, chroma float32, shift raster.Lab) (float32, float32, float32) {
	before := raster.ToLab(r, g, b)
	before.A, before.B = before.A+shift.A, before.B+shift.B
	l := 0.2126*r + 0.7152*g + 0.0722*b
	gain := min(luma/(l+0.02), mostGain)
	rest := 0.5 * (luma - l*gain)
	after := raster.ToLab(clamp01(r*gain+rest), clamp01(g*gain+rest), clamp01(b*gain+rest))
	was := vividness(before)
	if was < 1e-4 {
		return raster.Lab{L: after.L}.RGB()
	}
	// A colour that is lifted may gain chroma with its lightness: skin would turn to ash otherwise.
	lifted := float32(math.Sqrt(float64(max(1, after.L/max(before.L, 0.05)))))
	want := min(vividness(after)*chroma, was*mostChroma*lifted)
	k := want / was
	return inGamut(raster.Lab{L: after.L, A: before.A * k, B: before.B * k}).RGB()
}

func clamp01(v float32) float32 { return raster.Clamp(v, 0, 1) }

func vividness(c raster.Lab) float32 { return float32(math.Sqrt(float64(c.A*c.A + c.B*c.B))) }

// inGamut lowers chroma to a share of what sRGB can show.
func inGamut(c raster.Lab) raster.Lab {
	if shown(raster.Lab{L: c.L, A: c.A / gamutShare, B: c.B / gamutShare}) {
		return c
	}
	lo, hi := float32(0), float32(1/gamutShare)
	for range 10 {
		k := (lo + hi) / 2
		if shown(raster.Lab{L: c.L, A: c.A * k, B: c.B * k}) {
			lo = k
		} else {
			hi = k
		}
	}
	return raster.Lab{L: c.L, A: c.A * lo * gamutShare, B: c.B * lo * gamutShare}
}

// shown says whether sRGB has the colour.
func shown(c raster.Lab) bool {
	const slack = 1e-3
	r, g, b := c.Linear()
	return min(r, g, b) > -slack && max(r, g, b) < 1+slack
}

// Behind returns how dark the ground behind a light subject should be, 0…1: a ragged band around it, sigma pixels
// wide. It is zero everywhere when the subject is not light.
func (p *Plan) Behind(ctx context.Context, sigma float32, seed uint64) *raster.Plane {
	if !p.LightSubject {
		return raster.New(p.W, p.H)
	}
	halo := raster.Gaussian(ctx, p.Matte, sigma)
	rough := raster.FBM(ctx, p.W, p.H, max(2, sigma), 3, seed)
	defer rough.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			v := halo.P[i] + 0.35*(rough.P[i]-0.5)
			halo.P[i] = raster.Smoothstep(0.10, 0.55, v) * (1 - p.Matte.P[i])
		}
	})
	return halo
}
