package graphcut

import (
	"math/rand/v2"
	"testing"
)

// cheapest is the least that any assignment of the pixels to the two sides costs, by trying all.
func cheapest(w, h int, terminal []int32, edge map[[2]int]int32) int32 {
	least := far
	for sides := range 1 << (w * h) {
		cost := worth(sides, terminal, edge)
		least = min(least, cost)
	}
	return least
}

func worth(beyond int, terminal []int32, edge map[[2]int]int32) (cost int32) {
	for i, c := range terminal {
		switch out := beyond>>i&1 == 1; {
		case out && c > 0:
			cost += c
		case !out && c < 0:
			cost -= c
		}
	}
	for e, c := range edge {
		if beyond>>e[0]&1 == 0 && beyond>>e[1]&1 == 1 {
			cost += c
		}
	}
	return cost
}

// Cuts of small random networks, whose capacities differ there and back, are as cheap as the cheapest of all.
func TestTheCutIsTheCheapest(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	g := New[Four](4, 3)
	for range 60 {
		const w, h = 4, 3
		g.Reset()
		terminal, edge := make([]int32, w*h), map[[2]int]int32{}
		for i := range terminal {
			x, y := i%w, i/w
			terminal[i] = int32(r.IntN(41)) - 20
			g.Pull(g.Node(x, y), terminal[i])
			for _, n := range [4][3]int{{x + 1, y, East}, {x - 1, y, West}, {x, y + 1, South}, {x, y - 1, North}} {
				if c := int32(r.IntN(15)); n[0] >= 0 && n[1] >= 0 && n[0] < w && n[1] < h && r.IntN(4) > 0 {
					edge[[2]int{i, n[1]*w + n[0]}] = c
					g.Link(g.Node(x, y), n[2], c)
				}
			}
		}
		g.Solve(t.Context())
		sides := 0
		for i := range terminal {
			if g.Beyond(g.Node(i%w, i/w)) {
				sides |= 1 << i
			}
		}
		if got, want := worth(sides, terminal, edge), cheapest(w, h, terminal, edge); got != want {
			t.Fatalf("a cut costs %d, the cheapest %d", got, want)
		}
	}
}
