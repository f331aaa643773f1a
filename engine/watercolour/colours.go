package watercolour

import (
	"context"
	"math"

	"easel/engine/raster"
)

const (
	petTone    = 0.68  // where the plan's tone puts the middle of a subject without a face
	detail     = 1.15  // local contrast of the tone
	vividness  = 1.08  // chroma before pigments
	darkest    = 0.012 // linear light below which a wash gets no deeper
	blackest   = 0.003 // and below which a dark has no hue
	firstWash  = 0.17  // absorbance of the palest skin
	abstractly = 4.5   // radius of the colour simplification, in length units
)

// absorbance tabulates −ln of linear light over gamma-encoded values.
type absorbance [1025]float32

func newAbsorbance(least float32) *absorbance {
	var t absorbance
	for i := range t {
		t[i] = -float32(math.Log(float64(max(least, raster.ToLinear(float32(i)/1024)))))
	}
	return &t
}

func (t *absorbance) of(v float32) float32 {
	v = raster.Clamp(v, 0, 1) * 1024
	i := min(int(v), 1023)
	return t[i] + (v-float32(i))*(t[i+1]-t[i])
}

// mixColours simplifies the photo's colours into shapes and finds the pigments: level, hue and thresholds.
func (s *study) mixColours(ctx context.Context) {
	tone := s.p.Tone(ctx, s.skinTarget(), detail)
	table := newAbsorbance(darkest)

	halfFlow := shrinkFlow(ctx, s.p.Flow)
	halfColours := s.p.TintedAt(ctx, tone, vividness, 2)
	shapes := raster.Kuwahara(ctx, halfColours, halfFlow, max(2, abstractly*s.k/2))
	halfFlow.Free()
	defer shapes.Free()

	s.look = raster.Shrink(ctx, s.p.Importance, 2)
	if len(s.p.Faces) == 0 {
		for i, v := range s.look.P {
			s.look.P[i] = min(1, 1.5*v)
		}
	}
	if s.kin = s.p.Kin(ctx); s.kin != nil {
		s.mindKin(ctx)
	} else if figures := s.p.Figures(ctx); figures != nil {
		s.mindFigures(ctx, figures)
	}
	half := absorb(ctx, shapes, table)
	s.calmTextures(ctx, half, halfColours, table)
	halfColours.Free()
	if len(s.p.Faces) == 0 {
		s.noticeDarks(ctx, half)
	}
	s.level = raster.Enlarge(ctx, half, s.p.W, s.p.H)
	half.Free()
	s.sharpenFaces(ctx, tone, table)
	tone.Free()
	s.liftFolds(ctx)
	s.partFigures(ctx)
	for _, e := range s.p.Eyes {
		if e.LightR > 0 {
			s.openEye(e)
		}
	}
	s.quarterColours = shrink(ctx, shapes, 2)
	s.hue = s.pigments(ctx, shapes, newAbsorbance(blackest))
	s.bodyTones = s.bodyGlazes()
	s.faceTones = s.bodyTones
	if len(s.p.Faces) > 0 {
		s.faceTones = s.faceGlazes(s.level)
	}
}

// noticeDarks raises the attention to small darks in a light subject: the noses, eyes and mouths of animals that the
// plan did not find.
func (s *study) noticeDarks(ctx context.Context, level *raster.Plane) {
	around, matte := raster.Gaussian(ctx, level, 14*s.k), raster.Shrink(ctx, s.p.Matte, 2)
	known := raster.Gaussian(ctx, s.look, 35*s.k)
	defer raster.Free(around, matte, known)
	for i, v := range level.P {
		dark := 0.75 * raster.Smoothstep(0.8, 1.6, v-around.P[i]) * raster.Smoothstep(0.3, 0.8, matte.P[i])
		dark *= raster.Smoothstep(0.01, 0.06, known.P[i]) // beside what was found: legs and saddles are dark too
		s.look.P[i] = max(s.look.P[i], dark)
	}
}

