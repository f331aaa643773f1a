package watercolour

import (
	"context"
	"image"
	"math/rand/v2"

	"easel/engine/raster"
	"easel/engine/stroke"
)

// hand says how lines of one kind are drawn; lengths in length units.
type hand struct {
	width, more       float32 // of the faintest line, and what the strongest adds
	pressure, firm    float32 // the same for pressure
	stray, overshoot  float32 // how far repeats wander, how far a line runs past its end
	again             float32 // probability that a line is searched a second time
	shortest, smooth  float32 // least length; smoothing along the line
	faint, full       float32 // shares of the subject's samples that are line at all, and that start one
	sigma, alongSigma float32 // of the line detector
	window            float32 // of the local contrast
}

// idle is the share of what is looked at in which there is no line: lines are the strongest eighth.
const idle = 0.70

// drawPencil draws the under-drawing: broad searching lines along the forms, fine ones in the face. They carry the
// likeness, so that the washes may be free.
func (s *study) drawPencil(ctx context.Context) {
	s.lines = stroke.Drawing{W: s.p.W, H: s.p.H}
	random := raster.Rand(s.seed, "pencil", 0)
	subject := stroke.Around(ctx, s.p, s.background, s.seed)
	defer subject.Free()
	long := float32(max(s.p.W, s.p.H)) / s.k
	all := image.Rect(0, 0, s.p.W, s.p.H)
	s.trace(ctx, all, random, hand{
		width: 1.7, more: 1.9, pressure: 0.60, firm: 0.40, stray: 3.2, overshoot: 12, again: 0.85,
		shortest: 46, smooth: 4, faint: 0.13, full: 0.06, sigma: 2.1, alongSigma: 6, window: long / 27,
	}, func(x, y int) float32 {
		at := y*s.p.W + x
		return subject.P[at] * raster.Smoothstep(0.62, 0.40, s.p.Importance.P[at]) * min(1, s.p.Importance.P[at]+0.8)
	})
	if box := s.focus(); !box.Empty() && ctx.Err() == nil {
		size := stroke.FaceSize(s.p) / s.k
		sigma := raster.Clamp(0.0036*size, 0.8/s.k, 2/s.k)
		s.trace(ctx, box, random, hand{
			width: 1.1, more: 1.3, pressure: 0.45, firm: 0.45, stray: 0.7, overshoot: 1.5, again: 0.3,
			shortest: max(10, 0.05*size), smooth: 2, faint: 0.12, full: 0.045, sigma: sigma, alongSigma: 3 * sigma,
			window: size / 9,
		}, func(x, y int) float32 {
			return raster.Smoothstep(0.30, 0.60, s.attention(y)[x])
		})
	}
}

// trace finds the lines in the box and draws them; weight is how much a place of the plan deserves lines.
func (s *study) trace(ctx context.Context, box image.Rectangle, random *rand.Rand, h hand, weight func(x, y int) float32) {
	const least = 0.02 // weight up to which nothing is drawn
	luma, flow := s.p.Luma, s.p.Flow
	if box != image.Rect(0, 0, s.p.W, s.p.H) {
		luma, flow = luma.Crop(box), cropFlow(flow, box)
		defer luma.Free()
		defer flow.Free()
	}
	mask := raster.New(luma.W, luma.H)
	defer mask.Free()
	raster.Rows(ctx, mask.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			m := mask.Row(y)
			for x := range m {
				if v := weight(box.Min.X+x, box.Min.Y+y); v > least {
					m[x] = v
				}
			}
		}
	})
	even := raster.Normalise(ctx, luma, max(2, h.window*s.k))
	response := raster.FDoGWithin(ctx, even, flow, max(0.7, h.sigma*s.k), max(2, h.alongSigma*s.k), 0.995, mask, idle)
	even.Free()
	defer response.Free()
	raster.Rows(ctx, response.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row, m := response.Row(y), mask.Row(y)
			for x, v := range row {
				row[x] = -v * (0.25 + 0.75*m[x]) * raster.Smoothstep(least, 0.3, m[x])
			}
		}
	})
	if ctx.Err() != nil {
		return
	}
	shares := response.Percentiles(mask, 1-h.full, 1-h.faint)
	high, low := shares[0], shares[1]
	if high <= 1e-4 {
		return
	}
	lines := stroke.Trace(response, flow, stroke.Tracing{
		High: high, Low: max(low, 0.35*high), Apart: max(1, int(2.2*h.width*s.k)), Smooth: h.smooth * s.k, Step: max(2, 3*s.k),
		Shortest: func(_, _ float32) float32 { return h.shortest * s.k },
	})
	for _, line := range lines {
		if s.meaningless(line, box.Min) {
			continue
		}
		line, depths := s.found(line, box.Min)
		firm := raster.Clamp((line.Strength()-high)/(2.5*high)+0.25, 0, 1)
		s.draw(line, depths, box.Min, random, h, firm, 0.35)
		if random.Float32() < h.again {
			s.draw(line, depths, box.Min, random, h, 0.7*firm, 1)
		}
	}
}

// draw draws one pass over a line, as deep as is said for each of its points. A hand trembles, presses unevenly, and lifts
// at the ends.
func (s *study) draw(line stroke.Line, depths []float32, at image.Point, random *rand.Rand, h hand, firm, stray float32) {
	n := len(line)
	if n < 2 {
		return
	}
	across, ripple := stroke.NewNoise(random), stroke.NewNoise(random)
	offset := stray * h.stray * s.k * (random.Float32() - 0.5)
	path := make([]stroke.Node, 0, n+2)
	add := func(i, j int, by float32) { // beyond point i, in the direction from j
		dx, dy := line[i].X-line[j].X, line[i].Y-line[j].Y
		l := by * s.k * h.overshoot * random.Float32() / max(0.1, hypot(dx, dy))
		path = append(path, stroke.Node{
			X: line[i].X + l*dx + float32(at.X), Y: line[i].Y + l*dy + float32(at.Y), Width: h.width * s.k * 0.5, Pressure: 0.08,
		})
	}
	add(0, 1, stray)
	gone := float32(0)
	for i, p := range line {
		a, b := line[max(0, i-1)], line[min(n-1, i+1)]
		dx, dy := b.X-a.X, b.Y-a.Y
		l := max(1e-3, hypot(dx, dy))
		gone += l / 2
		off := offset + stray*h.stray*s.k*across.At(gone/(55*s.k))
		ends := min(1, 0.25+float32(min(i, n-1-i))*6/float32(n))
		local := raster.Clamp(0.75+0.25*ripple.At(gone/(38*s.k)), 0, 1)
		path = append(path, stroke.Node{
			X: p.X - off*dy/l + float32(at.X), Y: p.Y + off*dx/l + float32(at.Y),
			Width:    max(0.8, (h.width+h.more*firm)*s.k*(0.6+0.4*ends)),
			Pressure: s.strength * (h.pressure + h.firm*firm) * local * ends * depths[i],
		})
	}
	add(n-1, n-2, stray)
	s.lines.Add(path, 0.95)
}
