package sketch

import (
	"context"
	"image"
	"math"
	"math/rand/v2"
	"slices"

	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// features draws the fine lines where the eye goes: lids, brows, nose, mouth. Every face is looked at by itself, by its own
// size and its own contrasts: beside a face with dark glasses another would have no line.
func (a *artist) features(ctx context.Context) {
	if len(a.Faces) == 0 {
		a.look(ctx, 0, a.size, func(_, _ int) float32 { return 1 }, image.Rect(0, 0, a.W, a.H))
		return
	}
	for i, f := range a.Faces {
		if ctx.Err() != nil {
			return
		}
		box := image.Rect(int(f.X-1.3*f.Size), int(f.Y-1.5*f.Size), int(f.X+1.3*f.Size), int(f.Y+1.5*f.Size))
		a.look(ctx, i, f.Size, func(x, y int) float32 {
			if a.nearest(float32(x), float32(y)) != i {
				return 0
			}
			return inner(f, float32(x), float32(y))
		}, box.Intersect(image.Rect(0, 0, a.W, a.H)))
	}
}

// look draws the features in a box, of a face of a size.
func (a *artist) look(ctx context.Context, number int, size float32, share func(x, y int) float32, box image.Rectangle) {
	whole := raster.New(a.W, a.H)
	defer whole.Free()
	raster.Rows(ctx, box.Dy(), func(y0, y1 int) {
		for y := box.Min.Y + y0; y < box.Min.Y+y1; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				i := y*a.W + x
				if v := raster.Smoothstep(0.2, 0.45, a.Importance.P[i]) * a.subject.P[i]; v > 0 {
					whole.P[i] = v * share(x, y)
				}
			}
		}
	})
	window := max(size/10, 4)
	box = whereAny(whole).Inset(-int(3 * window)).Intersect(image.Rect(0, 0, a.W, a.H))
	if box.Empty() {
		return
	}
	small := smallness(size, a.K)
	near := a.closeUp(ctx, box, size)
	focus := whole.Crop(box)
	defer raster.Free(near.Flow.Tx, near.Flow.Ty, near.lifted, focus)
	sigma := raster.Clamp(0.0034*size, max(0.8, 0.4*a.enlarged()), 2)
	response := near.response(ctx, window, sigma, 3*sigma*(1+0.4*small), focus, idle)
	defer response.Free()
	balance(ctx, response, 0.12*size, 1.9)
	for i, v := range focus.P {
		response.P[i] *= v
	}
	if ctx.Err() != nil {
		return
	}
	// A small face is all features: a like share of its pixels would leave it empty.
	more := 0.02 + 0.14*small
	shares := response.Percentiles(focus, 0.93-more, 0.85-more)
	high, low := shares[0], shares[1]
	shortest := max(16*a.K*raster.Clamp(size/(300*a.K), 0.4, 1), 5)
	lines := stroke.Trace(response, near.Flow, stroke.Tracing{
		High: max(high, 0.01), Low: max(low, 0.005), Apart: 2, Smooth: 2 + 1.5*small, Step: 2.5,
		Shortest: func(_, _ float32) float32 { return shortest },
	})
	for i, l := range lines {
		if ctx.Err() != nil {
			return
		}
		for j := range l {
			l[j].X, l[j].Y = l[j].X+float32(box.Min.X), l[j].Y+float32(box.Min.Y)
		}
		a.feature(undripped(l, 3*shortest), high, small, raster.Rand(a.seed, "feature", i+1000*number))
	}
}

// balance strengthens lines where there are only weak ones and weakens them beside strong ones: a nose below dark glasses has
// a line as well.
func balance(ctx context.Context, r *raster.Plane, sigma, most float32) {
	const least = 0.6
	power := raster.New(r.W, r.H)
	raster.Rows(ctx, r.H, func(y0, y1 int) {
		for i := y0 * r.W; i < y1*r.W; i++ {
			v := max(r.P[i], 0)
			power.P[i] = v * v
		}
	})
	near := raster.Gaussian(ctx, power, sigma)
	defer raster.Free(power, near)
	usual := near.Mean(nil)
	raster.Rows(ctx, r.H, func(y0, y1 int) {
		for i := y0 * r.W; i < y1*r.W; i++ {
			r.P[i] *= raster.Clamp(float32(math.Sqrt(float64(usual/max(near.P[i], 1e-12)))), least, most)
		}
	})
}

// closeUp is the part of the photo in a box, with the directions in it seen as finely as a face of a size needs.
func (a *artist) closeUp(ctx context.Context, box image.Rectangle, size float32) *artist {
	seen := a.lifted.Crop(box)
	near := &artist{Plan: &plan.Plan{}, lifted: raster.Guided(ctx, seen, seen, max(int(size/60+0.5), 1), 0.001)} // without the texture of skin
	seen.Free()
	usual, fine := max(1.2, 3*a.Plan.K), max(0.012*size, 1, 0.7*a.enlarged())
	if fine > 0.8*usual {
		near.Flow = &raster.Flow{Tx: a.Flow.Tx.Crop(box), Ty: a.Flow.Ty.Crop(box)}
		return near
	}
	colour := a.Colour.Crop(box)
	defer colour.Free()
	near.Flow = raster.NewFlow(ctx, colour, fine, 3)
	raster.Free(near.Flow.Coherence, near.Flow.Energy)
	return near
}

// enlarged is the side of one of the photo's own pixels, 1 or more.
func (a *artist) enlarged() float32 {
	return max(1, float32(a.W)/float32(max(a.Out.X, 1)))
}

// feature draws a fine line once, and again lightly when it is strong.
func (a *artist) feature(l stroke.Line, high, small float32, rng *rand.Rand) {
	strength := raster.Clamp((l.Strength()-high)/(3*high), 0, 1)
	// Few marks must carry a small face.
	fine := max(1-small, 0.55, min(0.7/a.K, 1))
	h := hand{width: (1.5 + 1.5*strength) * fine, force: 0.62 + 0.2*small + 0.38*strength, tremor: 0.5 * fine, wave: 40, firm: true, full: high}
	h.force *= 1 - a.smile(l)
	a.line(l, h, rng)
	if strength > 0.45 {
		h.tremor, h.force = 1.1*fine, h.force*0.6
		a.line(l, h, rng)
	}
}

// undripped is a line without what lies beyond a weak place near one of its ends, nearer than short: where a lid ends, a
// fold or the border of a shadow often leads on, and drawn by one stroke it would run down the cheek.
func undripped(l stroke.Line, short float32) stroke.Line {
	weak := 0.6 * l.Strength()
	first, last := 0, len(l)
	for i := 1; i < len(l)-1; i++ {
		if l[i].Strength >= weak {
			continue
		}
		if l[:i].Length() < short {
			first = i
		} else if l[i:].Length() < short {
			last = i
			break
		}
	}
	return l[first:last]
}

// whereAny is the smallest box around all samples above 0.
func whereAny(p *raster.Plane) image.Rectangle {
	box := image.Rectangle{}
	for y := range p.H {
		row := p.Row(y)
		x0 := slices.IndexFunc(row, func(v float32) bool { return v > 0 })
		if x0 < 0 {
			continue
		}
		x1 := p.W - 1
		for row[x1] <= 0 {
			x1--
		}
		box = box.Union(image.Rect(x0, y, x1+1, y+1))
	}
	return box
}