// calmTextures takes larger shapes where fur, leaves or gravel would break the wash into crumbs, but not where the eye
// goes.
func (s *study) calmTextures(ctx context.Context, level *raster.Plane, colours raster.RGB, table *absorbance) {
	bold := float32(0) // how far strong contrasts are left: an animal may have its eyes where none were found
	if len(s.p.Faces) == 0 {
		bold = 0.7 * (1 - s.trust)
	}
	smooth := raster.Gaussian(ctx, level, 2.5*s.k)
	for i, v := range smooth.P {
		smooth.P[i] = float32(math.Abs(float64(level.P[i] - v)))
	}
	busy := raster.Gaussian(ctx, smooth, 9*s.k)
	rough := shrink(ctx, colours, 2)
	flow := raster.NewFlow(ctx, rough, max(1, s.k), 2)
	shapes := raster.Kuwahara(ctx, rough, flow, max(2, abstractly*s.k/2))
	flow.Free()
	rough.Free()
	coarse := absorb(ctx, shapes, table)
	shapes.Free()
	large := raster.Enlarge(ctx, coarse, level.W, level.H)
	defer raster.Free(smooth, busy, coarse, large)
	raster.Rows(ctx, level.H, func(y0, y1 int) {
		for i := y0 * level.W; i < y1*level.W; i++ {
			w := 0.85 * raster.Smoothstep(0.05, 0.12, busy.P[i]) * (1 - raster.Smoothstep(0.1, 0.5, s.look.P[i]))
			w *= 1 - bold*raster.Smoothstep(0.22, 0.45, busy.P[i])
			level.P[i] += w * (large.P[i] - level.P[i])
		}
	})
}

// absorb returns the mean absorbance of the channels.
func absorb(ctx context.Context, c raster.RGB, table *absorbance) *raster.Plane {
	out := raster.New(c.W(), c.H())
	raster.Rows(ctx, out.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			d, r, g, b := out.Row(y), c[0].Row(y), c[1].Row(y), c[2].Row(y)
			for x := range d {
				d[x] = (table.of(r[x]) + table.of(g[x]) + table.of(b[x])) / 3
			}
		}
	})
	return out
}

// sharpenFaces repeats the simplification with a smaller brush where the eye goes, and keeps the drawing of eyes and
// mouth.
func (s *study) sharpenFaces(ctx context.Context, tone *raster.Plane, table *absorbance) {
	box := s.focus()
	if box.Empty() {
		return
	}
	part, flow := s.p.TintedIn(ctx, tone, vividness, box), cropFlow(s.p.Flow, box)
	radius := s.faceBrush()
	near := s.nearness(box)
	defer near.Free()
	fine := raster.KuwaharaWithin(ctx, part, flow, radius, near)
	flow.Free()
	raw := absorb(ctx, part, table)
	part.Free()
	level := absorb(ctx, fine, table)
	fine.Free()
	local := raster.Gaussian(ctx, raw, 3*radius)
	defer raster.Free(raw, level, local)
	features := s.features(box)
	defer features.Free()
	raster.Rows(ctx, box.Dy(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			dst := s.level.Row(box.Min.Y + y)[box.Min.X:box.Max.X]
			n, f, r, l, e := near.Row(y), level.Row(y), raw.Row(y), local.Row(y), features.Row(y)
			for x := range dst {
				v := dst[x] + n[x]*(f[x]-dst[x])
				v += n[x] * firstWash * raster.Clamp(1-v/0.5, 0, 1) // skin is never bare paper
				crisp := r[x] + 0.5*max(0, r[x]-l[x])               // darker only: lighter would be a halo
				dst[x] = v + e[x]*(crisp-v)
			}
		}
	})
}

// liftFolds strengthens local contrast in the darks: compressed later, dark clothes would lose their folds.
func (s *study) liftFolds(ctx context.Context) {
	base := raster.Gaussian(ctx, s.level, 30*s.k)
	defer base.Free()
	raster.Rows(ctx, base.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			dst, b, look := s.level.Row(y), base.Row(y), s.p.Importance.Row(y)
			for x, v := range dst {
				deep := raster.Smoothstep(1.0, 2.2, b[x]) * raster.Smoothstep(1.2, 2.0, v) * (1 - look[x])
				dst[x] = max(0, v+1.3*deep*(v-b[x]))
			}
		}
	})
}

