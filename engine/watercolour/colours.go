package watercolour

import (
	"context"
	"math"

	"easel/engine/raster"
)

const (
	petTone    = 0.68  // where the plan's tone puts the middle of a subject without a face
	darkCoat   = 0.28  // by how much less far dark fur is lightened: it stays a dark animal
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
	s.leaveGround(ctx, tone)
	table := newAbsorbance(darkest)

	halfFlow := shrinkFlow(ctx, s.p.Flow)
	halfColours := s.p.TintedAt(ctx, tone, vividness, 2)
	shapes := raster.Kuwahara(ctx, halfColours, halfFlow, max(2, abstractly*s.k/2))
	strokes := s.hairs(ctx, tone, halfFlow, table)
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
	s.calmTextures(ctx, half, halfColours, halfFlow, table)
	halfColours.Free()
	halfFlow.Free()
	if len(s.p.Faces) == 0 {
		s.noticeDarks(ctx, half)
	}
	s.brush(half, strokes)
	strokes.Free()
	s.level = raster.Enlarge(ctx, half, s.p.W, s.p.H)
	half.Free()
	s.sharpenFaces(ctx, tone, table)
	tone.Free()
	s.shadeLights(ctx)
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
// goes. Level, colours and flow are at half the plan's size.
func (s *study) calmTextures(ctx context.Context, level *raster.Plane, colours raster.RGB, along *raster.Flow, table *absorbance) {
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
	flow := shrinkFlow(ctx, along)
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

// shadeLights deepens the shadows in light fur, which are a few shades of white in a photo: a painter lays a wash there
// and leaves the lights to the paper.
func (s *study) shadeLights(ctx context.Context) {
	const more = 0.65 // of the absorbance is added
	if len(s.p.Faces) > 0 {
		return
	}
	raster.Rows(ctx, s.p.H, func(y0, y1 int) {
		for i := y0 * s.p.W; i < y1*s.p.W; i++ {
			v := s.level.P[i]
			s.level.P[i] += more * v * raster.Smoothstep(0.9, 0.25, v) * s.p.Matte.P[i]
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
