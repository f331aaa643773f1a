package cutout

import (
	"context"
	"math"
	"slices"

	"easel/engine/graphcut"
	"easel/engine/raster"
)

// gatherSide is the long side, in pixels, of the copy on which people are made whole.
const gatherSide = 320

// How people are made whole.
const (
	fewest     = 40    // samples of either side that are needed
	ofPeople   = 700   // samples of those who go, at most
	ofGround   = 1000  // and of the ground
	noise      = 0.001 // squared difference of colours that says nothing
	plain      = 0.002 // a colour within this of the ground's tells nobody apart
	locality   = 0.02  // what it costs at most that a sample is farther away than the nearest, in the same measure,
	spread     = 10.0  // half of it from this distance on, squared, in sizes of a face
	level      = 4.0   // how much more distance counts across rows than along them: grounds lie in layers
	strange    = 0.05  // a colour that differs by this from all of the ground nearby is not the ground's
	unseen     = 0.02  // a colour that was not seen of them differs by no more than this: a stroke seldom runs over all they wear
	strangely  = 1.2   // what that counts
	foundCount = 0.8   // what it counts that a pixel was found to be somebody's before, or was not
	binding    = 5.0   // what it costs to part two pixels of one colour
)

// gathering is a small copy of the photo on which everything goes to somebody or to the ground.
type gathering struct {
	w, h   int
	lab    raster.RGB // L, 2a, 2b
	reach  []float32  // how well a pixel can be somebody's who goes, 0…1; 0: it is not looked at
	size   []float32  // the size of that somebody's face, in pixels of the copy
	sure   []int8     // 1: theirs, −1: the ground's or the subject's
	found  []bool     // theirs, by the search for each of them alone
	won    bool       // found is what a cut of everything gave
	people []sample
	ground []sample
}

// sample is a colour, and where it is.
type sample struct{ l, a, b, x, y float32 }

// gather makes those who go whole: arms, hands, what they carry, and what lies between them. A search for one figure ends at a
// change of clothes; here each pixel within anybody's reach goes to those who go or to the ground by which of them has its colour
// nearby (as in Wang and Cohen 2007), and what is like nothing of the ground is theirs.
func (crowd *Crowd) gather(ctx context.Context, c raster.RGB, seed uint64) {
	g := crowd.newGathering(ctx, c)
	defer g.lab.Free()
	g.sampled(seed)
	if min(len(g.people), len(g.ground)) < fewest || ctx.Err() != nil {
		return
	}
	whole := g.cut(ctx)
	defer whole.Free()
	if crowd.People == 0 { // a face says where arms are
		for range limbRounds {
			g.limbs(ctx, whole, seed)
		}
	}
	large := raster.Enlarge(ctx, whole, c.W(), c.H())
	defer large.Free()
	k := float64(g.w) / float64(c.W())
	for i := range crowd.figure.P {
		if j := g.at(i%c.W(), i/c.W(), k); g.reach[j] > 0 {
			crowd.figure.P[i] = 0
			if large.P[i] > 0.5 {
				crowd.figure.P[i] = 1
			}
		}
	}
}

func (g *gathering) at(x, y int, k float64) int {
	return min(int((float64(y)+0.5)*k), g.h-1)*g.w + min(int((float64(x)+0.5)*k), g.w-1)
}

// newGathering shrinks the photo and notes who can be where.
func (crowd *Crowd) newGathering(ctx context.Context, c raster.RGB) *gathering {
	k := min(1, gatherSide/float64(max(c.W(), c.H())))
	w, h := max(1, int(k*float64(c.W())+0.5)), max(1, int(k*float64(c.H())+0.5))
	g := &gathering{w: w, h: h, reach: make([]float32, w*h), size: make([]float32, w*h), sure: make([]int8, w*h), found: make([]bool, w*h)}
	small := raster.ResizeRGB(ctx, c, w, h)
	g.lab = small.Lab(ctx)
	small.Free()
	for i := range g.lab[0].P {
		g.lab[1].P[i] *= 2
		g.lab[2].P[i] *= 2
	}
	back := float64(c.W()) / float64(w)
	for i := range g.sure {
		x, y := (float64(i%w)+0.5)*back, (float64(i/w)+0.5)*back
		j := min(int(y), c.H()-1)*c.W() + min(int(x), c.W()-1)
		g.found[i] = crowd.figure.P[j] > 0.5
		if crowd.Subject.P[j] > 0.5 {
			g.sure[i] = -1
			continue
		}
		for _, s := range crowd.going {
			if r := s.reach.whole(x, y); r > g.reach[i] {
				g.reach[i], g.size[i] = r, float32(s.reach.wide/wideFace/back)
			}
			if s.surely(int(x), int(y)) {
				g.sure[i] = 1
			}
		}
	}
	return g
}

// sampled chooses what stands for either side: of what was found, and of what nobody who goes can reach. What stays says nothing of
// the ground.
func (g *gathering) sampled(seed uint64) {
	var theirs, ground []int
	for i := range g.sure {
		switch {
		case g.sure[i] < 0:
		case g.found[i] || g.sure[i] > 0:
			theirs = append(theirs, i)
		case g.reach[i] == 0:
			ground = append(ground, i)
		}
	}
	g.people, g.ground = g.some(theirs, ofPeople, seed), g.some(ground, ofGround, seed)
	g.people = slices.DeleteFunc(g.people, func(s sample) bool {
		i := int(s.y)*g.w + int(s.x)
		return g.sure[i] <= 0 && g.nearest(i, g.ground) < plain
	})
}