// pigments returns the hue of the simplified colours. Two things that a painter does: near-neutral darks are mixed
// from indigo and sienna instead of black, and shadows run from cool to warm.
func (s *study) pigments(ctx context.Context, shapes raster.RGB, table *absorbance) raster.RGB {
	soft := raster.RGB{}
	for i := range soft {
		soft[i] = raster.Gaussian(ctx, shapes[i], 1.2*s.k)
	}
	var wide *raster.Plane
	if len(s.p.Faces) == 0 {
		wide = stains(ctx, shapes, 20*s.k, table)
	} else {
		wide = raster.New(soft.W(), soft.H()) // beside a face black is clothes or hair
	}
	quarter := s.noise(ctx, 260, 3, "temperature")
	temper := raster.Enlarge(ctx, quarter, soft.W(), soft.H())
	defer raster.Free(wide, quarter, temper)
	rose := s.blush(soft.W(), soft.H())
	defer rose.Free()
	raster.Rows(ctx, soft.H(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			r, g, b, t, look := soft[0].Row(y), soft[1].Row(y), soft[2].Row(y), temper.Row(y), s.look.Row(y)
			beside := wide.Row(y)
			for x, warm := range rose.Row(y) {
				c := [3]float32{table.of(r[x]), table.of(g[x]), table.of(b[x])}
				r[x], g[x], b[x] = pigment(c, t[x]-0.5, look[x], beside[x])
				r[x], g[x], b[x] = r[x]*(1-0.16*warm), g[x]*(1+0.10*warm), b[x]*(1-0.04*warm)
			}
		}
	})
	return soft
}

// pigment turns absorbances into a hue with mean 1; temper is the drift from cool (positive) to warm.
// beside is the stain of the colours around.
func pigment(c [3]float32, temper, look, beside float32) (r, g, b float32) {
	mean := (c[0] + c[1] + c[2]) / 3
	var dev [3]float32
	var chroma float32
	for i := range c {
		dev[i] = (c[i]+0.03)/(mean+0.03) - 1
		chroma = max(chroma, float32(math.Abs(float64(dev[i]))))
	}
	// Strong hues are held back, or warm skin turns orange when its wash deepens.
	limit := 1.10 + 0.22*raster.Smoothstep(1.2, 0.4, mean)
	if chroma > 0.42 {
		limit *= (0.42 + 0.62*(chroma-0.42)) / chroma
	}
	deep := raster.Smoothstep(0.9, 2.2, mean)
	gray := float32(1)
	if deep > 0 {
		// What looks black or gray has a hue in its absorbance, too: thinned to a light wash it would show. A dark brown
		// has hardly more of it, and would turn to ash.
		gray = raster.Smoothstep(0.10, 0.045, max(stain(c), beside))
		limit *= 1 + deep*(0.15-gray)
	}
	shadow := raster.Smoothstep(0.5, 1.6, mean)
	neutral := raster.Smoothstep(0.30, 0.06, chroma) * deep * gray
	cool := (0.20*temper*shadow + neutral*(0.02+0.20*temper)) * (1 - 0.7*look)
	return max(0.05, 1+limit*dev[0]+cool), max(0.05, 1+limit*dev[1]+0.05*cool), max(0.05, 1+limit*dev[2]-1.05*cool)
}

// stains is the stain of the colours around each place, for sigma in plan pixels: black in brown fur is brown fur in the
// shade.
func stains(ctx context.Context, shapes raster.RGB, sigma float32, table *absorbance) *raster.Plane {
	var wide raster.RGB
	for i := range wide {
		wide[i] = raster.Gaussian(ctx, shapes[i], sigma/2)
	}
	defer wide.Free()
	out := raster.New(wide.W(), wide.H())
	raster.Rows(ctx, out.H, func(y0, y1 int) {
		for i := y0 * out.W; i < y1*out.W; i++ {
			out.P[i] = stain([3]float32{table.of(wide[0].P[i]), table.of(wide[1].P[i]), table.of(wide[2].P[i])})
		}
	})
	return out
}

// stain is how far the channels of a colour of these absorbances lie apart on the screen. Warm ones count for more: a
// brown black is brown fur or hair, a blue black mostly reflects the sky.
func stain(c [3]float32) float32 {
	const perGamma, warmth = -1 / 2.2, 2.4
	most, least := min(c[0], c[1], c[2]), max(c[0], c[1], c[2])
	apart := float32(math.Exp(perGamma*float64(most)) - math.Exp(perGamma*float64(least)))
	if c[0] < c[2] {
		apart *= warmth
	}
	return apart
}
