package raster

import (
	"context"
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
	k := crossTaps(sigma, tau)
	across := dirty(src.W, src.H)
	reach := len(k) + 1
	wide := padded(ctx, src, reach)
	Rows(ctx, src.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			acrossRow(across.Row(y), wide, f.Tx.Row(y), f.Ty.Row(y), k, y, reach)
		}
	})
	wide.Free()
	if sigmaM < 0.3 {
		return across
	}
	defer across.Free()
	along := taps(sigmaM)
	along = along[:int(math.Ceil(float64(2*sigmaM)))+1]
	dst := dirty(src.W, src.H)
	Rows(ctx, src.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := dst.Row(y)
			for x := range row {
				row[x] = alongFlow(across, f, x, y, along)
			}
		}
	})
	return dst
}

// crossTaps returns the right half of the kernel across the flow, out to 2.5 deviations of the wider Gaussian.
func crossTaps(sigma, tau float32) []float32 {
	narrow, wide := taps(sigma), taps(1.6*sigma)
	n := int(math.Ceil(2.5 * 1.6 * float64(sigma)))
	k := make([]float32, min(n, len(wide)-1)+1)
	for i := range k {
		k[i] = -tau * wide[i]
		if i < len(narrow) {
			k[i] += narrow[i]
		}
	}
	// What the cut tails held goes to the widest taps' share, so that flat parts answer 1 − tau exactly.
	sum := k[0]
	for _, v := range k[1:] {
		sum += 2 * v
	}
	k[0] += 1 - tau - sum
	return k
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

// acrossRow filters one row across the flow; src is padded by reach.
func acrossRow(dst []float32, src *Plane, tx, ty, k []float32, y, reach int) {
	tx, ty = tx[:len(dst)], ty[:len(dst)]
	stride, p := src.W, src.P
	for x := range dst {
		nx, ny := -ty[x], tx[x]
		cx, cy := float32(x+reach), float32(y+reach)
		sum := k[0] * p[(y+reach)*stride+x+reach]
		for i := 1; i < len(k); i++ {
			dx, dy := float32(i)*nx, float32(i)*ny
			sum += k[i] * (bilinear(p, stride, cx+dx, cy+dy) + bilinear(p, stride, cx-dx, cy-dy))
		}
		dst[x] = sum
	}
}

// bilinear interpolates between four samples that must all exist.
func bilinear(p []float32, stride int, x, y float32) float32 {
	ix, iy := int(x), int(y)
	fx, fy := x-float32(ix), y-float32(iy)
	a := p[iy*stride+ix:]
	a = a[: stride+2 : stride+2]
	top := a[0] + fx*(a[1]-a[0])
	bottom := a[stride] + fx*(a[stride+1]-a[stride])
	return top + fy*(bottom-top)
}

// alongFlow averages along the flow line through a pixel, as far as it stays inside.
func alongFlow(src *Plane, f *Flow, x, y int, k []float32) float32 {
	i := y*src.W + x
	sum, weight := k[0]*src.P[i], k[0]
	right, bottom := float32(src.W-1), float32(src.H-1)
	for _, side := range [2]float32{1, -1} {
		vx, vy := side*f.Tx.P[i], side*f.Ty.P[i]
		px, py := float32(x), float32(y)
		for j := 1; j < len(k); j++ {
			px, py = px+vx, py+vy
			if px < 0 || py < 0 || px >= right || py >= bottom {
				break
			}
			sum += k[j] * bilinear(src.P, src.W, px, py)
			weight += k[j]
			q := int(py+0.5)*src.W + int(px+0.5)
			tx, ty := f.Tx.P[q], f.Ty.P[q]
			if tx*vx+ty*vy < 0 {
				tx, ty = -tx, -ty
			}
			vx, vy = tx, ty
		}
	}
	return sum / weight
}
