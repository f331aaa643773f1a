package painting

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"easel/engine/plan"
	"easel/engine/raster"
)

// study is what the painter looks at while deciding: the photo's plan, its own colours and directions, and the canvas.
type study struct {
	plan        *plan.Plan
	seed        uint64
	scope, care *raster.Plane // of newScope
	fine, broad *field
	canvas      *canvas
	sure        float32       // how far the matte can be trusted
	colourful   float32       // 0 for a photo without colours, 1 for most
	kept        *raster.Plane // where paint may go; nil is everywhere
	strength    float32       // force of the hand, 1 is the style's own
	fur         float32       // how little the features of an animal stand out from its fur, 0…1; 0 for people
	bareGround  bool          // patches of the ground may stay open
	ground      [3]float32    // the priming of the canvas
}

// isGround says whether the priming is seen at sample i.
func (s *study) isGround(i int) bool {
	c := s.canvas.colour
	return apart([3]float32{c[0].P[i], c[1].P[i], c[2].P[i]}, s.ground) < gapNear
}

// behind is 1 where a sample surely lies behind the subject.
func (s *study) behind(i int) float32 { return s.sure * (1 - s.plan.Matte.P[i]) }

const (
	darkFloor      = .02  // added before the root that makes differences in the dark count
	fillShare      = .10  // of the places that need no stroke but get one, so that calm parts show the brush too
	lightsLast     = .6   // how far lightness goes before chance in the order of strokes
	fitsLeast      = .42  // a stroke that an edge leaves less of its width is left to smaller brushes
	fitsBehind     = .10  // more than that behind the subject, where thin things are left out
	smallBehind    = 12   // k pixels: smaller brushes
	furLess        = .55  // than where an animal's eyes are
	behindPatience = .9   // need this much more of a difference behind the subject
	whiteJitter    = .12  // of the jitter is left on white
	pearl          = .5   // of the hues' straying is left out on light grays, where it shows most
	stubby         = 4.2  // half widths; a path below this makes a patch, not a stroke
	loose          = 2    // more than that behind the subject
	dabsWhere      = .5   // care: elsewhere a lone dab looks like dirt
	dabsBelow      = 4    // k pixels: only small brushes may dab
	blemish        = 2.4  // times the need: such a fleck on a face is painted over by any small brush
	spilt          = 4    // and what the lay-in spilt elsewhere by middling ones
	repairWith     = 8    // k pixels: the smallest of those; half of that size only where twice as much is amiss
	mending        = 1.5  // times the need more must be amiss for every halving below the scope, to be mended by that brush,
	mendBehind     = 2    // so much more behind the subject
	mendSkin       = 1.5  // and on skin, which would look like the photo
	gapMiss        = .10  // where no brush has been and the ground differs by this, any brush closes the gap
	gapNear        = .008 // squared distance to the ground's colour within which none has
	fleshLeast     = 8    // k pixels: brushes that cover all of a face, so that no ground shows in it
	fleshMost      = 20   // and the largest of those
	atSeed         = .6   // weight of the colour where the stroke begins against the mean under it
	bareShare      = .93  // of the lay-in is left out where the ground stays open
	barePatch      = 210  // k pixels from one patch of open ground to the next
	drifting       = 240  // k pixels over which warm and cool places change
	secondSpread   = 1.5  // how much further the second paint strays than the first
)

// candidate is a place that asks for a stroke.
type candidate struct {
	at    point
	miss  float32 // by how much the canvas differs there
	order float32
}

// decide looks at the canvas and chooses all strokes of one layer, at most limit.
func (s *study) decide(ctx context.Context, n, limit int, ref raster.RGB) *page {
	l := &layers[n]
	k := s.plan.K
	pg := newPage(s.plan.W, s.plan.H, l.reach(k))
	var miss, around *raster.Plane
	if n == 0 { // the ground is covered wherever it is
		miss, around = raster.New(s.plan.W, s.plan.H), raster.New(1, 1)
	} else {
		miss = s.missing(ctx, ref, .35*l.radius*k)
		around = s.around(ctx, miss, l.radius*k)
	}
	places := make([][]candidate, len(pg.sheets))
	none := func() struct{} { return struct{}{} }
	stage := "oil strokes " + string(rune('0'+n))
	raster.Each(ctx, len(pg.sheets), none, func(_ struct{}, i int) {
		places[i] = s.places(l, n, pg, i, miss, around, ref, raster.Rand(s.seed, stage, i))
	})
	raster.Free(miss, around)
	least := cutoff(places, limit)
	walkers := func() *walker {
		w := &walker{layer: l, radius: l.radius * k, ref: ref, canvas: s.canvas, field: s.fine, kept: s.kept}
		if l.radius > 12 {
			w.field = s.broad
		}
		return w
	}
	raster.Each(ctx, len(pg.sheets), walkers, func(w *walker, i int) {
		rng := raster.Rand(s.seed, stage+" walk", i)
		for _, c := range places[i] {
			if c.miss >= least {
				s.stroke(w, n, c.at, &pg.sheets[i], rng)
			}
		}
	})
	return pg
}

