package sketch

import (
	"context"

	"easel/engine/raster"
	"easel/engine/stroke"
)

// blurred adds the lines of soft forms: a cheek or an ear out of focus has no edge, and still an outline. They are
// looked for on a copy of half the size, and only where no crisp line is.
func (a *artist) blurred(ctx context.Context, r *raster.Plane) {
	const share = 0.5 // of a crisp line's weight
	w, h := a.W/2, a.H/2
	if min(w, h) < 16 {
		return
	}
	half := raster.Shrink(ctx, a.lifted, 2)
	defer half.Free()
	flow := &raster.Flow{Tx: raster.New(half.W, half.H), Ty: raster.New(half.W, half.H)}
	where := raster.New(half.W, half.H)
	defer raster.Free(flow.Tx, flow.Ty, where)
	raster.Rows(ctx, half.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range half.W {
				i := y*half.W + x
				flow.Tx.P[i], flow.Ty.P[i] = a.Flow.At(float32(2*x), float32(2*y))
				where.P[i] = raster.Smoothstep(0.1, 0.2, a.subject.At(2*x, 2*y))
			}
		}
	})
	local := raster.Normalise(ctx, half, float32(max(w, h))/16)
	defer local.Free()
	k := max(a.K, 0.5)
	soft := raster.FDoGWithin(ctx, local, flow, 2.6*k, 7*k, 0.995, where, idle)
	defer soft.Free()
	full := raster.Enlarge(ctx, soft, a.W, a.H)
	defer full.Free()
	for i, v := range full.P {
		r.P[i] = max(r.P[i], -share*v*a.subject.P[i])
	}
}

// details draws fine short lines all over a picture of small figures, whose faces, hands and folds are too small for the
// large lines.
func (a *artist) details(ctx context.Context) {
	if len(a.Faces) == 1 && a.Faces[0].Size > 0.12*float32(min(a.W, a.H)) || len(a.Faces) == 2 && a.small() == 0 {
		return
	}
	sigma := max(1.05*a.K, 0.8)
	response := a.response(ctx, float32(max(a.W, a.H))/45, sigma, 4*sigma, a.subject)
	defer response.Free()
	for i, v := range a.subject.P {
		response.P[i] *= v * (1 - raster.Smoothstep(0.2, 0.45, a.Importance.P[i]))
	}
	if ctx.Err() != nil {
		return
	}
	high, low := response.Percentile(0.955, a.subject), response.Percentile(0.89, a.subject)
	lines := stroke.Trace(response, a.Flow, stroke.Tracing{
		High: max(high, 0.01), Low: max(low, 0.005), Apart: max(int(3*a.K), 2), Smooth: 2, Step: 2.5,
		Shortest: func(_, _ float32) float32 { return max(22*a.K, 6) },
	})
	for i, l := range lines {
		if ctx.Err() != nil {
			return
		}
		if l.Curls(70 * a.K) {
			continue // blades of grass and gravel
		}
		rng := raster.Rand(a.seed, "detail", i)
		strength := raster.Clamp((l.Strength()-high)/(3*high), 0, 1)
		a.line(l, hand{width: 1.3 + 0.9*strength, force: 0.36 + 0.4*strength, tremor: 0.7, wave: 40}, rng)
	}
}
