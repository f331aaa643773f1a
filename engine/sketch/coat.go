package sketch

import (
	"context"

	"easel/engine/raster"
	"easel/engine/stroke"
)

// coat lays light tone, in locks of strokes along fur, grass and folds and at the slant of the hand elsewhere. It goes by
// the picture's own range of tones: a white dog has gray shade below its chin, and a bright sky is darker above. Only
// where other marks have not brought the tone yet there is more of it. Faces are left to their own strokes.
func (a *artist) coat(ctx context.Context) {
	const leastRange, gain, mostForm = 0.3, 2, 0.4
	const most, every = 0.42, 4
	pet := len(a.Faces) == 0
	soft := a.filtered(ctx)
	small := raster.Shrink(ctx, soft, every)
	wide := coarse{raster.Gaussian(ctx, small, 30*a.K/every), every}
	small.Free()
	defer raster.Free(soft, wide.p)
	shares := soft.Percentiles(a.subject, 0.06, 0.97)
	dark, light := shares[0], shares[1]
	span := max(light-dark, leastRange)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			share := a.subject.P[i] * a.margin.P[i]
			if !pet {
				// Far from a doubtful outline only what is as dark as clothes has all of its tone.
				calm := max(a.calm.P[i], raster.Smoothstep(0.3, 0.12, soft.P[i]))
				share *= 0.8 * (1 - a.skin.P[i]) * raster.Smoothstep(0.9, 0.6, a.Importance.P[i]) * (0.3 + 0.7*calm)
			}
			if share == 0 {
				soft.P[i] = 0
				continue
			}
			x, y := float32(i%a.W), float32(i/a.W)
			v := raster.Clamp((light-soft.P[i])/span, 0, 1)
			form := raster.Clamp(gain*(wide.at(x, y)-soft.P[i]), 0, mostForm)
			if v == 0 && form == 0 {
				soft.P[i] = 0
				continue
			}
			open := 0.45 + 0.55*raster.Smoothstep(0.3, 0.6, a.hand.patch.at(x, y))
			soft.P[i] = a.sheet.Forced(most * share * (v*(0.45+0.55*v)*open + form))
		}
	})
	lie := a.lie(ctx, 6, 0.5, 8)
	defer lie.Free()
	a.sheet.Shade(ctx, soft, lie, stroke.Pass{
		Length: 46 * a.K, Width: 2.1 * a.K, Dark: 0.55, Spacing: 7 * a.K, Threshold: 0.045, Jitter: 0.14, Stop: 0.3, Rounds: 2,
	}, a.seed, "coat", nil)
}

// filtered is the photo's tone without its texture, half of it seen through a red filter, in which skies are as dark as
// they seem.
func (a *artist) filtered(ctx context.Context) *raster.Plane {
	mixed := raster.New(a.W, a.H)
	defer mixed.Free()
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			l := a.Luma.P[i]
			mixed.P[i] = 0.5 * (l + min(l, a.Colour[0].P[i]))
		}
	})
	return raster.Gaussian(ctx, mixed, 2.5*a.K)
}
