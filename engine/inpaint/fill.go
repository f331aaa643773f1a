package inpaint

import (
	"context"
	"math"
	"slices"

	"easel/engine/patch"
	"easel/engine/raster"
)

// level is the scene at one size, on the way from the smallest, where the whole hole is a few patches, to the finest.
type level struct {
	scene  *scene
	search *patch.Search
	field  *patch.Field
	edge   *raster.Plane // distance of each pixel from what is known
	spread float32       // how unlike matches usually are: the scale of votes' weights
}

const (
	step     = 5.0 / 8 // from one level to the next smaller one
	smallest = 70      // short side of the smallest, about
	enough   = 200     // sources that a level needs
)

// pyramid returns the levels, the finest first; none when there is nothing to copy from.
func (s *scene) pyramid(pixels int) []*level {
	if pixels == 0 {
		pixels = workPixels
	}
	scale := min(1, math.Sqrt(float64(pixels)/float64(s.W()*s.H())))
	var levels []*level
	for {
		w, h := int(float64(s.W())*scale+0.5), int(float64(s.H())*scale+0.5)
		if len(levels) > 0 && min(w, h) < smallest*5/8 {
			return levels
		}
		var part *scene
		if w != s.W() || h != s.H() {
			part = s.reduced(w, h)
		} else {
			part = &scene{img: &patch.Pixels{W: w, H: h, P: slices.Clone(s.img.P)}, hole: s.hole, protected: s.protected, holes: s.holes}
		}
		l, sources := part.level()
		if sources < enough {
			return levels
		}
		levels = append(levels, l)
		if min(w, h) < smallest {
			return levels
		}
		scale *= step
	}
}

// level prepares the scene's search: targets are the patches that touch the hole, sources those that touch neither it
// nor what is protected.
func (s *scene) level() (l *level, sources int) {
	w, h := s.W(), s.H()
	closed := s.reach(func(i int) bool { return s.hole[i] || s.protected[i] })
	open := s.reach(func(i int) bool { return s.hole[i] })
	search := &patch.Search{Image: s.img, Target: make([]bool, w*h), Valid: make([]bool, w*h)}
	known := raster.New(w, h)
	for y := range h {
		for x := range w {
			i := y*w + x
			if inner := s.img.Inner(x, y); inner {
				search.Target[i], search.Valid[i] = open[i], !closed[i]
			}
			if search.Valid[i] {
				sources++
			}
			if !s.hole[i] {
				known.P[i] = 1
			}
		}
	}
	edge := raster.Distance(context.Background(), known)
	known.Free()
	return &level{scene: s, search: search, edge: edge}, sources
}

// reach marks the pixels whose patch holds a marked one.
func (s *scene) reach(marked func(i int) bool) []bool {
	w, h := s.W(), s.H()
	across, down := make([]bool, w*h), make([]bool, w*h)
	for y := range h {
		last := -1 << 30
		for x := range w + patch.Radius {
			if x < w && marked(y*w+x) {
				last = x
				for k := max(0, x-patch.Radius); k < x; k++ {
					across[y*w+k] = true
				}
			}
			if x < w && x-last <= patch.Radius {
				across[y*w+x] = true
			}
		}
	}
	for y := range h {
		for x := range w {
			if !across[y*w+x] {
				continue
			}
			for k := max(0, y-patch.Radius); k <= min(h-1, y+patch.Radius); k++ {
				down[k*w+x] = true
			}
		}
	}
	return down
}

// filler works through the levels from the smallest to the finest.
type filler struct {
	levels []*level
	seed   uint64
	tell   func(string, float64)
	odd    *raster.Plane // how little each known pixel is like anything else, 0…1, at any size; nil: not known
}

// run fills the hole. The smaller levels are filled by patches that agree, which finds what belongs where; from the first that
// has room for lines on, whole pieces are copied, which stay sharp.
func (f *filler) run(ctx context.Context) (*mosaic, error) {
	repeats, size := f.repeats(ctx)
	defer func() { f.odd.Free() }()
	last, first := len(f.levels)-1, f.first()
	for n := last; n >= first; n-- {
		l := f.levels[n]
		l.search.Seed = f.seed + uint64(n)
		l.search.Ready()
		l.tries(repeats[:min(tries, len(repeats))], float64(l.scene.W())/float64(size))
		if n == last {
			l.scene.diffuse(ctx)
			l.guess()
			l.field = l.search.Random(ctx)
		} else {
			l.scene.enlarge(f.levels[n+1].scene)
			l.field = l.search.Scaled(ctx, f.levels[n+1].field)
		}
		if err := f.agree(ctx, n); err != nil {
			return nil, err
		}
	}
	return f.tiled(ctx, first, repeats, size)
}

// first is the largest level on which the hole is small enough to choose pieces for it.
func (f *filler) first() int {
	for n, l := range f.levels {
		if l.scene.holes <= mosaicPixels {
			return n
		}
	}
	return len(f.levels) - 1
}

// agree lets a level's patches agree with each other.
func (f *filler) agree(ctx context.Context, n int) error {
	l, last := f.levels[n], len(f.levels)-1
	rounds, sweep := 6+2*n, 0
	if n == 0 {
		rounds = 3
	}
	for round := range rounds {
		for range sweeps(round) {
			l.search.Improve(ctx, l.field, sweep)
			sweep++
		}
		l.spread = l.usual()
		l.vote(ctx)
		l.search.Measure(ctx, l.field)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f.tell("filling", 0.5*(float64(last-n)+float64(round+1)/float64(rounds))/float64(last-f.first()+1))
	}
	return nil
}

// sweeps is how often matches are improved before a vote; the first time they are guesses.
func sweeps(round int) int {
	if round == 0 {
		return 4
	}
	return 2
}

// repeatsSide is the short side, about, at which steps of repetition are looked for.
const repeatsSide = 170

// repeats returns the steps by which the surroundings repeat themselves, in pixels of a picture size pixels wide.
func (f *filler) repeats(ctx context.Context) (steps [][2]int, size int) {
	best := f.levels[len(f.levels)-1]
	for _, l := range f.levels {
		if min(l.scene.W(), l.scene.H()) >= repeatsSide {
			best = l
		}
	}
	apart := max(8, min(best.scene.W(), best.scene.H())/12)
	steps, like := patch.Repeats(ctx, best.scene.img, best.search.Valid, apart, repeatWays, f.seed)
	if like != nil {
		f.odd = oddness(ctx, best.scene.img, like)
	}
	return steps, best.scene.W()
}

// tries is how many of these steps every patch tries.
const tries = 8

// tries lets the search try each step, there and back.
func (l *level) tries(steps [][2]int, scale float64) {
	w := l.scene.W()
	l.search.Offsets = nil
	for _, s := range steps {
		dx, dy := int(math.Round(float64(s[0])*scale)), int(math.Round(float64(s[1])*scale))
		if d := int32(dy*w + dx); d != 0 {
			l.search.Offsets = append(l.search.Offsets, d, -d)
		}
	}
}

// usual is a quarter of the distance that a quarter of the matches are below: votes that forgive more turn grass into fog.
func (l *level) usual() float32 {
	var all []float32
	for i, from := range l.field.Source {
		if from >= 0 {
			all = append(all, l.field.Distance[i])
		}
	}
	slices.Sort(all)
	return all[len(all)/4]/4 + 1.0/2550
}
