//go:build !goexperiment.simd || !amd64

package vec

// Wide says whether several values are worked at a time.
const Wide = false

// Scale sets d = k·a.
func Scale(d, a []float32, k float32) { scale(d, a, k) }

// AddPair adds k·(a+b) to d.
func AddPair(d, a, b []float32, k float32) { addPair(d, a, b, k) }

// AddPairs adds k·(a+b) + l·(e+f) to d.
func AddPairs(d, a, b, e, f []float32, k, l float32) { addPairs(d, a, b, e, f, k, l) }

// Slide moves a window down by a row: sums gains in, d becomes by times the sums, and sums loses out.
func Slide(d []float32, sums []float64, in, out []float32, by float64) { slide(d, sums, in, out, by) }

// Move adds in − out to the sums.
func Move(sums []float64, in, out []float32) { move(sums, in, out) }

// MoveProducts adds in·in2 − out·out2 to the sums.
func MoveProducts(sums []float64, in, in2, out, out2 []float32) {
	moveProducts(sums, in, in2, out, out2)
}

// Gradients adds the products dx², dx·dy and dy² to e, f and g: dx is half of right − left, dy half of what a row of
// differences gives with the weights side, 1 − 2·side, side.
func Gradients(e, f, g, left, right, above, here, below []float32, side float32) {
	gradients(e, f, g, left, right, above, here, below, side)
}

// Mean4 is the sum of weight times pixel over the spokes around value at. Each pixel is four values.
func Mean4(pixels []float32, at int, spokes []Spoke) (a, b, c, d float32) {
	return mean4(pixels, at, spokes)
}
