package raster

import (
	"context"
	"iter"
	"math"
)

// Normalise returns 0.5 + 0.25·(L − mean)/(deviation + 0.06) with Gaussian windows of sigma pixels, so that lines in
// dark and in pale parts answer alike.
func Normalise(ctx context.Context, luma *Plane, sigma float32) *Plane {
	square := dirty(luma.W, luma.H)
	for i, v := range luma.P {
		square.P[i] = v * v
	}
	mean, second := Gaussian(ctx, luma, sigma), Gaussian(ctx, square, sigma)
	square.Free()
	defer second.Free()
	Rows(ctx, luma.H, func(y0, y1 int) {
		l, m, s := luma.P[y0*luma.W:y1*luma.W], mean.P[y0*luma.W:], second.P[y0*luma.W:]
		m, s = m[:len(l)], s[:len(l)]
		for i, v := range l {
			deviation := float32(math.Sqrt(float64(max(0, s[i]-m[i]*m[i]))))
			m[i] = 0.5 + 0.25*(v-m[i])/(deviation+0.06)
		}
	})
	return mean
}

// FDoG returns the line response of Kang 2007: a difference of Gaussians sigma and 1.6·sigma (the wider one times
// tau) across the flow, averaged by a Gaussian sigmaM along it. Dark lines are where it is low.
func FDoG(ctx context.Context, src *Plane, f *Flow, sigma, sigmaM, tau float32) *Plane {
	return FDoGWithin(ctx, src, f, sigma, sigmaM, tau, nil, 0)
}

// FDoGWithin is FDoG where a plane is above 0 and 0 elsewhere, in the time of those parts alone. Where is nil for
// everywhere. Idle is the share of them, 0…1, in which no line is expected: there, where the answer across the flow is
// highest, it is not averaged along it, which is what takes most time.
func FDoGWithin(ctx context.Context, src *Plane, f *Flow, sigma, sigmaM, tau float32, where *Plane, idle float32) *Plane {
	if sigmaM < 0.3 {
		sigmaM = 0
	}
	kernels := newCrossKernels(sigma, tau)
	across := New(src.W, src.H)
	reach := kernels.reach + 1
	wide := padded(ctx, src, reach)
	near := where
	if where != nil { // flow lines lead this far out of it
		near = around(ctx, where, int(math.Ceil(float64(2.5*sigmaM)))+2)
		defer near.Free()
	}
	Rows(ctx, src.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x0, x1 := range runs(near, y, src.W) {
				kernels.row(across.Row(y)[x0:x1], wide, f.Tx.Row(y)[x0:], f.Ty.Row(y)[x0:], x0, y, reach)
			}
		}
	})
	wide.Free()
	if sigmaM == 0 {
		return across
	}
	defer across.Free()
	// Along a line the response changes slowly, so long kernels take longer steps.
	step := Clamp(sigmaM/3, 1, 2)
	along := taps(sigmaM / step)
	along = along[:int(math.Ceil(float64(2*sigmaM/step)))+1]
	dst := New(src.W, src.H)
	walk := flowWalk{across.P, f.Tx.P, f.Ty.P, src.W, float32(src.W - 1), float32(src.H - 1), step}
	quiet := float32(math.Inf(1))
	if idle > 0 {
		quiet = lowest(across, where, 1-idle)
	}
	ahead := step * float32(len(along)/3+1)
	Rows(ctx, src.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := dst.Row(y)
			for x0, x1 := range runs(where, y, src.W) {
				for x := x0; x < x1; x++ {
					if v := across.P[y*src.W+x]; v > quiet && walk.beside(x, y, ahead) > quiet {
						row[x] = v
						continue
					}
					row[x] = walk.mean(x, y, along)
				}
			}
		}
	})
	return dst
}

// lowest is the value below which a share of the samples lies where a plane is above 0.
func lowest(p, where *Plane, share float32) float32 {
	part := dirty(p.W, p.H)
	defer part.Free()
	n := 0
	for i := 0; i < len(p.P); i += 3 {
		if where == nil || where.P[i] > 0 {
			part.P[n] = p.P[i]
			n++
		}
	}
	if n == 0 {
		return float32(math.Inf(1))
	}
	return (&Plane{W: n, H: 1, P: part.P[:n]}).Percentile(share, nil)
}

// around is 1 within r rows and columns of where a plane is above 0.
func around(ctx context.Context, where *Plane, r int) *Plane {
	mask := dirty(where.W, where.H)
	for i, v := range where.P {
		mask.P[i] = 0
		if v > 0 {
			mask.P[i] = 1
		}
	}
	defer mask.Free()
	out := Box(ctx, mask, r)
	least := 0.5 / float32((2*r+1)*(2*r+1))
	for i, v := range out.P {
		out.P[i] = 0
		if v > least {
			out.P[i] = 1
		}
	}
	return out
}

// runs yields the parts [x0, x1) of row y in which a plane is above 0; the whole row where there is no plane.
func runs(where *Plane, y, w int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		if where == nil {
			yield(0, w)
			return
		}
		row := where.Row(y)
		for x := 0; x < w; x++ {
			if row[x] <= 0 {
				continue
			}
			x0 := x
			for x < w && row[x] > 0 {
				x++
			}
			if !yield(x0, x) {
				return
			}
		}
	}
}

// stretchSteps is the number of kernels between steps of length 1 (along an axis) and √2 (along a diagonal).
const stretchSteps = 16

// crossKernels are the right halves of kernels across the flow. Samples are taken where the normal meets the grid
// lines of its main axis: there only two neighbours need be mixed, and the step is 1…√2 pixels long.
type crossKernels struct {
	taps  [stretchSteps + 1][]float32
	reach int // in grid lines
}

