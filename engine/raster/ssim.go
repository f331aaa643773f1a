package raster

import "context"

// SSIM returns the mean structural similarity (Wang 2004) of two planes of one size with samples in 0…1, in Gaussian
// windows of 11×11; 1 means equal. With sigma above 0 both are blurred first, so that only larger forms are compared.
func SSIM(ctx context.Context, a, b *Plane, sigma float32) float32 {
	const (
		windowSigma = 1.5
		c1, c2      = 0.01 * 0.01, 0.03 * 0.03
	)
	if sigma > 0 {
		a, b = Gaussian(ctx, a, sigma), Gaussian(ctx, b, sigma)
		defer Free(a, b)
	}
	blurred := func(x, y *Plane) *Plane {
		product := dirty(a.W, a.H)
		defer product.Free()
		for i, v := range x.P {
			product.P[i] = v * y.P[i]
		}
		return Gaussian(ctx, product, windowSigma)
	}
	ma, mb := Gaussian(ctx, a, windowSigma), Gaussian(ctx, b, windowSigma)
	aa, bb, ab := blurred(a, a), blurred(b, b), blurred(a, b)
	defer Free(ma, mb, aa, bb, ab)
	sum := 0.0
	for i, u := range ma.P {
		v := mb.P[i]
		va, vb, cov := aa.P[i]-u*u, bb.P[i]-v*v, ab.P[i]-u*v
		sum += float64((2*u*v + c1) * (2*cov + c2) / ((u*u + v*v + c1) * (va + vb + c2)))
	}
	return float32(sum / float64(len(ma.P)))
}
