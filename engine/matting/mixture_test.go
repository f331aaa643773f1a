package matting

import (
	"math"
	"math/rand/v2"
	"testing"
)

// cluster returns n samples of a Gaussian with a spread of (0.05, 0.1, 0.02) and a correlation between the first two.
func cluster(r *rand.Rand, n int, centre feature) []feature {
	out := make([]feature, n)
	for i := range out {
		a, b, c := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		out[i] = feature{centre[0] + float32(.05*a), centre[1] + float32(.1*(.6*a+.8*b)), centre[2] + float32(.02*c)}
	}
	return out
}

func TestMixtureFindsTwoClusters(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	first, second := feature{.3, .1, -.2}, feature{.7, -.2, .3}
	samples := append(cluster(r, 3000, first), cluster(r, 1000, second)...)
	m := fitMixture(samples, 3, 2, 8, r)
	if len(m.parts) != 2 {
		t.Fatalf("%d components, want 2", len(m.parts))
	}
	for _, want := range []feature{first, second} {
		k, _ := m.best(&want)
		got := m.parts[k].mean
		if d := away(&got, &want); d > 1e-4 {
			t.Errorf("mean %v, want %v", got, want)
		}
		share := map[feature]float64{first: .75, second: .25}[want]
		// ln det = 2 ln(.05·.08·.02) for the covariance that cluster makes, plus what the floor adds
		if cost := -math.Log(share) + math.Log(.05*.08*.02); math.Abs(float64(m.parts[k].cost)-cost) > .25 {
			t.Errorf("cost %v of %v, want about %v", m.parts[k].cost, want, cost)
		}
	}
	wrong := 0
	for i := range samples {
		k, _ := m.best(&samples[i])
		centre := second
		if i < 3000 {
			centre = first
		}
		home, _ := m.best(&centre)
		if k != home {
			wrong++
		}
	}
	if wrong > 4 {
		t.Errorf("%d of 4000 samples are in the wrong cluster", wrong)
	}
}

func TestMahalanobisWithPosition(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 2))
	samples := make([]feature, 20000)
	for i := range samples {
		for a := range 5 {
			samples[i][a] = float32(r.NormFloat64() * .1 * float64(a+1))
		}
	}
	m := fitMixture(samples, 5, 1, 1, r)
	for a := range 5 {
		v := m.parts[0].mean
		v[a] += .1 * float32(a+1)
		if d := m.parts[0].mahalanobis(&v, 5); math.Abs(float64(d)-1) > .06 {
			t.Errorf("one deviation along dimension %d is %v, want 1", a, d)
		}
	}
}

func TestMixtureOfOneColour(t *testing.T) {
	t.Parallel()
	same := make([]feature, 50)
	m := fitMixture(same, 3, 7, 3, rand.New(rand.NewPCG(1, 1)))
	if len(m.parts) != 1 || math.IsNaN(float64(m.nll(&same[0]))) || math.IsInf(float64(m.nll(&same[0])), 0) {
		t.Errorf("a single colour gives %d components with likelihood %v", len(m.parts), m.nll(&same[0]))
	}
}
