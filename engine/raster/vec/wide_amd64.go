//go:build goexperiment.simd

package vec

import "simd/archsimd"

// Wide says whether several values are worked at a time.
var Wide = archsimd.X86.AVX2()

// f8 and f4 name eight and four values from i on.
func f8(s []float32, i int) *[8]float32 { return (*[8]float32)(s[i:]) }
func f4(s []float32, i int) *[4]float32 { return (*[4]float32)(s[i:]) }
func d4(s []float64, i int) *[4]float64 { return (*[4]float64)(s[i:]) }

// Scale sets d = k·a.
func Scale(d, a []float32, k float32) {
	i := 0
	if Wide {
		kk := archsimd.BroadcastFloat32x8(k)
		for ; i+8 <= len(d); i += 8 {
			archsimd.LoadFloat32x8(f8(a, i)).Mul(kk).Store(f8(d, i))
		}
		archsimd.ClearAVXUpperBits()
	}
	scale(d[i:], a[i:], k)
}

// AddPair adds k·(a+b) to d.
func AddPair(d, a, b []float32, k float32) {
	i := 0
	if Wide {
		kk := archsimd.BroadcastFloat32x8(k)
		for ; i+8 <= len(d); i += 8 {
			v := archsimd.LoadFloat32x8(f8(a, i)).Add(archsimd.LoadFloat32x8(f8(b, i))).Mul(kk)
			archsimd.LoadFloat32x8(f8(d, i)).Add(v).Store(f8(d, i))
		}
		archsimd.ClearAVXUpperBits()
	}
	addPair(d[i:], a[i:], b[i:], k)
}

// AddPairs adds k·(a+b) + l·(e+f) to d.
func AddPairs(d, a, b, e, f []float32, k, l float32) {
	i := 0
	if Wide {
		kk, ll := archsimd.BroadcastFloat32x8(k), archsimd.BroadcastFloat32x8(l)
		for ; i+8 <= len(d); i += 8 {
			v := archsimd.LoadFloat32x8(f8(a, i)).Add(archsimd.LoadFloat32x8(f8(b, i))).Mul(kk)
			w := archsimd.LoadFloat32x8(f8(e, i)).Add(archsimd.LoadFloat32x8(f8(f, i))).Mul(ll)
			archsimd.LoadFloat32x8(f8(d, i)).Add(v.Add(w)).Store(f8(d, i))
		}
		archsimd.ClearAVXUpperBits()
	}
	addPairs(d[i:], a[i:], b[i:], e[i:], f[i:], k, l)
}

// Slide moves a window down by a row: sums gains in, d becomes by times the sums, and sums loses out.
func Slide(d []float32, sums []float64, in, out []float32, by float64) {
	i := 0
	if Wide {
		bb := archsimd.BroadcastFloat64x4(by)
		for ; i+4 <= len(d); i += 4 {
			s := archsimd.LoadFloat64x4(d4(sums, i)).Add(archsimd.LoadFloat32x4(f4(in, i)).ConvertToFloat64())
			s.Mul(bb).ConvertToFloat32().Store(f4(d, i))
			s.Sub(archsimd.LoadFloat32x4(f4(out, i)).ConvertToFloat64()).Store(d4(sums, i))
		}
		archsimd.ClearAVXUpperBits()
	}
	slide(d[i:], sums[i:], in[i:], out[i:], by)
}

// Move adds in − out to the sums. It stays plain, as MoveProducts does: bringing four values to the size of the sums takes longer
// with vectors than one by one.
func Move(sums []float64, in, out []float32) { move(sums, in, out) }

// MoveProducts adds in·in2 − out·out2 to the sums.
func MoveProducts(sums []float64, in, in2, out, out2 []float32) {
	moveProducts(sums, in, in2, out, out2)
}

// Gradients adds the products dx², dx·dy and dy² to e, f and g: dx is half of right − left, dy half of what a row of
// differences gives with the weights side, 1 − 2·side, side.
func Gradients(e, f, g, left, right, above, here, below []float32, side float32) {
	i := 0
	if Wide {
		half, out, mid := archsimd.BroadcastFloat32x8(0.5), archsimd.BroadcastFloat32x8(side), archsimd.BroadcastFloat32x8(1-2*side)
		for ; i+8 <= len(e); i += 8 {
			dx := archsimd.LoadFloat32x8(f8(right, i)).Sub(archsimd.LoadFloat32x8(f8(left, i))).Mul(half)
			dy := archsimd.LoadFloat32x8(f8(above, i)).Add(archsimd.LoadFloat32x8(f8(below, i))).Mul(out)
			dy = dy.Add(archsimd.LoadFloat32x8(f8(here, i)).Mul(mid)).Mul(half)
			archsimd.LoadFloat32x8(f8(e, i)).Add(dx.Mul(dx)).Store(f8(e, i))
			archsimd.LoadFloat32x8(f8(f, i)).Add(dx.Mul(dy)).Store(f8(f, i))
			archsimd.LoadFloat32x8(f8(g, i)).Add(dy.Mul(dy)).Store(f8(g, i))
		}
		archsimd.ClearAVXUpperBits()
	}
	gradients(e[i:], f[i:], g[i:], left[i:], right[i:], above[i:], here[i:], below[i:], side)
}

// Mean4 is the sum of weight times pixel over the spokes around value at. Each pixel is four values. It stays plain: a
// call is so short that leaving the vectors again costs more than they save.
func Mean4(pixels []float32, at int, spokes []Spoke) (a, b, c, d float32) {
	return mean4(pixels, at, spokes)
}