// missing is the mean difference between reference and canvas, blurred; roots are compared so that dark clothes ask
// for strokes as well as light ones do.
func (s *study) missing(ctx context.Context, ref raster.RGB, sigma float32) *raster.Plane {
	d := raster.New(s.plan.W, s.plan.H)
	c := s.canvas.colour
	raster.Rows(ctx, d.H, func(y0, y1 int) {
		for i := y0 * d.W; i < y1*d.W; i++ {
			var sum float32
			for j := range 3 {
				sum += abs(sqrt(max(0, ref[j].P[i])+darkFloor) - sqrt(max(0, c[j].P[i])+darkFloor))
			}
			d.P[i] = sum / 3
		}
	})
	out := raster.Gaussian(ctx, d, max(.6, sigma))
	d.Free()
	return out
}

// places lists where one tile asks for strokes, darks first.
func (s *study) places(l *layer, n int, pg *page, tile int, miss, around *raster.Plane, ref raster.RGB, rng *rand.Rand) []candidate {
	var found []candidate
	radius := l.radius * s.plan.K
	gap := max(1, l.gap*radius)
	x0, y0 := float32(tile%pg.cols*pg.side), float32(tile/pg.cols*pg.side)
	x1, y1 := min(x0+float32(pg.side), float32(s.plan.W)), min(y0+float32(pg.side), float32(s.plan.H))
	for y := y0; y < y1; y += gap {
		for x := x0; x < x1; x += gap {
			jx, jy, chance, slack, order := rng.Float32(), rng.Float32(), rng.Float32(), rng.Float32(), rng.Float32()
			p := point{min(x+jx*gap, x1-1), min(y+jy*gap, y1-1)}
			i := int(p.Y)*s.plan.W + int(p.X)
			light := luma([3]float32{ref[0].P[i], ref[1].P[i], ref[2].P[i]})
			if n == 0 && chance < s.bare(p, i, light) || n > 0 && !s.wanted(l, radius, i, round(miss.P[i]), chance, slack) {
				continue
			}
			if n > 0 && s.spot(i, miss.P[i], around.At(int(p.X)/spotStep, int(p.Y)/spotStep)) {
				continue
			}
			found = append(found, candidate{at: p, miss: round(miss.P[i]), order: order + lightsLast*round(light)})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.order, b.order) })
	return found
}

// bare is the chance that the lay-in leaves the toned ground open at a place: in patches behind the subject, where it
// is neither white nor black.
func (s *study) bare(p point, i int, light float32) float32 {
	if !s.bareGround {
		return 0
	}
	patch := raster.Smoothstep(.50, .62, raster.FBMAt(p.X, p.Y, barePatch*s.plan.K, 3, s.seed+11))
	tone := raster.Smoothstep(.06, .2, light) * (1 - raster.Smoothstep(.78, .90, light))
	return bareShare * patch * tone * raster.Smoothstep(.6, .95, s.behind(i)) * (1 - s.care.P[i])
}

// wanted reports whether sample i asks for a stroke of this layer.
func (s *study) wanted(l *layer, radius float32, i int, miss, chance, slack float32) bool {
	scope := s.scope.P[i]
	repair := miss > blemish*l.need && s.care.P[i] > .3 || miss > spilt*l.need && l.radius > repairWith ||
		miss > 2*spilt*l.need && l.radius > repairWith/2 || miss > gapMiss && s.isGround(i) ||
		scope > radius && miss > l.need*(1+(mending+mendBehind*s.behind(i)+mendSkin*s.care.P[i])*log2(scope/radius))
	if scope > radius*(.95+.35*slack) && !repair {
		return false
	}
	flesh := l.radius < fleshMost && l.radius > fleshLeast && s.care.P[i] > .3
	if flesh || miss > l.need*s.patience(l, i) {
		return true
	}
	return scope > .72*radius && chance < fillShare
}

func log2(v float32) float32 { return float32(math.Log2(float64(v))) }

// patience is how much more the canvas may differ than the layer asks: less where the eye goes, more behind the subject,
// where small brushes draw only what stands out.
func (s *study) patience(l *layer, i int) float32 {
	p := 1.3 - .3*s.care.P[i]
	p -= furLess * s.fur * s.care.P[i] // fur has less contrast than features have
	if l.radius < smallBehind {
		p += behindPatience * s.behind(i)
	}
	return p
}

