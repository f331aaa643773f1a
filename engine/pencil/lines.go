package pencil

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// lines draws the contours and features. They stay weaker than the tone: where tone is missing they carry the form,
// where it is there they only sharpen it.
func lines(ctx context.Context, s *stroke.Sheet, p *plan.Plan, luma, subject, margin *raster.Plane, seed uint64) {
	size := stroke.FaceSize(p)
	sigma := raster.Clamp(0.0022*size, 0.7, 1.6)
	local := raster.Normalise(ctx, luma, raster.Clamp(size/6, 8, float32(max(p.W, p.H))/27))
	response := raster.FDoGWithin(ctx, local, p.Flow, sigma, 4*sigma, 0.995, nil, 0.5)
	local.Free()
	defer response.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			response.P[i] *= -(0.25 + 0.75*subject.P[i])
		}
	})
	if ctx.Err() != nil {
		return
	}
	shares := response.Percentiles(subject, 0.92, 0.80)
	high, low := shares[0], shares[1]
	found := stroke.Trace(response, p.Flow, stroke.Tracing{
		High: max(high, 0.004), Low: max(low, 0.002), Apart: 2, Smooth: 2, Step: 3,
		Shortest: func(x, y float32) float32 {
			return (26 - 18*p.Importance.At(int(x), int(y))) * p.K
		},
	})
	for i, l := range found {
		if i&255 == 255 && ctx.Err() != nil {
			return
		}
		s.Draw(contour(l, i, p, subject, margin, high, seed), 0.8)
	}
}

// contour turns a traced line into one light stroke of the hand that swells with the strength of the edge.
func contour(l stroke.Line, i int, p *plan.Plan, subject, margin *raster.Plane, high float32, seed uint64) []stroke.Node {
	rng := raster.Rand(seed, "contour", i)
	ripple := stroke.NewNoise(rng)
	path := make([]stroke.Node, len(l))
	for j, q := range l {
		x, y := int(q.X+0.5), int(q.Y+0.5)
		u := float32(j) / float32(max(len(l)-1, 1))
		taper := min(1, 5*min(u, 1-u))
		strong := raster.Smoothstep(0.6*high, 3.4*high, q.Strength)
		imp := p.Importance.At(x, y)
		v := (0.16 + 0.5*strong) * (0.85 + 0.15*ripple.At(float32(j)*3/(40*p.K))) * subject.At(x, y) * margin.At(x, y)
		path[j] = stroke.Node{
			X: q.X, Y: q.Y,
			Width:    (1.2 + 0.9*strong - 0.2*imp) * unit(p) * (0.6 + 0.4*taper),
			Pressure: v * (0.3 + 0.7*taper),
		}
	}
	return path
}

// lights lifts the catchlight in every eye with a kneaded eraser, where the photo has it.
func lights(s *stroke.Sheet, p *plan.Plan) {
	for _, f := range p.Faces {
		if !f.HasEyes {
			continue
		}
		for _, e := range [2]face.Point{f.LeftEye, f.RightEye} {
			x, y, ok := catchlight(p.Luma, e, 0.035*f.Size)
			if !ok {
				continue
			}
			r := max(0.006*f.Size, 0.7)
			s.Draw([]stroke.Node{{X: x - 0.3*r, Y: y, Width: 2 * r, Pressure: 1}, {X: x + 0.3*r, Y: y, Width: 1.8 * r, Pressure: 1}}, -0.95)
		}
	}
}

// catchlight finds the brightest point near the pupil; it is one only when it stands out from the iris.
func catchlight(luma *raster.Plane, e face.Point, r float32) (x, y float32, ok bool) {
	best, sum, n := float32(-1), float32(0), float32(0)
	for j := int(e.Y - r); j <= int(e.Y+0.6*r); j++ {
		for i := int(e.X - r); i <= int(e.X+r); i++ {
			if math.Hypot(float64(float32(i)-e.X), float64(float32(j)-e.Y)) > float64(r) {
				continue
			}
			v := luma.At(i, j)
			sum, n = sum+v, n+1
			if v > best {
				best, x, y = v, float32(i), float32(j)
			}
		}
	}
	return x, y, n > 0 && best > sum/n+0.12
}
