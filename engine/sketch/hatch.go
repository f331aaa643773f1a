package sketch

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"easel/engine/raster"
	"easel/engine/stroke"
)

// layer is one family of near-parallel strokes.
type layer struct {
	name        string
	angle       float64 // degrees
	spacing     float32 // in length units
	begin, full float32 // tone at which it begins, and at which no line is left out
	pressure    float32
}

// The hand keeps its slant: families within 15 degrees read as one person's hatching, wider ones as rain.
var layers = []layer{
	{"light", -49, 8, 0.64, 0.32, 0.52},
	{"middle", -45.5, 7.5, 0.42, 0.16, 0.7},
	{"deep", -60, 7.5, 0.28, 0.1, 0.9},
}

// family is a layer with the places that it covers.
type family struct {
	layer

	dark func(x, y float32) float32 // 0…1: how much of it a place on the sheet wants
}

// hatching lays shadows in families of quick strokes, each family where the tone is dark enough for it. The families
// are thought out side by side and drawn one after the other.
func (a *artist) hatching(ctx context.Context) {
	families := a.families()
	if stroke.Sets(a.Plan, a.ground) {
		for n, l := range layers[:2] {
			reach := [2]float32{170, 85}[n] // light strokes run out far into it, darker ones stay near
			ground := a.Behind(ctx, reach*a.K, a.seed)
			defer ground.Free()
			l.name += " ground"
			l.spacing *= 1.15
			families = append(families, family{l, func(x, y float32) float32 {
				i, j := int(x), int(y)
				return ground.At(i, j) * (0.35 + 0.65*(1-a.mass.At(i, j))) * (1 - a.subject.At(i, j))
			}})
		}
	}
	strokes := make([][][]stroke.Node, len(families))
	raster.Each(ctx, len(families), func() struct{} { return struct{}{} }, func(_ struct{}, i int) {
		strokes[i] = a.think(ctx, families[i])
	})
	for _, paths := range strokes {
		for i, path := range paths {
			if i&255 == 0 && ctx.Err() != nil {
				return
			}
			a.sheet.Draw(path, 0.85)
		}
	}
}

// families are the layers over everything but faces, and finer ones over faces by each picture's own range of skin
// tones, so that every complexion is modelled by its shadows and none is covered. Eyes and mouths are left to the lines.
func (a *artist) families() []family {
	var out []family
	for _, l := range layers {
		out = append(out, family{l, func(x, y float32) float32 {
			i := int(y)*a.W + int(x)
			share := a.subject.P[i] * (1 - a.skin.P[i])
			if share == 0 {
				return 0
			}
			// Ground far from the subject is drawn by its lines; only what is as dark as clothes gets tone.
			tone := a.mass.P[i] + 0.45*(1-a.calm.P[i])
			return raster.Smoothstep(l.begin, l.full, tone) * share
		}})
	}
	if len(a.Faces) == 0 {
		return out
	}
	const leastRange = 0.35 // a face in even light stays light: stretched, its few shades would be stubble
	fine := raster.Clamp(a.size/(260*a.K), 0.5, 1)
	for _, l := range []struct {
		layer
		from, to func(c complexion) float32
	}{
		{layer{name: "cheek", angle: -52, spacing: 6 * fine, pressure: 0.56},
			func(c complexion) float32 { return c.light }, func(c complexion) float32 { return c.dark }},
		{layer{name: "socket", angle: -44, spacing: 5.5 * fine, pressure: 0.66},
			func(c complexion) float32 { return c.shade }, func(c complexion) float32 { return c.deep }},
	} {
		out = append(out, family{l.layer, func(x, y float32) float32 {
			i := int(y)*a.W + int(x)
			skin := a.skin.P[i] * a.subject.P[i]
			if skin == 0 {
				return 0
			}
			n := a.nearest(x, y)
			c := a.tones[n]
			begin, full := l.from(c), l.to(c)
			dark := raster.Clamp((begin-a.form.P[i])/max(begin-full, leastRange), 0, 1)
			return dark * skin * (1 - a.dabbed[n]) * raster.Smoothstep(0.98, 0.88, a.Importance.P[i])
		}})
	}
	return out
}

