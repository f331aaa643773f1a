package sketch

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// accents sets the darks that hold a likeness: pupils, lashes, brows, nostrils, hair, fur.
//
// Of what has no face they are graphite, through which the paper's grain is seen, and black in the cores of eyes and noses
// only: large darks would be blots.
func (a *artist) accents(ctx context.Context) {
	const graphite = 0.75
	pet, lean := len(a.Faces) == 0, float32(1)
	if pet {
		lean = 0.85
	}
	doubt := raster.Smoothstep(0.7, 0.4, a.MatteConfidence) // then a hillside's spots must not be drawn like clothes
	small := a.small()
	hollow := a.hollows(ctx)
	black := min(a.Luma.Percentile(0.06, a.Importance), 0.1) // of what the eye goes to; a stripe of fur is not black
	ground := a.beside(doubt)
	defer raster.Free(hollow, ground)
	target, near, folds := raster.New(a.W, a.H), raster.New(a.W, a.H), raster.New(a.W, a.H)
	defer raster.Free(target, near, folds)
	raster.Rows(ctx, a.H, func(y0, y1 int) {
		for i := y0 * a.W; i < y1*a.W; i++ {
			if a.subject.P[i] == 0 {
				continue
			}
			l, imp := a.luma.P[i], a.Importance.P[i]*(1-0.7*ground.P[i])
			spot := raster.Smoothstep(0.06, 0.28, hollow.P[i]) // small and dark: a nose, a nostril, a shadow's core
			if !pet {
				// Within dark clothes much of it would be a halo round hands and collars.
				spot *= (1 - 0.7*doubt) * (0.4 + 0.6*raster.Smoothstep(0.1, 0.35, a.mass.P[i]))
			}
			calm := a.calm.P[i]
			if !pet {
				calm *= calm * (1 - 0.7*doubt*ground.P[i]) // a face says who is drawn; of two dogs one is as likely as the other
			}
			w := a.subject.P[i] * max(imp, calm*(0.34+0.55*spot)) * a.margin.P[i]
			deep := raster.Smoothstep(0.35, 0.12, l)
			local := raster.Clamp(0.25+4*hollow.P[i]+0.5*deep*imp, 0, 1)
			folds.P[i] = a.sheet.Forced(0.5 * raster.Smoothstep(0.08, 0.3, hollow.P[i]) * raster.Smoothstep(0.08, 0.35, l) * calm * a.subject.P[i] * a.margin.P[i] * (1 - a.skin.P[i]))
			target.P[i] = a.sheet.Forced(min(w*raster.Clamp(1.9*(0.52+0.15*small*imp-l), 0, 1)*local*1.3, 0.97))
			// Short strokes are for features and crisp fur; all over a soft ground they would be grains of rice.
			near.P[i] = target.P[i] * max(raster.Smoothstep(0.3, 0.6, imp), raster.Smoothstep(0.006, 0.02, a.Flow.Energy.P[i]*a.K))
			if pet {
				// The eye of an animal is a few strokes: short ones do not reach the tone that is asked for.
				core := raster.Smoothstep(black+0.2, black+0.06, a.Luma.P[i]) * raster.Smoothstep(0.25, 0.5, imp)
				target.P[i] = min(target.P[i], graphite)
				near.P[i] = min(near.P[i]*(1+0.9*spot*raster.Smoothstep(0.1, 0.35, imp)), graphite+0.5*core)
			} else if imp > 0.2 {
				near.P[i] = max(near.P[i], a.sheet.Forced((1-ground.P[i])*a.subject.P[i]*a.dab(i%a.W, i/a.W, i)))
			}
		}
	})
	fine := max(raster.Clamp(a.size/(300*a.K), 0.5, 1)*a.K, min(0.75, a.K))
	// Folds, stripes and tufts are darker than what is around them, however light the coat.
	a.sheet.Shade(ctx, folds, a.Flow, stroke.Pass{
		Length: 34 * a.K, Width: 2 * a.K, Dark: 0.75 * lean, Spacing: 6 * a.K, Threshold: 0.1, Jitter: 0.12, Stop: 0.3, Rounds: 2,
	}, a.seed, "fold", nil)
	long := float32(26) // small figures are lost in long strokes, hair is made of them
	if !pet {
		long += 24 * (1 - small)
	}
	a.sheet.Shade(ctx, target, a.grain, stroke.Pass{
		Length: long * a.K, Width: 2.2 * a.K, Dark: 0.7 * lean, Spacing: 4.5 * a.K, Threshold: 0.1, Jitter: 0.1, Rounds: 2,
	}, a.seed, "accent", nil)
	a.sheet.Shade(ctx, near, a.grain, stroke.Pass{
		Length: 12 * fine, Width: 1.5 * fine, Dark: 0.9 * lean, Spacing: 2.6 * fine, Threshold: 0.09, Jitter: 0.1, Rounds: 2,
	}, a.seed, "feature", nil)
}

