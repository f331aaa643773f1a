package graphcut

import (
	"math/rand/v2"
	"testing"
)

// network is the same problem as a matrix, solved the plain way: shortest augmenting paths (Edmonds and Karp 1972).
type network [][]int64

func (n network) flow() int64 {
	s, t := len(n)-2, len(n)-1
	total := int64(0)
	for {
		from := make([]int, len(n))
		for i := range from {
			from[i] = -1
		}
		from[s] = s
		queue := []int{s}
		for len(queue) > 0 && from[t] < 0 {
			u := queue[0]
			queue = queue[1:]
			for v, c := range n[u] {
				if c > 0 && from[v] < 0 {
					from[v] = u
					queue = append(queue, v)
				}
			}
		}
		if from[t] < 0 {
			return total
		}
		most := int64(1) << 60
		for v := t; v != s; v = from[v] {
			most = min(most, n[from[v]][v])
		}
		for v := t; v != s; v = from[v] {
			n[from[v]][v] -= most
			n[v][from[v]] += most
		}
		total += most
	}
}

func randomGrid(r *rand.Rand, w, h int) (*Grid[Eight], network) {
	g := New[Eight](w, h)
	plain := make(network, w*h+2)
	for i := range plain {
		plain[i] = make([]int64, w*h+2)
	}
	for y := range h {
		for x := range w {
			if c := int32(r.IntN(60)) - 30; r.IntN(3) > 0 {
				g.Pull(g.Node(x, y), c)
				if c > 0 {
					plain[w*h][y*w+x] = int64(c)
				} else {
					plain[y*w+x][w*h+1] = int64(-c)
				}
			}
			for _, d := range []int{East, South, SouthEast, SouthWest} {
				c := int32(r.IntN(20))
				if r.IntN(4) == 0 {
					c = 0
				}
				g.Join(x, y, d, c)
				dx, dy := [8]int{1, -1, 0, 0, 1, -1, -1, 1}[d], [8]int{0, 0, 1, -1, 1, -1, 1, -1}[d]
				if nx, ny := x+dx, y+dy; nx >= 0 && nx < w && ny < h {
					plain[y*w+x][ny*w+nx], plain[ny*w+nx][y*w+x] = int64(c), int64(c)
				}
			}
		}
	}
	return g, plain
}

func TestFlowEqualsThePlainAlgorithm(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 1))
	for trial := range 300 {
		w, h := 1+r.IntN(8), 1+r.IntN(8)
		g, plain := randomGrid(r, w, h)
		before := make(network, len(plain))
		for i := range plain {
			before[i] = append([]int64(nil), plain[i]...)
		}
		g.Solve(t.Context())
		want := plain.flow()
		if g.flow != want {
			t.Fatalf("trial %d (%d×%d): flow %d, want %d", trial, w, h, g.flow, want)
		}
		if cut := before.cut(g); cut != want {
			t.Fatalf("trial %d (%d×%d): the cut costs %d, the flow is %d", trial, w, h, cut, want)
		}
	}
}

// cut is the capacity from the source's side to the sink's side of g's answer.
func (n network) cut(g *Grid[Eight]) int64 {
	inside := func(i int) bool {
		return i == g.w*g.h || i < g.w*g.h && g.Inside(g.Node(i%g.w, i/g.w))
	}
	total := int64(0)
	for i := range n {
		for j, c := range n[i] {
			if inside(i) && !inside(j) {
				total += c
			}
		}
	}
	return total
}

func BenchmarkMaxFlow(b *testing.B) {
	const w, h = 480, 360
	r := rand.New(rand.NewPCG(3, 3))
	fresh := New[Eight](w, h)
	for y := range h {
		for x := range w {
			dx, dy := x-w/2, y-h/2
			side := int32(40)
			if dx*dx+dy*dy > 120*120 {
				side = -40
			}
			fresh.Pull(fresh.Node(x, y), side+int32(r.IntN(201))-100)
			for _, d := range []int{East, South, SouthEast, SouthWest} {
				fresh.Join(x, y, d, 30)
			}
		}
	}
	g := New[Eight](w, h)
	for b.Loop() {
		copy(g.edge, fresh.edge)
		copy(g.terminal, fresh.terminal)
		g.Solve(b.Context())
	}
}