// think places the strokes of a family wherever its darkness exceeds a line's own threshold, so that fewer lines fill a
// lighter tone.
func (a *artist) think(ctx context.Context, f family) [][]stroke.Node {
	l := f.layer
	t := &thought{artist: a, family: f, rng: raster.Rand(a.seed, "hatch "+l.name, 0), step: max(1.8*a.K, 1)}
	sin, cos := math.Sincos(l.angle * math.Pi / 180)
	dx, dy := float32(cos), float32(sin)
	w, h := float32(a.W), float32(a.H)
	cx, cy, half := w/2, h/2, float32(math.Hypot(float64(w), float64(h)))/2
	spacing := l.spacing * a.K
	count := int(half/spacing) + 1
	for j := -count; j <= count; j++ {
		if ctx.Err() != nil {
			break
		}
		offset := (float32(j) + 0.5*(t.rng.Float32()-0.5)) * spacing
		threshold := 0.12 + 0.76*fraction(float64(j)*0.61803398875)
		ragged := 130 * a.K * (t.rng.Float32() - 0.5)
		var run []stroke.Point
		gap := 0
		for s := -half; s <= half; s += t.step {
			// Lines of a real hand are not ruled: they drift together, slowly.
			x, y := cx+dx*s-dy*offset, cy+dy*s+dx*offset
			on := x >= -40*a.K && y >= -40*a.K && x < w+40*a.K && y < h+40*a.K
			if on {
				drift := 16*a.K*(a.hand.drift.at(x, y)-0.5) + a.bend(x, y, dx, dy)
				x, y = x-dy*drift, y+dx*drift
				on = x >= 1 && y >= 1 && x < w-1 && y < h-1
			}
			if on {
				// What is cheap comes first: most of a sheet stays white. A patch is at most 1.3.
				dark := f.dark(x, y)
				on = 1.3*dark > threshold && dark*a.patch(x+dx*ragged, y+dy*ragged, l.pressure)*a.margin.At(int(x), int(y)) > threshold
			}
			if on {
				run, gap = append(run, stroke.Point{X: x, Y: y}), 0
				continue
			}
			if gap++; gap > 2 && len(run) > 0 {
				t.run(run)
				run = run[:0]
			}
		}
		t.run(run)
	}
	return t.strokes
}

// wander is how a hand's drift, its liking for places and its pressure vary over the sheet: slow fields, kept coarsely.
type wander struct{ drift, patch, lift coarse }

func newWander(ctx context.Context, a *artist) *wander {
	field := func(length float32, seed uint64) coarse {
		n := max(int(length/24), 1)
		w, h := (a.W+n-1)/n+2, (a.H+n-1)/n+2
		return coarse{raster.FBM(ctx, w, h, max(length/float32(n), 2), 2, seed), float32(n)}
	}
	return &wander{field(260*a.K, a.seed+21), field(190*a.K, a.seed+22), field(150*a.K, a.seed+23)}
}

func (w *wander) free() { raster.Free(w.drift.p, w.patch.p, w.lift.p) }

// coarse is a field of which every n-th sample is kept.
type coarse struct {
	p *raster.Plane
	n float32
}

func (c coarse) at(x, y float32) float32 { return c.p.Sample(x/c.n, y/c.n) }

// patch is how willingly a place is hatched: a free hand leaves some of a shadow open and leans on other parts.
func (a *artist) patch(x, y, pressure float32) float32 {
	n := a.hand.patch.at(x, y)
	return raster.Clamp(0.5+1.4*n+0.5*(pressure-0.6), 0.4, 1.3)
}

func fraction(v float64) float32 { return float32(v - math.Floor(v)) }

// bend is how far a stroke at a place moves sideways to run round a head instead of across it.
func (a *artist) bend(x, y, dx, dy float32) float32 {
	sum := float32(0)
	for _, f := range a.Faces {
		along := ((x-f.X)*dx + (y-f.Y)*dy) / (0.6 * f.Size)
		if far := float32(math.Hypot(float64(x-f.X), float64(y-f.Y))) / f.Size; far < 1 {
			sum += 0.16 * f.Size * along * along * raster.Smoothstep(1, 0.5, far)
		}
	}
	return sum
}

