package matting

import (
	"context"

	"easel/engine/raster"
)

// known outweighs what the neighbourhood says where a pixel's side is certain; doubtful is the pull towards the cut in
// the band between: less of it follows hair further, more of it keeps thin leaves apart from what is behind them.
const (
	known    = 10
	doubtful = 0.05
)

// closed finds the soft matte between pixels that are certain by local linear models of colour: closed-form matting
// (Levin, Lischinski and Weiss 2008) with windows of radius r. Its Laplacian is the identity less the guided filter
// with the same guide (He, Sun and Tang 2010), so conjugate gradients need no matrix. sure is 1 where the matte is
// known, cut the hard mask, start the first guess; the result is a new plane in 0…1.
func closed(ctx context.Context, guide raster.RGB, sure, cut, start *raster.Plane, r int, eps float32, rounds int) *raster.Plane {
	filter := raster.NewGuided(ctx, guide, r, eps)
	defer filter.Free()
	pull := raster.New(cut.W, cut.H)
	defer pull.Free()
	for i, s := range sure.P {
		pull.P[i] = known*s + doubtful*(1-s)
	}
	apply := func(p *raster.Plane) *raster.Plane {
		q := filter.Apply(ctx, p)
		for i, v := range p.P {
			q.P[i] = v - q.P[i] + pull.P[i]*v
		}
		return q
	}
	x := start.Clone()
	residual := apply(x)
	for i, v := range residual.P {
		residual.P[i] = pull.P[i]*cut.P[i] - v
	}
	direction := residual.Clone()
	power := dot(residual, residual)
	for range rounds {
		if ctx.Err() != nil || power < 1e-6*float64(len(x.P)) {
			break
		}
		step := apply(direction)
		bend := dot(direction, step)
		if bend <= 0 {
			step.Free()
			break
		}
		a := float32(power / bend)
		for i, d := range direction.P {
			x.P[i] += a * d
			residual.P[i] -= a * step.P[i]
		}
		step.Free()
		next := dot(residual, residual)
		b := float32(next / power)
		power = next
		for i, v := range residual.P {
			direction.P[i] = v + b*direction.P[i]
		}
	}
	raster.Free(residual, direction)
	for i, v := range x.P {
		x.P[i] = raster.Clamp(v, 0, 1)
	}
	return x
}

// dot is the inner product of two planes.
func dot(a, b *raster.Plane) float64 {
	sum := 0.0
	for i, v := range a.P {
		sum += float64(v) * float64(b.P[i])
	}
	return sum
}
