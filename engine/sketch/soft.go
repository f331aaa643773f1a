package sketch

import (
	"context"
	"math/rand/v2"

	"easel/engine/raster"
	"easel/engine/stroke"
)

// soft is what is seen of the photo at half the size: the borders of soft forms. A cheek or an ear out of focus has no
// edge, and still an outline.
type soft struct {
	response *raster.Plane // as that of crisp lines
	flow     *raster.Flow
	where    *raster.Plane // 0…1
}

func (s *soft) free() { raster.Free(s.response, s.flow.Tx, s.flow.Ty, s.where) }

// softly looks for the lines of soft forms; nil where the sheet is too small.
func (a *artist) softly(ctx context.Context) *soft {
	w, h := a.W/2, a.H/2
	if min(w, h) < 16 {
		return nil
	}
	half := raster.Shrink(ctx, a.lifted, 2)
	defer half.Free()
	s := &soft{
		flow:  &raster.Flow{Tx: raster.New(half.W, half.H), Ty: raster.New(half.W, half.H)},
		where: raster.New(half.W, half.H),
	}
	raster.Rows(ctx, half.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range half.W {
				i := y*half.W + x
				s.flow.Tx.P[i], s.flow.Ty.P[i] = a.Flow.At(float32(2*x), float32(2*y))
				s.where.P[i] = raster.Smoothstep(0.1, 0.2, a.subject.At(2*x, 2*y))
			}
		}
	})
	local := raster.Normalise(ctx, half, float32(max(w, h))/16)
	defer local.Free()
	k := max(a.K, 0.5)
	s.response = raster.FDoGWithin(ctx, local, s.flow, 2.6*k, 7*k, 0.995, s.where, idleAway)
	for i, v := range s.response.P {
		s.response.P[i] = -v
	}
	return s
}

// blurred adds the lines of soft forms to those of crisp ones, where there is none.
func (a *artist) blurred(ctx context.Context, r *raster.Plane, s *soft) {
	const share = 0.5 // of a crisp line's weight
	full := raster.Enlarge(ctx, s.response, a.W, a.H)
	defer full.Free()
	for i, v := range full.P {
		r.P[i] = max(r.P[i], share*v*a.subject.P[i])
	}
}

// outlines draws the long borders of soft forms that no line shows yet: by their length they are a back, a sleeve or an
// ear, however weak they are beside fur, leaves and cloth. Crisp is the strength from which a crisp line is drawn.
func (a *artist) outlines(ctx context.Context, s *soft, drawn []stroke.Line, crisp float32) {
	const least, share = 0.8, 0.09 // of a crisp line's strength; of the sheet's long side
	k, long := a.K, share*float32(max(a.W, a.H))
	r := int(9*k + 0.5)
	for _, l := range drawn {
		for i := 0; i < len(l); i += 2 {
			blank(s.response, int(l[i].X/2), int(l[i].Y/2), r)
		}
	}
	for y := range s.response.H {
		row, where := s.response.Row(y), s.where.Row(y)
		for x := range row {
			row[x] *= where[x] * (1 - raster.Smoothstep(0.2, 0.45, a.Importance.At(2*x, 2*y)))
		}
	}
	high := max(least*crisp, 0.01)
	lines := stroke.Trace(s.response, s.flow, stroke.Tracing{
		High: high, Low: high / 2, Apart: max(r, 2), Smooth: 4 * k, Step: 2,
		Shortest: func(_, _ float32) float32 { return long / 2 },
	})
	for i, l := range lines {
		if ctx.Err() != nil {
			return
		}
		if l.Curls(2 * long) {
			continue
		}
		for j := range l {
			l[j].X, l[j].Y = 2*l[j].X+0.5, 2*l[j].Y+0.5
		}
		a.outline(l, high, raster.Rand(a.seed, "outline", i))
	}
}

// outline draws a soft border by one line and a part of it again.
func (a *artist) outline(l stroke.Line, high float32, rng *rand.Rand) {
	strength := raster.Clamp((l.Strength()-high)/(3*high), 0, 1)
	h := hand{width: 1.7 + 1.2*strength, force: 0.42 + 0.3*strength, tremor: 1.2, wave: 70, over: 4, full: high}
	a.line(l, h, rng)
	if from := rng.IntN(len(l)/2 + 1); strength > 0.3 && len(l)-from > 10 {
		h.tremor, h.force, h.width = 2.2, 0.6*h.force, 0.85*h.width
		a.line(l[from:], h, rng)
	}
}

// blank sets a disc of a plane to 0.
func blank(p *raster.Plane, cx, cy, r int) {
	for y := max(cy-r, 0); y <= min(cy+r, p.H-1); y++ {
		for x := max(cx-r, 0); x <= min(cx+r, p.W-1); x++ {
			if dx, dy := x-cx, y-cy; dx*dx+dy*dy <= r*r {
				p.P[y*p.W+x] = 0
			}
		}
	}
}

// details draws fine short lines all over a picture of small figures, whose faces, hands and folds are too small for the
// large lines.
func (a *artist) details(ctx context.Context) {
	if len(a.Faces) == 1 && a.Faces[0].Size > 0.12*float32(min(a.W, a.H)) || len(a.Faces) == 2 && a.small() == 0 {
		return
	}
	sigma := max(1.05*a.K, 0.8)
	response := a.response(ctx, float32(max(a.W, a.H))/45, sigma, 4*sigma, a.subject, idleAway)
	defer response.Free()
	for i, v := range a.subject.P {
		response.P[i] *= v * (1 - raster.Smoothstep(0.2, 0.45, a.Importance.P[i]))
	}
	if ctx.Err() != nil {
		return
	}
	shares := response.Percentiles(a.subject, 0.955, 0.89)
	high, low := shares[0], shares[1]
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
