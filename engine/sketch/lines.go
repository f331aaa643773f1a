package sketch

import (
	"context"
	"math"
	"math/rand/v2"

	"easel/engine/raster"
	"easel/engine/stroke"
)

// contours draws the large lines: outline, folds, hair masses.
func (a *artist) contours(ctx context.Context) {
	k := a.K
	response := a.response(ctx, float32(max(a.W, a.H))/27, 2*max(k, 0.5), 5*max(k, 0.5), a.subject, idleAway)
	defer response.Free()
	a.silhouette(ctx, response)
	if ctx.Err() != nil {
		return
	}
	shares := response.Percentiles(a.subject, 0.94, 0.87)
	high, low := shares[0], shares[1]
	soft := a.softly(ctx)
	if soft != nil {
		defer soft.free()
		a.blurred(ctx, response, soft)
	}
	a.closer(ctx, response)
	t := stroke.Tracing{
		High: max(high, 0.01), Low: max(low, 0.005), Apart: max(int(4*k+0.5), 2), Smooth: 4.5 * k, Step: 4,
		Shortest: func(x, y float32) float32 { return 44 * k * (1 - 0.6*a.Importance.At(int(x), int(y))) },
	}
	lines := stroke.Trace(response, a.Flow, t)
	if ctx.Err() == nil && length(lines) < 3*perimeter(a) {
		// A soft photo gives few lines; look closer rather than draw half a subject.
		t.High = max(response.Percentile(0.88, a.subject), 0.004)
		t.Low = max(response.Percentile(0.80, a.subject), 0.002)
		lines = stroke.Trace(response, a.Flow, t)
	}
	for i, l := range lines {
		if ctx.Err() != nil {
			return
		}
		if mid := l[len(l)/2]; a.Importance.At(int(mid.X), int(mid.Y)) < 0.2 && l.Curls(110*k) {
			continue
		}
		a.contour(l, t.High, raster.Rand(a.seed, "contour", i))
	}
	if soft != nil {
		a.outlines(ctx, soft, lines, t.High)
	}
}

// idle is the share of what is looked at in which there is no line, whatever is drawn: lines are the strongest tenth.
// On faces and in hair, which have more of them, it is less.
const (
	idle     = 0.66
	idleAway = 0.76
)

// response is the strength of lines: high where a dark line or the dark side of an edge runs along the flow.
func (a *artist) response(ctx context.Context, window, sigma, along float32, where *raster.Plane, idle float32) *raster.Plane {
	local := raster.Normalise(ctx, a.lifted, window)
	defer local.Free()
	r := raster.FDoGWithin(ctx, local, a.Flow, sigma, along, 0.995, where, idle)
	for i, v := range r.P {
		r.P[i] = -v
	}
	return r
}

// small is how far the main face is too small to be drawn like a large one, 0…1.
func (a *artist) small() float32 { return smallness(a.size, a.K) }

// smallness is small of a face of a size, in plan pixels.
func smallness(size, k float32) float32 { return 1 - raster.Clamp(size/(300*k), 0, 1) }

// silhouette adds the subject's outline, which a dark jacket before a dark wall does not show by itself, and quietens
// what lies behind. Of an animal whose outline is in doubt, or along which nothing is cut, it adds what the photo has an
// edge for: two that agree are seldom wrong.
func (a *artist) silhouette(ctx context.Context, r *raster.Plane) {
	trust, known := stroke.Trust(a.Plan), float32(0)
	if len(a.Faces) == 0 { // hair has no such border
		known = raster.Smoothstep(0.3, 0.5, a.MatteConfidence)
	}
	soft := raster.Gaussian(ctx, a.Matte, 2.5*a.K)
	defer soft.Free()
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			e := 4 * soft.P[i] * (1 - soft.P[i])
			if e > 0 {
				edge := max(trust, known*raster.Smoothstep(0.006, 0.02, a.Flow.Energy.P[i]))
				e *= 0.05 * edge * e
			}
			r.P[i] = r.P[i]*(0.25+0.75*a.subject.P[i]) + e
		}
	})
}

// closer strengthens what lies around eyes, so that a pale head is not lost beside a stark fence.
func (a *artist) closer(ctx context.Context, r *raster.Plane) {
	head := raster.Gaussian(ctx, a.Importance, 45*a.K)
	defer head.Free()
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			r.P[i] *= 1 + raster.Smoothstep(0.004, 0.05, head.P[i])
		}
	})
}