// slant is the hand's, in radians.
const slant = -49 * math.Pi / 180

// along is the direction of hair, fur and folds where the photo shows one, and the slant of the hand elsewhere.
func (a *artist) along(ctx context.Context) *stroke.Grid { return a.lie(ctx, 3, 0.3, 4) }

// lie is a direction as along is one, kept for every step-th pixel, in which the hand's slant has a weight, over lengths in
// length units.
func (a *artist) lie(ctx context.Context, step int, weight, length float32) *stroke.Grid {
	tx, ty := stroke.Turn(1, 0, slant)
	hc, hs := stroke.Double(tx, ty)
	return stroke.NewGrid(ctx, a.W, a.H, step, length*a.K, func(x, y int) (c, s float32) {
		i := y*a.W + x
		w := a.Flow.Coherence.P[i] * raster.Smoothstep(0.003, 0.02, a.Flow.Energy.P[i]*a.K)
		c, s = stroke.Double(a.Flow.Tx.P[i], a.Flow.Ty.P[i])
		return w*c + (1-w)*weight*hc, w*s + (1-w)*weight*hs
	})
}

// construction leaves the first marks of a portrait standing: the oval of the head, its middle and the line of the
// eyes, hardly visible. Only for heads that are large enough to be constructed.
func (a *artist) construction(_ context.Context) {
	short := float32(min(a.W, a.H))
	for n, f := range a.Faces {
		if n == 3 || f.Size < 0.14*short {
			return
		}
		rng := raster.Rand(a.seed, "construction", n)
		h := hand{width: 1.3, force: 0.3, tremor: 3, wave: 160}
		for turn := range 2 {
			rx, ry := (0.55+0.03*float32(turn))*f.Size, (0.74+0.02*float32(turn))*f.Size
			a.line(oval(f, rx, ry, rng.Float32()*6, 5.2+1.6*rng.Float32()), h, rng)
		}
		a.line(across(f, 0, -0.62, 0, 0.74), h, rng)
		if f.HasEyes {
			a.line(across(f, -0.5, -0.12, 0.5, -0.12), h, rng)
		}
	}
}

// oval is part of an ellipse round a face: from an angle over a sweep, in radians.
func oval(f face.Face, rx, ry, from, sweep float32) stroke.Line {
	n := max(int(sweep*ry/6), 8)
	sin, cos := math.Sincos(float64(f.Tilt))
	line := make(stroke.Line, n)
	for i := range line {
		s, c := math.Sincos(float64(from + sweep*float32(i)/float32(n-1)))
		x, y := float64(rx)*c, float64(ry)*s
		line[i] = stroke.Point{X: f.X + float32(x*cos-y*sin), Y: f.Y + 0.02*f.Size + float32(x*sin+y*cos)}
	}
	return line
}

// across is a straight line in a face's own coordinates, in units of its size.
func across(f face.Face, x0, y0, x1, y1 float32) stroke.Line {
	sin, cos := math.Sincos(float64(f.Tilt))
	line := make(stroke.Line, 24)
	for i := range line {
		t := float32(i) / float32(len(line)-1)
		x, y := float64(x0+t*(x1-x0)), float64(y0+t*(y1-y0))
		line[i] = stroke.Point{X: f.X + f.Size*float32(x*cos-y*sin), Y: f.Y + f.Size*float32(x*sin+y*cos)}
	}
	return line
}
