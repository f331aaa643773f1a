package plan

import (
	"context"
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
	out := raster.NewRGB(p.W, p.H)
	burnt := p.burnt()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			r, g, b := p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i]
			if max(r, g) > sound && len(burnt) > 0 {
				r, g, b = p.recolour(burnt, i, r, g, b)
			}
			if light := max(p.light, 1); light > 1 {
				// All channels by the same, or a hue would change where one of them ends.
				light = min(light, 1/max(r, g, b, 1e-3))
				r, g, b = light*r, light*g, light*b
			}
			out[0].P[i], out[1].P[i], out[2].P[i] = tint(r, g, b, tone.P[i], chroma)
		}
	})
	return out
}

// tint gives one colour a new luma.
func tint(r, g, b, luma, chroma float32) (float32, float32, float32) {
	before := raster.ToLab(r, g, b)
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