// contour draws a large line two or three times over, in strokes as long as an arm draws them, never twice alike.
func (a *artist) contour(l stroke.Line, high float32, rng *rand.Rand) {
	strength := raster.Clamp((l.Strength()-high)/(3*high), 0, 1)
	mid := l[len(l)/2]
	weight := a.weight(mid.X, mid.Y)
	passes := 2
	if strength > 0.5 || rng.Float32() < 0.3 {
		passes = 3
	}
	face := a.Importance.At(int(mid.X), int(mid.Y)) > 0.4
	if face {
		passes = 2
		l = undripped(l, 48*a.K)
	}
	if weight < 0.35 {
		if rng.Float32() > weight || l.Length() < 70*a.K {
			return
		}
		passes = 1
	}
	for pass := range passes {
		for from := 0; from < len(l)-2; {
			n := min(int((110+150*rng.Float32())*a.K/4), len(l)-from)
			if len(l)-from-n < 8 {
				n = len(l) - from
			}
			h := hand{
				width: 2.1 + 2.2*strength, force: 0.44 + 0.48*strength,
				tremor: 2.2, wave: 55, over: 3 + 9*rng.Float32(),
			}
			if face {
				h.tremor, h.over, h.width = 1.3, 0.3*h.over, 0.8*h.width
			}
			if pass == 0 {
				h.tremor *= 0.4
			} else {
				h.force *= 0.62
				h.width *= 0.85
			}
			a.line(l[from:from+n], h, rng)
			from += max(n-3-int(4*rng.Float32()), 1)
			if from+4 >= len(l) {
				break
			}
		}
	}
}

// hand says how a line is drawn; lengths in length units.
type hand struct {
	width, force float32
	tremor, wave float32 // how far the line wanders, and over which length
	over         float32 // how far it runs on at both ends
	firm         bool    // it does not let go in the light
	full         float32 // strength of the response from which a place gets its whole force; 0: every place does
}

// line lays one stroke along a traced line.
func (a *artist) line(l stroke.Line, h hand, rng *rand.Rand) {
	k, n := a.K, len(l)
	if n < 3 {
		return
	}
	by := 8 * k // from the line to its sides
	across, swell := stroke.NewNoise(rng), stroke.NewNoise(rng)
	shift := (2*rng.Float32() - 1) * 0.5 * h.tremor * k
	path := make([]stroke.Node, 0, n+2)
	total, gone := max(l.Length(), 1), float32(0)
	for i, q := range l {
		p, r := l[max(i-1, 0)], l[min(i+1, n-1)]
		dx, dy := r.X-p.X, r.Y-p.Y
		d := max(float32(math.Hypot(float64(dx), float64(dy))), 1e-3)
		dx, dy = dx/d, dy/d
		if i > 0 {
			gone += float32(math.Hypot(float64(q.X-l[i-1].X), float64(q.Y-l[i-1].Y)))
		}
		u := gone / total
		s := gone / (h.wave * k)
		off := shift + h.tremor*k*(0.8*across.At(s)+0.35*across.At(2.3*s+17))
		taper := min(1, u/0.12) * min(1, (1-u)/0.3)
		x, y := q.X-dy*off, q.Y+dx*off
		// Lines lean on the shadow side and let go in the light.
		// A border is as dark as the darker of its sides: a white dog before grass has an outline.
		tone := min(a.mass.At(int(q.X), int(q.Y)), a.mass.At(int(q.X-by*dy), int(q.Y+by*dx)), a.mass.At(int(q.X+by*dy), int(q.Y-by*dx)))
		shade := 0.62 + 0.65*(1-tone)
		if h.firm {
			shade = max(shade, 0.95)
		}
		if h.full > 0 {
			shade *= 0.3 + 0.7*raster.Smoothstep(0.35*h.full, h.full, q.Strength)
		}
		v := h.force * shade * (0.84 + 0.3*swell.At(0.6*s)) * a.weight(q.X, q.Y)
		node := stroke.Node{
			X: x, Y: y,
			Width:    h.width * k * (0.5 + 0.5*taper) * (0.95 + 0.3*swell.At(0.6*s+0.3)),
			Pressure: v * (0.3 + 0.7*taper),
		}
		if h.over > 0 && (i == 0 || i == n-1) {
			sign := float32(1)
			if i == 0 {
				sign = -1
			}
			end := node
			end.X, end.Y = x+sign*dx*h.over*k, y+sign*dy*h.over*k
			end.Pressure *= 0.4
			if i == 0 {
				path = append(path, end, node)
			} else {
				path = append(path, node, end)
			}
			continue
		}
		path = append(path, node)
	}
	a.sheet.Draw(path, 0.9)
}

func length(lines []stroke.Line) float32 {
	sum := float32(0)
	for _, l := range lines {
		sum += l.Length()
	}
	return sum
}

// perimeter is about how long the subject's outline is: that of a disc of its area.
func perimeter(a *artist) float32 {
	area := float64(a.subject.Mean(nil)) * float64(a.W) * float64(a.H)
	return float32(math.Sqrt(4 * math.Pi * area))
}
