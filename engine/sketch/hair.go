package sketch

import (
	"context"
	"image"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// strands draws the outline of every head's hair and flowing strokes in it, however bright it is: hair in the sun has no
// shadows to hatch, and without its own range of tones a head is a mask.
func (a *artist) strands(ctx context.Context) {
	if len(a.Faces) == 0 {
		return
	}
	locks := raster.New(a.W, a.H)
	defer locks.Free()
	for i, f := range a.Faces {
		if ctx.Err() == nil && f.Size > 100*a.K {
			a.head(ctx, i, f, locks)
		}
	}
	a.sheet.Shade(ctx, locks, a.grain, stroke.Pass{
		Length: 60 * a.K, Width: 1.6 * a.K, Dark: 0.6, Spacing: 5 * a.K, Threshold: 0.08, Jitter: 0.08, Rounds: 2,
	}, a.seed, "lock", nil)
}

// head draws the hair of one head by its own contrasts.
func (a *artist) head(ctx context.Context, number int, f face.Face, locks *raster.Plane) {
	box := image.Rect(int(f.X-0.97*f.Size), int(f.Y-1.05*f.Size), int(f.X+0.97*f.Size), int(f.Y+0.75*f.Size))
	box = box.Intersect(image.Rect(0, 0, a.W, a.H))
	if box.Dx() < 16 || box.Dy() < 16 {
		return
	}
	hair := raster.New(box.Dx(), box.Dy())
	near := a.closeUp(ctx, box, f.Size)
	defer raster.Free(hair, near.Flow.Tx, near.Flow.Ty, near.lifted)
	tilt := turnOf(f)
	raster.Rows(ctx, hair.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range hair.W {
				i := (y+box.Min.Y)*a.W + x + box.Min.X
				u, v := tilt.by((float32(x+box.Min.X)-f.X)/f.Size, (float32(y+box.Min.Y)-f.Y)/f.Size)
				hair.P[y*hair.W+x] = crown(u, v) * (1 - inner(f, float32(x+box.Min.X), float32(y+box.Min.Y))) * a.subject.P[i] * raster.Smoothstep(0.3, 0.8, a.Matte.P[i])
			}
		}
	})
	a.lock(hair, near.lifted, box.Min, locks)
	sigma := raster.Clamp(0.0036*f.Size, 0.9, 2.2)
	response := near.response(ctx, max(f.Size/9, 6), sigma, 5*sigma, hair, idle)
	defer response.Free()
	balance(ctx, response, 0.15*f.Size, 4)
	for i, v := range hair.P {
		response.P[i] *= v
	}
	if ctx.Err() != nil {
		return
	}
	shares := response.Percentiles(hair, 0.84, 0.74)
	high, low := shares[0], shares[1]
	shortest := max(0.09*f.Size, 14*a.K)
	lines := stroke.Trace(response, near.Flow, stroke.Tracing{
		High: max(high, 0.004), Low: max(low, 0.002), Apart: max(int(0.015*f.Size), 3), Smooth: 5 * a.K, Step: 3,
		Shortest: func(_, _ float32) float32 { return shortest },
	})
	for i, l := range lines {
		if ctx.Err() != nil {
			return
		}
		if l.Curls(0.5 * f.Size) {
			continue
		}
		for j := range l {
			l[j].X, l[j].Y = l[j].X+float32(box.Min.X), l[j].Y+float32(box.Min.Y)
		}
		strength := raster.Clamp((l.Strength()-high)/(3*high), 0, 1)
		a.line(l, hand{width: 1.3 + 1.1*strength, force: 0.66 + 0.34*strength, tremor: 0.8, wave: 60, firm: true, full: high}, raster.Rand(a.seed, "strand", i+1000*number))
	}
}

// lock says how dark the hair of a head is drawn, by its own range of tones, on the part of the sheet from a corner on.
func (a *artist) lock(hair, lifted *raster.Plane, from image.Point, locks *raster.Plane) {
	most := 0.15 + 0.35*stroke.Trust(a.Plan) // where the outline is in doubt some of it is ground
	shares := lifted.Percentiles(hair, 0.1, 0.85)
	dark, light := shares[0], shares[1]
	for y := range hair.H {
		row := locks.Row(from.Y + y)[from.X:]
		for x, v := range hair.Row(y) {
			if v > 0 {
				tone := raster.Clamp((light-lifted.P[y*hair.W+x])/max(light-dark, 0.1), 0, 1)
				i := (from.Y+y)*a.W + from.X + x
				row[x] = max(row[x], a.sheet.Forced(most*v*tone)*a.margin.P[i])
			}
		}
	}
}

// crown is 1 where a head's hair may be, in sizes of its face from its middle: round the skull, and beside the neck.
func crown(u, v float32) float32 {
	above := float32(math.Hypot(float64(u/0.7), float64((v+0.1)/0.76)))
	skull := raster.Smoothstep(1.1, 0.9, above)
	sides := raster.Smoothstep(0.85, 0.7, max(u, -u)) * raster.Smoothstep(-0.1, 0.05, v) * raster.Smoothstep(0.65, 0.5, v)
	return max(skull, sides)
}
