package matting

import (
	"context"
	"math"

	"easel/engine/raster"
)

// Foreground estimates the colours of the subject alone, as large as c and in 0…1, so that a cutout shows no halo of
// the old ground where alpha is partial: the multi-level method of Germer and others (ICPR 2020). c and the result
// are in one encoding; alpha is as large as c. When the context ends the result is unspecified.
func Foreground(ctx context.Context, c raster.RGB, alpha *raster.Plane) raster.RGB {
	w, h := c.W(), c.H()
	levels := max(1, int(math.Ceil(math.Log2(float64(max(w, h))))))
	front, back := firstColours(c, alpha)
	for n := 1; n <= levels; n++ {
		share := float64(n) / float64(levels)
		lw := max(1, int(math.Round(math.Pow(float64(w), share))))
		lh := max(1, int(math.Round(math.Pow(float64(h), share))))
		a := nearestOf(alpha, lw, lh)
		sweeps := 2
		if max(lw, lh) <= 32 {
			sweeps = 10
		}
		raster.Each(ctx, len(c), func() struct{} { return struct{}{} }, func(_ struct{}, k int) {
			colour := nearestOf(c[k], lw, lh)
			f, b := nearestOf(front[k], lw, lh), nearestOf(back[k], lw, lh)
			for range sweeps {
				sweep(ctx, colour, a, f, b)
			}
			raster.Free(colour, front[k], back[k])
			front[k], back[k] = f, b
		})
		a.Free()
		if ctx.Err() != nil {
			return c.Clone()
		}
	}
	back.Free()
	return front
}

// firstColours are planes of one sample: the mean colours of what is surely subject and surely ground.
func firstColours(c raster.RGB, alpha *raster.Plane) (front, back raster.RGB) {
	for k := range c {
		var f, b, nf, nb float64
		for i, a := range alpha.P {
			switch v := float64(c[k].P[i]); {
			case a > 0.9:
				f, nf = f+v, nf+1
			case a < 0.1:
				b, nb = b+v, nb+1
			}
		}
		front[k], back[k] = raster.New(1, 1), raster.New(1, 1)
		front[k].P[0], back[k].P[0] = float32(f/max(nf, 1)), float32(b/max(nb, 1))
	}
	return front, back
}

// nearestOf resamples by the nearest sample.
func nearestOf(p *raster.Plane, w, h int) *raster.Plane {
	q := raster.New(w, h)
	for y := range h {
		row, from := q.Row(y), p.Row(min(p.H-1, y*p.H/h))
		for x := range row {
			row[x] = from[min(p.W-1, x*p.W/w)]
		}
	}
	return q
}

// sweep solves the two colours of every pixel from its neighbours' once (Gauss and Seidel).
func sweep(ctx context.Context, colour, alpha, front, back *raster.Plane) {
	w, h := colour.W, colour.H
	for y := range h {
		if ctx.Err() != nil {
			return
		}
		up, down := max(y-1, 0)*w, min(y+1, h-1)*w
		for x := range w {
			i := y*w + x
			a := alpha.P[i]
			var total, f, b float32
			for _, j := range [4]int{up + x, down + x, y*w + max(x-1, 0), y*w + min(x+1, w-1)} {
				n := 1e-5 + abs(a-alpha.P[j])
				total += n
				f += n * front.P[j]
				b += n * back.P[j]
			}
			f += a * colour.P[i]
			b += (1 - a) * colour.P[i]
			ff, fb, bb := a*a+total, a*(1-a), (1-a)*(1-a)+total
			det := ff*bb - fb*fb
			front.P[i] = raster.Clamp((bb*f-fb*b)/det, 0, 1)
			back.P[i] = raster.Clamp((ff*b-fb*f)/det, 0, 1)
		}
	}
}
