// Package vec holds the innermost loops of the kernels: one value after another here, and eight or four at a time where
// the program is built with GOEXPERIMENT=simd for a processor that can (wide_amd64.go).
//
// Both builds do the same sums in the same order and fuse none, so their pictures are the same to the last bit. Go's
// vectors are an experiment that may change with every version of Go; everything works without them.
package vec

// Spoke is one sample of a weighted mean of pixels of four values: where it lies from the first, and its weight.
type Spoke struct {
	Offset int32 // in values
	Weight float32
}

func scale(d, a []float32, k float32) {
	a = a[:len(d)]
	for i := range d {
		d[i] = k * a[i]
	}
}

func addPair(d, a, b []float32, k float32) {
	a, b = a[:len(d)], b[:len(d)]
	for i := range d {
		d[i] += float32(k * (a[i] + b[i]))
	}
}

func addPairs(d, a, b, e, f []float32, k, l float32) {
	a, b, e, f = a[:len(d)], b[:len(d)], e[:len(d)], f[:len(d)]
	for i := range d {
		d[i] += float32(k*(a[i]+b[i])) + float32(l*(e[i]+f[i]))
	}
}

func slide(d []float32, sums []float64, in, out []float32, by float64) {
	sums, in, out = sums[:len(d)], in[:len(d)], out[:len(d)]
	for i, s := range sums {
		s += float64(in[i])
		d[i] = float32(s * by)
		sums[i] = s - float64(out[i])
	}
}

func move(sums []float64, in, out []float32) {
	in, out = in[:len(sums)], out[:len(sums)]
	for i := range sums {
		sums[i] += float64(in[i]) - float64(out[i])
	}
}

func moveProducts(sums []float64, in, in2, out, out2 []float32) {
	in, in2, out, out2 = in[:len(sums)], in2[:len(sums)], out[:len(sums)], out2[:len(sums)]
	for i := range sums {
		sums[i] += float64(float64(in[i])*float64(in2[i])) - float64(float64(out[i])*float64(out2[i]))
	}
}

func gradients(e, f, g, left, right, above, here, below []float32, side float32) {
	n := len(e)
	f, g, left, right = f[:n], g[:n], left[:n], right[:n]
	above, here, below = above[:n], here[:n], below[:n]
	middle := 1 - 2*side
	for i := range e {
		dx := 0.5 * (right[i] - left[i])
		dy := 0.5 * (float32(side*(above[i]+below[i])) + float32(middle*here[i]))
		e[i] += float32(dx * dx)
		f[i] += float32(dx * dy)
		g[i] += float32(dy * dy)
	}
}

func mean4(pixels []float32, at int, spokes []Spoke) (a, b, c, d float32) {
	for _, s := range spokes {
		p := (*[4]float32)(pixels[at+int(s.Offset):])
		a += float32(s.Weight * p[0])
		b += float32(s.Weight * p[1])
		c += float32(s.Weight * p[2])
		d += float32(s.Weight * p[3])
	}
	return a, b, c, d
}
