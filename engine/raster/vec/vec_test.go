package vec

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// noise is n values around 0, some of them tiny.
func noise(rng *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(rng.NormFloat64())
		if i%7 == 0 {
			s[i] *= 1e-6
		}
	}
	return s
}

func wide64(s []float32) []float64 {
	d := make([]float64, len(s))
	for i, v := range s {
		d[i] = float64(v) * 1.1
	}
	return d
}

// TestWideLoopsGiveWhatPlainLoopsGive compares every exported loop with its plain twin, bit by bit, at lengths on both
// sides of whole vectors. In a build without vectors both are the same code; GOEXPERIMENT=simd makes it tell.
func TestWideLoopsGiveWhatPlainLoopsGive(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 41 {
		a, b, c, d, e := noise(rng, n), noise(rng, n), noise(rng, n), noise(rng, n), noise(rng, n)
		k, l := float32(rng.NormFloat64()), float32(rng.NormFloat64())
		same := func(name string, wide, plain func(d []float32, sums []float64)) {
			t.Helper()
			dw, dp := slices.Clone(a), slices.Clone(a)
			sw, sp := wide64(b), wide64(b)
			wide(dw, sw)
			plain(dp, sp)
			if !slices.Equal(dw, dp) || !slices.Equal(sw, sp) {
				t.Errorf("%s of %d values differs between builds", name, n)
			}
		}
		same("Scale", func(d []float32, _ []float64) { Scale(d, b, k) }, func(d []float32, _ []float64) { scale(d, b, k) })
		same("AddPair", func(d []float32, _ []float64) { AddPair(d, b, c, k) }, func(d []float32, _ []float64) { addPair(d, b, c, k) })
		same("AddPairs",
			func(v []float32, _ []float64) { AddPairs(v, b, c, d, e, k, l) },
			func(v []float32, _ []float64) { addPairs(v, b, c, d, e, k, l) })
		same("Slide",
			func(d []float32, s []float64) { Slide(d, s, b, c, 0.37) },
			func(d []float32, s []float64) { slide(d, s, b, c, 0.37) })
		same("Move", func(_ []float32, s []float64) { Move(s, b, c) }, func(_ []float32, s []float64) { move(s, b, c) })
		same("MoveProducts",
			func(_ []float32, s []float64) { MoveProducts(s, b, c, d, e) },
			func(_ []float32, s []float64) { moveProducts(s, b, c, d, e) })
		wf, wg, pf, pg := slices.Clone(b), slices.Clone(c), slices.Clone(b), slices.Clone(c)
		same("Gradients",
			func(v []float32, _ []float64) { Gradients(v, wf, wg, b, c, d, e, a, 0.183) },
			func(v []float32, _ []float64) { gradients(v, pf, pg, b, c, d, e, a, 0.183) })
		if !slices.Equal(wf, pf) || !slices.Equal(wg, pg) {
			t.Errorf("Gradients of %d values differ between builds", n)
		}
		pixels := noise(rng, 4*n+4)
		var spokes []Spoke
		for range n {
			spokes = append(spokes, Spoke{int32(4*rng.IntN(n+1)) - 4*int32(n/2), rng.Float32()})
		}
		at := 4 * (n / 2)
		r, g, u, v := Mean4(pixels, at, spokes)
		if r2, g2, u2, v2 := mean4(pixels, at, spokes); r != r2 || g != g2 || u != u2 || v != v2 {
			t.Errorf("Mean4 of %d spokes: %v %v %v %v, plain %v %v %v %v", n, r, g, u, v, r2, g2, u2, v2)
		}
	}
}

func BenchmarkLoops(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n = 1536
	d, a, c, e, f := noise(rng, n), noise(rng, n), noise(rng, n), noise(rng, n), noise(rng, n)
	sums := wide64(a)
	pixels := noise(rng, 4*4096)
	var spokes []Spoke
	for range 24 {
		spokes = append(spokes, Spoke{int32(4 * rng.IntN(4096)), rng.Float32()})
	}
	for _, l := range []struct {
		name string
		run  func()
	}{
		{"Scale", func() { Scale(d, a, 0.5) }},
		{"AddPairs", func() { AddPairs(d, a, c, e, f, 1e-6, 1e-6) }},
		{"Slide", func() { Slide(d, sums, c, c, 1e-3) }},
		{"Move", func() { Move(sums, c, c) }},
		{"MoveProducts", func() { MoveProducts(sums, a, c, a, c) }},
		{"Gradients", func() { clear(d); Gradients(d, e, f, a, c, a, c, a, 0.183) }},
		{"Mean4", func() { Mean4(pixels, 0, spokes) }},
	} {
		b.Run(l.name, func(b *testing.B) {
			for b.Loop() {
				l.run()
			}
		})
	}
}