// thought is a family of strokes in the making.
type thought struct {
	*artist
	family

	rng     *rand.Rand
	step    float32 // between the points of a run
	strokes [][]stroke.Node
}

// run cuts a run into strokes as long as a wrist draws them.
func (t *thought) run(run []stroke.Point) {
	a, step, rng := t.artist, t.step, t.rng
	long := float32(len(run)) * step
	first := 0.25 + 0.75*rng.Float32() // or strokes that begin at one edge would end in bands
	for len(run) > 2 {
		x, y := int(run[0].X), int(run[0].Y)
		imp := a.Importance.At(x, y)
		reach := min(max((24+30*rng.Float32())*a.K, long*(0.25+0.4*rng.Float32())), 120*a.K) * (1 - 0.5*imp) * first
		first = 1
		n := min(max(int(reach/step), 3), len(run))
		if rest := len(run) - n; rest > 0 && rest < 6 {
			n = len(run)
		}
		if float32(n)*step > 4*a.K {
			t.hatch(run[:n], imp)
		}
		// Where little tone is wanted strokes stand apart: end to end they would be ruled lines, and many of them rain.
		if sparse := raster.Smoothstep(0.55, 0.2, t.dark(run[0].X, run[0].Y)); sparse > 0 && imp < 0.2 {
			n += int(sparse * (0.4 + rng.Float32()) * float32(n))
		}
		run = run[min(max(n-int(rng.Float32()*3), 1), len(run)):]
		if len(run) <= 4 {
			return
		}
	}
}

// hatch draws one stroke: it lands fast, lifts slowly and overshoots a little.
func (t *thought) hatch(run []stroke.Point, imp float32) {
	a, l, rng := t.artist, t.layer, t.rng
	if rng.Float32() < 0.2 {
		run = slices.Clone(run) // there and back; the caller goes on from the end
		slices.Reverse(run)
	}
	first, last := run[0], run[len(run)-1]
	dx, dy := last.X-first.X, last.Y-first.Y
	length := max(float32(math.Hypot(float64(dx), float64(dy))), 1)
	dx, dy = dx/length, dy/length
	over := (1 + 5*rng.Float32()) * a.K * (1 - imp)
	under := (1 + 3*rng.Float32()) * a.K * (1 - imp)
	side := (2*rng.Float32() - 1) * 1.1 * a.K
	lean := (2*rng.Float32() - 1) * 0.035
	bow := (0.3 + 0.9*rng.Float32()) * 0.00035 / a.K * length * length
	lean *= min(1, 40*a.K/length)
	lifted := 0.7 + 0.6*a.hand.lift.at(first.X, first.Y)
	force := l.pressure * lifted * (0.9 + 0.3*rng.Float32()) * (1 + 0.15*imp)
	const nodes = 9
	path := make([]stroke.Node, nodes)
	for i := range path {
		u := float32(i) / (nodes - 1)
		s := -under + u*(length+under+over)
		at := min(max(s/length, 0), 1) * float32(len(run)-1)
		q, r := run[int(at)], run[min(int(at)+1, len(run)-1)]
		f := at - float32(int(at))
		x, y := q.X+f*(r.X-q.X), q.Y+f*(r.Y-q.Y)
		if s < 0 || s > length {
			x, y = x+dx*(s-min(max(s, 0), length)), y+dy*(s-min(max(s, 0), length))
		}
		across := side + lean*(s-length/2) + 4*bow*u*(1-u)
		swell := min(1, u/0.12) * (1 - 0.75*max(0, (u-0.35)/0.65))
		path[i] = stroke.Node{
			X: x - dy*across, Y: y + dx*across,
			Width:    2.2 * a.K * (0.55 + 0.45*swell) * (1 - 0.3*imp),
			Pressure: force * (0.3 + 0.7*swell),
		}
	}
	t.strokes = append(t.strokes, path)
}