func newCrossKernels(sigma, tau float32) *crossKernels {
	var c crossKernels
	far := 2.5 * 1.6 * float64(sigma)
	for i := range c.taps {
		step := 1 + (math.Sqrt2-1)*float64(i)/stretchSteps
		n := max(1, int(math.Ceil(far/step)))
		narrow, wide := sampled(float64(sigma), step, n), sampled(1.6*float64(sigma), step, n)
		k := make([]float32, n+1)
		for j := range k {
			k[j] = float32(narrow[j] - float64(tau)*wide[j])
		}
		c.taps[i] = k
		c.reach = max(c.reach, n)
	}
	return &c
}

// sampled is the right half of a Gaussian at multiples of step, with a sum of 1 over both halves.
func sampled(sigma, step float64, n int) []float64 {
	k := make([]float64, n+1)
	total := 0.0
	for j := range k {
		d := float64(j) * step / sigma
		k[j] = math.Exp(-0.5 * d * d)
		total += k[j]
		if j > 0 {
			total += k[j]
		}
	}
	for j := range k {
		k[j] /= total
	}
	return k
}

// row filters row y from x0 on across the flow; src is padded by reach.
func (c *crossKernels) row(dst []float32, src *Plane, tx, ty []float32, x0, y, reach int) {
	const one = 1 << 16 // positions between two samples are whole numbers of 1/65536
	tx, ty = tx[:len(dst)], ty[:len(dst)]
	p := src.P
	at := (y+reach)*src.W + reach + x0
	for x := range dst {
		// The normal is (−ty, tx); main leads to the next grid line, minor along it.
		main, minor := 1, src.W
		lead, slope := -ty[x], tx[x]
		if slope*slope > lead*lead {
			main, minor = minor, main
			lead, slope = slope, lead
		}
		slope /= lead
		length := float32(math.Sqrt(float64(1 + slope*slope)))
		k := c.taps[int((length-1)*(stretchSteps/0.41422)+0.5)]
		turn := int(slope * one)
		sum := k[0] * p[at+x]
		a, b, shift := at+x, at+x, 0
		for _, v := range k[1:] {
			a, b, shift = a+main, b-main, shift+turn
			i, j := a+(shift>>16)*minor, b+(-shift>>16)*minor
			s, t := float32(shift&(one-1))*(1.0/one), float32(-shift&(one-1))*(1.0/one)
			u, w := p[i], p[j]
			sum += v * (u + s*(p[i+minor]-u) + w + t*(p[j+minor]-w))
		}
		dst[x] = sum
	}
}

// padded returns a copy with r edge samples more on every side, so that kernels need not test for borders.
func padded(ctx context.Context, src *Plane, r int) *Plane {
	dst := dirty(src.W+2*r, src.H+2*r)
	Rows(ctx, dst.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			pad(dst.Row(y), src.Row(min(max(y-r, 0), src.H-1)), r)
		}
	})
	return dst
}

// flowWalk follows flow lines over a plane.
type flowWalk struct {
	p, tx, ty     []float32
	w             int
	right, bottom float32
	step          float32
}

// beside is the least of the samples so far ahead and back along the tangent of a pixel.
func (f *flowWalk) beside(x, y int, far float32) float32 {
	at := y*f.w + x
	dx, dy := int(far*f.tx[at]), int(far*f.ty[at])
	h := len(f.p) / f.w
	a := min(max(y+dy, 0), h-1)*f.w + min(max(x+dx, 0), f.w-1)
	b := min(max(y-dy, 0), h-1)*f.w + min(max(x-dx, 0), f.w-1)
	return min(f.p[a], f.p[b])
}

// mean averages along the flow line through a pixel, as far as it stays inside. Both ways are walked in turn: each
// step waits for the tangent of the one before, and two walks wait together.
func (f *flowWalk) mean(x, y int, k []float32) float32 {
	at := y*f.w + x
	sum, weight := k[0]*f.p[at], k[0]
	dx, dy := f.step*f.tx[at], f.step*f.ty[at]
	ax, ay, bx, by := float32(x), float32(y), float32(x), float32(y)
	adx, ady, bdx, bdy := dx, dy, -dx, -dy
	a, b := true, true
	for _, v := range k[1:] {
		var s float32
		if a {
			if s, ax, ay, adx, ady, a = f.next(ax, ay, adx, ady); a {
				sum += v * s
				weight += v
			}
		}
		if b {
			if s, bx, by, bdx, bdy, b = f.next(bx, by, bdx, bdy); b {
				sum += v * s
				weight += v
			}
		}
	}
	return sum / weight
}

// next takes one step and returns the sample there, the position, the step to take from there and whether it is
// still inside.
func (f *flowWalk) next(x, y, dx, dy float32) (s, nx, ny, ndx, ndy float32, inside bool) {
	x, y = x+dx, y+dy
	if x < 0 || y < 0 || x >= f.right || y >= f.bottom {
		return 0, x, y, dx, dy, false
	}
	ix, iy := int(x), int(y)
	fx, fy := x-float32(ix), y-float32(iy)
	i := iy*f.w + ix
	top, low := f.p[i:i+2:i+2], f.p[i+f.w:i+f.w+2:i+f.w+2]
	a, b := top[0]+fx*(top[1]-top[0]), low[0]+fx*(low[1]-low[0])
	// The tangent of the nearest pixel, turned the way of the walk.
	i += int(fx+0.5) + int(fy+0.5)*f.w
	ux, uy := f.step*f.tx[i], f.step*f.ty[i]
	if ux*dx+uy*dy < 0 {
		ux, uy = -ux, -uy
	}
	return a + fy*(b-a), x, y, ux, uy, true
}
