package pencil

import (
	"context"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// density is the tone plan: how much graphite each place is to hold, 0…1.
func density(ctx context.Context, p *plan.Plan, luma, subject, margin *raster.Plane, o Options) *raster.Plane {
	curve := pencilCurve(luma, subject)
	fine := raster.Gaussian(ctx, luma, 2*p.K)
	out := raster.New(p.W, p.H)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			l := raster.Clamp(luma.P[i], 0, 1)
			tone := 0.65*l + 0.35*curve[int(l*float32(len(curve)-1))] + 0.8*(l-fine.P[i])
			out.P[i] = raster.Clamp(1-tone, 0, 1)
		}
	})
	fine.Free()
	eyes(p, luma, out)
	behind(ctx, p, out, subject, o)
	laid := graphite(plan.Strength(o.Strength))
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			at := out.P[i] * (steps - 1)
			j := min(int(at), steps-2)
			out.P[i] = (laid[j] + (at-float32(j))*(laid[j+1]-laid[j])) * margin.P[i]
		}
	})
	return out
}

const steps = 2048 // of a curve of tones

// graphite is how much is laid for darknesses from 0 to 1 by a hand of a force.
func graphite(force float32) *[steps]float32 {
	forced := (&stroke.Sheet{Force: force}).Forced
	var laid [steps]float32
	for i := range laid {
		d := float32(i) / (steps - 1)
		t := 0.9 * float32(math.Pow(float64(max(0, (d-0.03)/0.97)), 1.05))
		// The deepest shadows are worked until no paper shows: a drawing with grey blacks looks faded.
		t += (0.98 - t) * raster.Smoothstep(0.62, 0.92, d)
		laid[i] = forced(t * raster.Smoothstep(0.05, 0.11, d))
	}
	return &laid
}

// pencilCurve maps luma to the tones that pencil drawings have (Lu, Xu and Jia 2012): much paper, an even stretch of
// greys, a few darks. It is fitted inside the subject.
func pencilCurve(luma, subject *raster.Plane) []float32 {
	const n = 512
	var have, want [n]float64
	var sum float64
	for i, l := range luma.P {
		if w := float64(subject.P[i]); w > 0.02 {
			have[int(raster.Clamp(l, 0, 1)*(n-1))] += w
			sum += w
		}
	}
	var total float64
	for i := range want {
		v := 255 * float64(i) / (n - 1)
		want[i] = 0.52 * math.Exp(-(255-v)/9) / 9
		if v >= 105 && v <= 225 {
			want[i] += 0.37 / 120
		}
		want[i] += 0.11 * math.Exp(-(v-90)*(v-90)/(2*11*11)) / (11 * math.Sqrt(2*math.Pi))
		total += want[i]
	}
	curve := make([]float32, n)
	var a, b float64
	j := 0
	for i := range curve {
		a += have[i] / max(sum, 1)
		for j < n-1 && b+want[j]/total < a {
			b += want[j] / total
			j++
		}
		curve[i] = float32(j) / (n - 1)
	}
	return curve
}

// behind quietens what is not the subject: soft masses without contours, and darker ground round a light subject.
func behind(ctx context.Context, p *plan.Plan, out, subject *raster.Plane, o Options) {
	const keep, edged = 0.30, 0.75 // share of the ground's tone that is drawn: the style's own, and within a painted edge
	const mostBehind = 0.16        // mean density of a ground of the style's own
	soft := raster.Gaussian(ctx, out, 9*p.K)
	defer soft.Free()
	share := raster.New(p.W, p.H)
	defer share.Free()
	switch o.Background {
	case plan.OwnGround:
		fading(ctx, p, share, o.Seed)
		// Behind a figure before a black wall the ground would stand like a cloud of smoke.
		tone := keep * min(1, mostBehind/max(groundTone(p, soft), 1e-3)/keep)
		for i := range share.P {
			share.P[i] *= tone
		}
	case plan.EdgedGround:
		// The subject's plane is 1 on it and less on what is around it.
		for i, v := range subject.P {
			share.P[i] = edged * raster.Smoothstep(0, 0.5, v)
		}
	}
	var ground *raster.Plane
	if stroke.Sets(p, o.Background) {
		ground = p.Behind(ctx, 85*p.K, o.Seed)
		defer ground.Free()
	}
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			b := share.P[i] * soft.P[i]
			if ground != nil {
				b = 0.73*b + 0.50*ground.P[i]*(0.4+0.6*soft.P[i])
			}
			out.P[i] = b + subject.P[i]*(out.P[i]-b)
		}
	})
}

// groundTone is the mean density of what the matte leaves out.
func groundTone(p *plan.Plan, density *raster.Plane) float32 {
	var sum, n float32
	for i, m := range p.Matte.P {
		if i%5 == 0 && m < 0.1 {
			sum, n = sum+density.P[i], n+1
		}
	}
	return sum / max(n, 1)
}

// fading is 1 near the subject and falls irregularly: ground belongs to a figure; away from it the sheet is left empty.
// Where the outline is in doubt it falls less.
func fading(ctx context.Context, p *plan.Plan, share *raster.Plane, seed uint64) {
	trust := stroke.Trust(p)
	near := raster.Gaussian(ctx, p.Matte, 115*p.K)
	drift := raster.FBM(ctx, p.W, p.H, 240*p.K, 3, seed+31)
	defer raster.Free(near, drift)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			halo := raster.Smoothstep(0.02, 0.42, near.P[i]+0.5*(drift.P[i]-0.5)) * raster.Smoothstep(0, 0.08, near.P[i])
			share.P[i] = 1 + trust*(halo-1)
		}
	})
}

// eyes deepens the contrast where a look meets the viewer's: lash line, iris and pupil against the white.
func eyes(p *plan.Plan, luma, out *raster.Plane) {
	for _, f := range p.Faces {
		if !f.HasEyes {
			continue
		}
		for _, e := range [2][2]float32{{f.LeftEye.X, f.LeftEye.Y}, {f.RightEye.X, f.RightEye.Y}} {
			r := 0.13 * f.Size
			mean := discMean(luma, e[0], e[1], 0.8*r)
			for y := max(int(e[1]-r), 0); y <= min(int(e[1]+r), p.H-1); y++ {
				for x := max(int(e[0]-r), 0); x <= min(int(e[0]+r), p.W-1); x++ {
					dx, dy := float32(x)-e[0], (float32(y)-e[1])*1.3
					w := raster.Smoothstep(r, 0.45*r, float32(math.Sqrt(float64(dx*dx+dy*dy))))
					i := y*p.W + x
					out.P[i] = raster.Clamp(out.P[i]-w*(0.3+0.5*fine(p))*(luma.P[i]-mean), 0, 1)
				}
			}
		}
	}
}

func discMean(luma *raster.Plane, cx, cy, r float32) float32 {
	var sum, n float32
	for y := int(cy - r); y <= int(cy+r); y++ {
		for x := int(cx - r); x <= int(cx+r); x++ {
			sum += luma.At(x, y)
			n++
		}
	}
	return sum / max(n, 1)
}
