package plan

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

// Tone returns the luma that a style should draw, 0…1: each face is lifted or lowered so that its skin comes near
// target, whatever the person's skin tone or the exposure; details are multiplied by contrast (1 leaves them). Faces
// far from the middle are pulled only part of the way, so that dark skin stays dark and fair skin fair.
func (p *Plan) Tone(ctx context.Context, target, contrast float32) *raster.Plane {
	l := p.balanced(ctx, target)
	p.calmSkin(ctx, l)
	if contrast == 1 {
		return l
	}
	base := raster.Guided(ctx, l, l, max(1, max(p.W, p.H)/60), 0.01)
	defer base.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			l.P[i] = raster.Clamp(base.P[i]+contrast*(l.P[i]-base.P[i]), 0, 1)
		}
	})
	return l
}

// balanced is the stretched luma with faces, or else the subject, brought towards the target.
func (p *Plan) balanced(ctx context.Context, target float32) *raster.Plane {
	l := p.Luma.Clone()
	if len(p.Faces) > 0 {
		p.balanceFaces(ctx, l, target)
	} else {
		p.balanceSubject(ctx, l, target)
	}
	return l
}

// Pulled is the tone that a face of median luma m is brought to: the target, or only 70 % of the way there for faces
// that are very dark or very light.
func Pulled(m, target float32) float32 {
	far := max(raster.Smoothstep(0.42, 0.28, m), raster.Smoothstep(0.80, 0.90, m))
	return m + (1-0.3*far)*(target-m)
}

// curve is how a face is brought to its tone: v to the power of gamma, times gain.
type curve struct{ gamma, gain float32 }

// towards returns the curve that brings m to the pulled target. Gamma alone would turn the eyes of a very light face
// into holes, so beyond 1.6 the rest is done by dimming; what is burnt out stays light.
func towards(m, target float32) curve {
	m = raster.Clamp(m, 0.02, 0.98)
	want := Pulled(m, target)
	exact := math.Log(float64(want)) / math.Log(float64(m))
	c := curve{raster.Clamp(float32(exact), 0.40, 1.6), 1}
	if exact > 1.6 {
		c.gain = max(0.85, want/power(m, c.gamma))
	}
	return c
}

// balanceFaces applies a curve around each face that fades out towards the shoulders.
func (p *Plan) balanceFaces(ctx context.Context, l *raster.Plane, target float32) {
	gamma, gain, weight := raster.New(p.W, p.H), raster.New(p.W, p.H), raster.New(p.W, p.H)
	defer raster.Free(gamma, gain, weight)
	for _, f := range p.Faces {
		c := towards(p.skinTone(f), target)
		s := f.Size
		p.within(ctx, f, 1.6, func(x, y float32, i int) {
			d := ellipse(x, y, face.Point{X: f.X, Y: f.Y}, 0.75*s, 0.95*s, 1, 0)
			w := 1 - raster.Smoothstep(0.6, 1.6, d)
			gamma.P[i] += w * (c.gamma - 1)
			gain.P[i] += w * (c.gain - 1)
			weight.P[i] += w
		})
	}
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			if w := weight.P[i]; w > 0 {
				k := 1 / max(1, w)
				l.P[i] = power(l.P[i], 1+gamma.P[i]*k) * (1 + gain.P[i]*k)
			}
		}
	})
}

// skinTone is the 55th percentile of luma in the inner box of a face.
func (p *Plan) skinTone(f face.Face) float32 {
	s := f.Size
	x0, x1 := max(0, int(f.X-0.28*s)), min(p.W, int(f.X+0.28*s)+1)
	y0, y1 := max(0, int(f.Y-0.25*s)), min(p.H, int(f.Y+0.35*s)+1)
	if x0 >= x1 || y0 >= y1 {
		return 0.5
	}
	part := raster.New(x1-x0, y1-y0)
	defer part.Free()
	for y := range part.H {
		copy(part.Row(y), p.Luma.Row(y0 + y)[x0:x1])
	}
	return part.Percentile(0.55, nil)
}

// power is v to the power g for v in 0…1.
func power(v, g float32) float32 {
	if v <= 0 {
		return 0
	}
	return float32(math.Exp(float64(g) * math.Log(float64(v))))
}

// balanceSubject is for photos without faces: the tones inside the matte are stretched and brought to the target, and
// three quarters of that are taken over. The target is met only part of the way: a black cat must not turn grey, nor a
// white one. A matte that may be wrong fades out softly, or its edge would be drawn.
func (p *Plan) balanceSubject(ctx context.Context, l *raster.Plane, target float32) {
	const strength, pull, leastRange = 0.75, 0.6, 0.45
	lo, hi := p.Luma.Percentile(0.02, p.Matte), p.Luma.Percentile(0.98, p.Matte)
	median := p.Luma.Percentile(0.5, p.Matte)
	if hi-lo < 0.02 {
		return
	}
	// Black fur keeps its darkness and white fur its light: what a narrow range lacks is added on the other side.
	lack := max(0, leastRange-(hi-lo))
	lo, hi = lo-lack*median, hi+lack*(1-median)
	target = median + pull*(target-median)
	middle := raster.Clamp((median-lo)/(hi-lo), 0.02, 0.98)
	g := raster.Clamp(float32(math.Log(float64(target))/math.Log(float64(middle))), 0.5, 2.2)
	doubt := 1 - raster.Smoothstep(0.4, 0.9, p.MatteConfidence)
	share := raster.Gaussian(ctx, p.Matte, (4+90*doubt)*p.K)
	defer share.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			if m := share.P[i]; m > 0.002 {
				v := power(raster.Clamp((l.P[i]-lo)/(hi-lo), 0, 1), g)
				l.P[i] += strength * m * (v - l.P[i])
			}
		}
	})
}

// calmSkin removes the texture of skin, which drawn looks like blotches; edges of features stay.
func (p *Plan) calmSkin(ctx context.Context, l *raster.Plane) {
	if len(p.Faces) == 0 {
		return
	}
	largest := float32(0)
	for _, f := range p.Faces {
		largest = max(largest, f.Size)
	}
	calm := raster.Guided(ctx, l, l, max(1, int(largest/60+0.5)), 0.001)
	defer calm.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			if w := raster.Smoothstep(0.2, 0.4, p.Importance.P[i]); w > 0 {
				l.P[i] += w * (calm.P[i] - l.P[i])
			}
		}
	})
}
