package pencil

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// shade builds the tone from broad soft strokes to short fine ones, as a hand does.
func shade(ctx context.Context, s *stroke.Sheet, p *plan.Plan, target, subject *raster.Plane, o Options) {
	seed := o.Seed
	hand := handField(ctx, p, seed)
	form := formField(ctx, p, hand)
	defer hand.Free()
	defer form.Free()
	tx, ty := stroke.Turn(1, 0, -20*math.Pi/180)
	cross := stroke.Straight{TX: tx, TY: ty}
	small := fine(p)
	soft := 1 - 0.5*small // single strokes on a small sheet must not be darker than features
	darks := raster.New(p.W, p.H)
	focus, veil, broad := raster.New(p.W, p.H), raster.New(p.W, p.H), raster.New(p.W, p.H)
	defer raster.Free(darks, focus, veil, broad)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			t := target.P[i]
			darks.P[i] = t * raster.Smoothstep(0.42, 0.6, t)
			veil.P[i] = 0.35 * t
			// Where the eye goes the broad strokes leave room for fine ones.
			broad.P[i] = t * (1 - (0.4+0.5*small)*p.Importance.P[i])
			focus.P[i] = t * raster.Smoothstep(0.1, 0.5, p.Importance.P[i]*subject.P[i])
		}
	})
	k, noise := unit(p), 2*p.Noise
	detail := max(raster.Clamp(stroke.FaceSize(p)/(330*k), 0.55, 1)*k, min(0.75, k))
	steps := []struct {
		name   string
		target *raster.Plane
		field  stroke.Field
		pass   stroke.Pass
		share  float64
	}{
		{"veil", veil, hand, stroke.Pass{Length: 60 * k, Width: 6 * k, Dark: 0.16, Spacing: 9 * k, Threshold: 0.04 + noise, Jitter: 0.08, Rounds: 1}, 0.1},
		{"hatch", broad, hand, stroke.Pass{Length: 80 * k, Width: 1.9 * k, Dark: 0.5 * soft, Spacing: 6 * k, Threshold: 0.06 + noise, Jitter: 0.06, Rounds: 2}, 0.25},
		{"form", broad, form, stroke.Pass{Length: 48 * k, Width: 1.7 * k, Dark: 0.55 * soft, Spacing: 5 * k, Threshold: 0.06 + noise, Jitter: 0.08, Rounds: 2}, 0.25},
		{"cross", darks, cross, stroke.Pass{Length: 40 * k, Width: 1.9 * k, Dark: 0.6, Spacing: 5 * k, Threshold: 0.08, Jitter: 0.10, Rounds: 2}, 0.1},
		{"flow", target, form, stroke.Pass{Length: 24 * k, Width: 1.3 * k, Dark: 0.62 * soft, Spacing: 3.4 * k, Threshold: 0.08 + noise, Jitter: 0.10, Rounds: 2}, 0.15},
		{"skin", focus, form, stroke.Pass{Length: 26 * detail, Width: 1.25 * detail, Dark: 0.42 * soft, Spacing: 3 * detail, Threshold: 0.04 + noise, Jitter: 0.08, Rounds: 2}, 0.05},
		{"focus", focus, p.Flow, stroke.Pass{Length: 10 * detail, Width: 1.0 * detail, Dark: 0.65, Spacing: 2.2 * detail, Threshold: 0.06 + noise, Jitter: 0.10, Rounds: 2}, 0.10},
	}
	done := 0.0
	for _, step := range steps {
		s.Shade(ctx, step.target, step.field, step.pass, seed, step.name, func(f float64) {
			o.Tell("Laying in tone", 0.15+0.6*(done+step.share*f))
		})
		if ctx.Err() != nil {
			return
		}
		done += step.share
	}
}

// handField is how a right hand hatches: one slant that wanders slowly, bending round the volume of a head.
func handField(ctx context.Context, p *plan.Plan, seed uint64) *stroke.Grid {
	const slant = -47 * math.Pi / 180
	return stroke.NewGrid(ctx, p.W, p.H, 8, 30*p.K, func(x, y int) (c, s float32) {
		fx, fy := float32(x), float32(y)
		a := slant + 0.5*float64(raster.FBMAt(fx, fy, 420*p.K, 2, seed+11)-0.5)
		for _, f := range p.Faces {
			dx, dy := (fx-f.X)/(0.55*f.Size), (fy-f.Y)/(0.75*f.Size)
			if w := raster.Smoothstep(1.25, 0.7, float32(math.Hypot(float64(dx), float64(dy)))); w > 0 {
				a += float64(w) * 0.55 * float64(raster.Clamp(dx, -1, 1)+0.35*raster.Clamp(dy, -1, 1))
			}
		}
		sin, cos := math.Sincos(2 * a)
		return float32(cos), float32(sin)
	})
}

// formField follows hair, fur and folds where the photo shows a direction, and the hand elsewhere.
func formField(ctx context.Context, p *plan.Plan, hand *stroke.Grid) *stroke.Grid {
	return stroke.NewGrid(ctx, p.W, p.H, 3, 3*p.K, func(x, y int) (c, s float32) {
		fx, fy := float32(x), float32(y)
		i := y*p.W + x
		w := p.Flow.Coherence.P[i] * raster.Smoothstep(0.006, 0.03, p.Flow.Energy.P[i])
		tx, ty := p.Flow.At(fx, fy)
		fc, fs := stroke.Double(tx, ty)
		hx, hy := hand.At(fx, fy)
		hc, hs := stroke.Double(hx, hy)
		return w*fc + (1-w)*0.5*hc, w*fs + (1-w)*0.5*hs
	})
}

// unit is the plan's length unit, but never so small that strokes vanish in a preview.
func unit(p *plan.Plan) float32 { return max(p.K, 0.4) }