// some are about most of the pixels, spread evenly.
func (g *gathering) some(of []int, most int, seed uint64) (out []sample) {
	for _, i := range of {
		x, y := i%g.w, i/g.w
		if len(of) > most && raster.Hash(seed, x, y)%uint64(len(of)) >= uint64(most) {
			continue
		}
		out = append(out, sample{g.lab[0].P[i], g.lab[1].P[i], g.lab[2].P[i], float32(x), float32(y)})
	}
	return out
}

// nearest is how unlike a pixel is to the second best of the samples, of those about as near as the nearest.
func (g *gathering) nearest(i int, of []sample) float32 {
	x, y := float32(i%g.w), float32(i/g.w)
	l, a, b := g.lab[0].P[i], g.lab[1].P[i], g.lab[2].P[i]
	near := 1 / max(spread*g.size[i]*g.size[i], 1)
	closest := float32(math.MaxFloat32)
	for k := range of {
		dx, dy := of[k].x-x, of[k].y-y
		closest = min(closest, float32(dx*dx)+level*float32(dy*dy))
	}
	first, second := float32(math.MaxFloat32), float32(math.MaxFloat32)
	for k := range of {
		s := &of[k]
		dl, da, db, dx, dy := s.l-l, s.a-a, s.b-b, s.x-x, s.y-y
		away := near * (float32(dx*dx) + level*float32(dy*dy) - closest)
		d := float32(dl*dl) + float32(da*da) + float32(db*db) + locality*away/(1+away)
		switch {
		case d < first:
			first, second = d, first
		case d < second:
			second = d
		}
	}
	return second
}

// pull is how much more a pixel is theirs than the ground's.
func (g *gathering) pull(i int) float32 {
	theirs, ground := min(g.nearest(i, g.people), unseen), g.nearest(i, g.ground)
	p := float32(math.Log(float64((ground + noise) / (theirs + noise))))
	p += strangely * raster.Smoothstep(strange/3, strange, ground)
	p += float32(math.Log(float64((g.reach[i] + 0.02) / (1 - g.reach[i] + 0.02))))
	if g.found[i] {
		return p + foundCount
	}
	if g.won {
		return p
	}
	return p - foundCount
}

// cut parts those who go from the ground where that costs least.
func (g *gathering) cut(ctx context.Context) *raster.Plane {
	const money, certain = 1000, 1 << 20
	net := graphcut.New[graphcut.Eight](g.w, g.h)
	raster.Rows(ctx, g.h, func(y0, y1 int) {
		for i := y0 * g.w; i < y1*g.w; i++ {
			node := net.Node(i%g.w, i/g.w)
			switch {
			case g.sure[i] > 0:
				net.Pull(node, certain)
			case g.sure[i] < 0 || g.reach[i] == 0:
				net.Pull(node, -certain)
			default:
				net.Pull(node, int32(money*g.pull(i)))
			}
		}
	})
	g.join(net, money)
	net.Solve(ctx)
	out := raster.New(g.w, g.h)
	for i := range out.P {
		if net.Inside(net.Node(i%g.w, i/g.w)) {
			out.P[i] = 1
		}
	}
	// What hangs together with nobody is somebody else, or a thing of like colour.
	held := flood(g.w, g.h, func(i int) bool { return g.sure[i] > 0 }, func(i int) bool { return out.P[i] > 0 })
	for i, h := range held {
		if !h {
			out.P[i] = 0
		}
	}
	return out
}

// join sets what it costs to part neighbours: most where their colours agree, against the mean contrast of the copy.
func (g *gathering) join(net *graphcut.Grid[graphcut.Eight], money float32) {
	steps := [4]struct {
		dx, dy, d int
		long      float32
	}{{1, 0, graphcut.East, 1}, {0, 1, graphcut.South, 1}, {1, 1, graphcut.SouthEast, math.Sqrt2}, {-1, 1, graphcut.SouthWest, math.Sqrt2}}
	pairs := func(visit func(i, k int, contrast float32)) {
		for i := range g.sure {
			x, y := i%g.w, i/g.w
			for k, s := range steps {
				if x+s.dx < 0 || x+s.dx >= g.w || y+s.dy >= g.h {
					continue
				}
				j := i + s.dy*g.w + s.dx
				var d float32
				for c := range g.lab {
					e := g.lab[c].P[i] - g.lab[c].P[j]
					d += float32(e * e)
				}
				visit(i, k, d)
			}
		}
	}
	total, n := 0.0, 0
	pairs(func(_, _ int, contrast float32) { total, n = total+float64(contrast), n+1 })
	beta := float64(n) / (2*total + 1e-6)
	pairs(func(i, k int, contrast float32) {
		c := (0.05 + float32(math.Exp(-beta*float64(contrast)))) * binding / steps[k].long
		net.Join(i%g.w, i/g.w, steps[k].d, int32(money*c))
	})
}