// round takes the last bits off a value that decides.
func round(v float32) float32 { return float32(int(v*4096+.5)) / 4096 }

// cutoff is the difference from which on candidates are kept so that no more than limit remain; 0 keeps all.
func cutoff(places [][]candidate, limit int) float32 {
	var all []float32
	for _, list := range places {
		for _, c := range list {
			all = append(all, c.miss)
		}
	}
	if len(all) <= limit {
		return 0
	}
	slices.Sort(all)
	return all[len(all)-limit-1] + 1.0/8192
}

// stroke decides one stroke and records it on its sheet, unless an edge leaves it no room.
func (s *study) stroke(w *walker, n int, at point, sh *sheet, rng *rand.Rand) {
	l := w.layer
	colour := w.look(at.X, at.Y)
	radius := w.radius * (.85 + .3*rng.Float32())
	length := l.length * w.radius * (shortest + (longest-shortest)*rng.Float32())
	chance := [4]float32{rng.Float32(), rng.Float32(), rng.Float32(), rng.Float32()}
	lay := n == 0
	if !w.fits(at, radius) {
		return
	}
	if !lay {
		p, fit := w.settle(at, colour)
		if fit < (fitsLeast+fitsBehind*s.behind(w.index(at.X, at.Y)))*w.radius {
			return
		}
		at, radius = p, min(radius, fit)
	}
	i := w.index(at.X, at.Y)
	care := s.care.P[i]
	path, mean := w.walk(at, radius, length/2*(1-.3*care), colour, lay)
	if short := float32(len(path)-1) * max(1.5, radius/2); !lay && short < (stubby+loose*s.behind(i))*radius {
		if l.radius > dabsBelow || care < dabsWhere && !s.isGround(i) {
			return
		}
		path = w.dab(at, radius)
	}
	for j := range colour {
		colour[j] = atSeed*colour[j] + (1-atSeed)*mean[j]
	}
	m := mark{
		first: int32(len(sh.points)), count: int32(len(path)),
		radius: radius, cover: l.cover, body: thickness(luma(colour), l.radius),
		brush: l.brushFor(chance[0], chance[1]), mirror: chance[2] < .5,
	}
	if len(path) < 4 {
		m.brush = brushOf(filbert, chance[1])
	}
	drift := contrast(raster.FBMAt(at.X, at.Y, drifting*s.plan.K, 2, s.seed+5), 2.2)
	m.colour, m.second = mix(colour, s.strength*l.jitter*(1-.45*care), s.colourful, drift, chance[3], rng)
	sh.points = append(sh.points, path...)
	sh.marks = append(sh.marks, m)
}

// dab is the path of a touch where there is no way to go: a little longer than wide.
func (w *walker) dab(at point, radius float32) []point {
	dx, dy := w.field.at(at.X, at.Y)
	return []point{
		{at.X - 1.4*dx*radius, at.Y - 1.4*dy*radius}, at, {at.X + 1.4*dx*radius, at.Y + 1.4*dy*radius},
	}
}

// mix strays from a colour by jitter and gives the paint that is not quite mixed into it, lighter or darker. Whether the
// place is painted warmer or cooler drifts slowly over the canvas (warm, 0…1): hues by chance would look like confetti.
// White stays nearly white, and a photo without colours (colourful 0) nearly without.
func mix(c [3]float32, jitter, colourful, warm, light float32, rng *rand.Rand) (first, second [3]float32) {
	lab := raster.ToLab(c[0], c[1], c[2])
	jitter *= 1 - (1-whiteJitter)*raster.Smoothstep(.86, .95, lab.L)
	hues := .15 + .85*colourful
	hues *= 1 - pearl*raster.Smoothstep(.70, .85, lab.L)*raster.Smoothstep(.06, .02, sqrt(lab.A*lab.A+lab.B*lab.B))
	stray := func(by float32, dl, da, db float32) [3]float32 {
		r, g, b := raster.Lab{L: lab.L + .8*by*dl, A: lab.A + .45*hues*by*da, B: lab.B + .6*hues*by*db}.RGB()
		return [3]float32{raster.Clamp(r, 0, 1), raster.Clamp(g, 0, 1), raster.Clamp(b, 0, 1)}
	}
	u := func() float32 { return 2*rng.Float32() - 1 }
	hue := 2*warm - 1
	first = stray(jitter, .8*u(), .5*hue+.25*u(), .7*hue+.3*u())
	second = stray(secondSpread*jitter, 2*light-1, .4*hue+.25*u(), .5*hue+.4*u())
	return first, second
}

// luma is the Rec. 709 luma of a gamma-encoded colour.
func luma(c [3]float32) float32 { return .2126*c[0] + .7152*c[1] + .0722*c[2] }
