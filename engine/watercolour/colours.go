package watercolour

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

const (
	skinTone   = 0.76 // where the plan's tone puts the middle of a face
	detail     = 1.25 // local contrast of the tone
	vividness  = 1.08 // chroma before pigments
	darkest    = 0.012
	abstractly = 4.5 // radius of the colour simplification, in length units
)

// layers is the number of glazes; layerStart is the absorbance at which each begins on an even picture, and
// layerStep what it adds.
const layers = 5

var (
	layerStart = [layers]float32{0.16, 0.42, 0.85, 1.5, 2.3}
	layerStep  = [layers]float32{0.27, 0.33, 0.50, 0.75, 0.95}
	layerShare = [layers]float32{0.14, 0.38, 0.62, 0.82, 0.94} // of the subject lies below it
)

// absorbance tabulates −ln of linear light over gamma-encoded values.
type absorbance [1025]float32

func newAbsorbance() *absorbance {
	var t absorbance
	for i := range t {
		t[i] = -float32(math.Log(float64(max(darkest, raster.ToLinear(float32(i)/1024)))))
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
	tone := s.p.Tone(ctx, skinTone, detail)
	colours := s.p.Tinted(ctx, tone, vividness)
	tone.Free()
	defer colours.Free()
	table := newAbsorbance()

	halfFlow := shrinkFlow(ctx, s.p.Flow)
	halfColours := shrink(ctx, colours, 2)
	shapes := raster.Kuwahara(ctx, halfColours, halfFlow, max(2, abstractly*s.k/2))
	halfColours.Free()
	halfFlow.Free()
	defer shapes.Free()

	s.look = raster.Shrink(ctx, s.p.Importance, 2)
	half := absorb(ctx, shapes, table)
	s.level = raster.Enlarge(ctx, half, s.p.W, s.p.H)
	half.Free()
	s.sharpenFaces(ctx, colours, table)
	s.liftFolds(ctx)
	s.quarterColours = shrink(ctx, shapes, 2)
	s.hue = s.pigments(ctx, shapes, table)
	for i, share := range layerShare {
		found := s.level.Percentile(share, s.p.Matte)
		s.thresholds[i] = 0.6*layerStart[i] + 0.4*raster.Clamp(found, 0.6*layerStart[i], 1.5*layerStart[i])
	}
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
func (s *study) sharpenFaces(ctx context.Context, colours raster.RGB, table *absorbance) {
	box := s.focus()
	if box.Empty() {
		return
	}
	part, flow := crop(colours, box), cropFlow(s.p.Flow, box)
	radius := s.faceBrush()
	fine := raster.Kuwahara(ctx, part, flow, radius)
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
			look := s.p.Importance.Row(box.Min.Y + y)[box.Min.X:box.Max.X]
			f, r, l, e := level.Row(y), raw.Row(y), local.Row(y), features.Row(y)
			for x := range dst {
				v := dst[x] + raster.Smoothstep(0.15, 0.6, look[x])*(f[x]-dst[x])
				crisp := max(0, r[x]+0.5*(r[x]-l[x]))
				dst[x] = v + e[x]*(crisp-v)
			}
		}
	})
}

// focus is the smallest box around what matters most.
func (s *study) focus() image.Rectangle {
	box := image.Rectangle{}
	for y := range s.look.H {
		for x, v := range s.look.Row(y) {
			if v > 0.15 {
				box = box.Union(image.Rect(2*x, 2*y, 2*x+2, 2*y+2))
			}
		}
	}
	return box.Intersect(image.Rect(0, 0, s.p.W, s.p.H))
}

// faceBrush is the radius of the simplification in faces, in pixels: larger for larger faces, which are painted and
// not copied.
func (s *study) faceBrush() float32 {
	if len(s.p.Faces) == 0 {
		return max(2, 3.2*s.k)
	}
	return raster.Clamp(0.010*s.p.Faces[0].Size, 2, 4.5*s.k+0.5)
}

// liftFolds strengthens local contrast in the darks: compressed later, dark clothes would lose their folds.
func (s *study) liftFolds(ctx context.Context) {
	base := raster.Gaussian(ctx, s.level, 30*s.k)
	defer base.Free()
	raster.Rows(ctx, base.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			dst, b := s.level.Row(y), base.Row(y)
			for x, v := range dst {
				dst[x] = max(0, v+0.5*raster.Smoothstep(0.9, 1.7, b[x])*(v-b[x]))
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
	quarter := s.noise(ctx, 150, 3, "temperature")
	temper := raster.Enlarge(ctx, quarter, soft.W(), soft.H())
	defer raster.Free(quarter, temper)
	raster.Rows(ctx, soft.H(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			r, g, b, t, look := soft[0].Row(y), soft[1].Row(y), soft[2].Row(y), temper.Row(y), s.look.Row(y)
			for x := range r {
				c := [3]float32{table.of(r[x]), table.of(g[x]), table.of(b[x])}
				r[x], g[x], b[x] = pigment(c, t[x]-0.5, look[x])
			}
		}
	})
	return soft
}

// pigment turns absorbances into a hue with mean 1; temper is the drift from cool (positive) to warm.
func pigment(c [3]float32, temper, look float32) (r, g, b float32) {
	mean := (c[0] + c[1] + c[2]) / 3
	var dev [3]float32
	var chroma float32
	for i := range c {
		dev[i] = (c[i]+0.03)/(mean+0.03) - 1
		chroma = max(chroma, float32(math.Abs(float64(dev[i]))))
	}
	// Strong hues are held back, or warm skin turns orange when its wash deepens.
	limit := float32(1.04)
	if chroma > 0.45 {
		limit *= (0.45 + 0.75*(chroma-0.45)) / chroma
	}
	shadow := raster.Smoothstep(0.5, 1.6, mean)
	neutral := raster.Smoothstep(0.30, 0.06, chroma) * raster.Smoothstep(0.9, 2.2, mean)
	cool := temper*(0.45*shadow*(1-0.6*look)) + neutral*(0.07+0.55*temper)
	return max(0.05, 1+limit*dev[0]+cool), max(0.05, 1+limit*dev[1]+0.05*cool), max(0.05, 1+limit*dev[2]-1.05*cool)
}
