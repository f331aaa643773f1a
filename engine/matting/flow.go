package matting

import "context"

// The eight neighbours of a pixel; the opposite of direction d is d^1.
const (
	east = iota
	west
	south
	north
	southEast
	northWest
	southWest
	northEast
)

// Parents that are not a direction.
const (
	noParent   int8 = -1
	atTerminal int8 = -2
	orphaned   int8 = -3
)

// The search tree that a node belongs to.
const (
	free uint8 = iota
	source
	sink
)

// grid is a flow network on an 8-connected grid of w×h pixels with a source and a sink, and finds its minimum cut
// with the two search trees of Boykov and Kolmogorov (PAMI 2004). Capacities are whole numbers, so that a flow is
// exact and the cut is the same on every machine. One ring of dead pixels saves every test for the border.
type grid struct {
	w, h, stride int
	off          [8]int32
	edge         [][8]int32 // residual capacity towards each neighbour
	terminal     []int32    // residual capacity: from the source where positive, to the sink where negative
	parent       []int8
	tree         []uint8
	dist         []int32 // steps to the terminal, valid while stamp says so
	stamp        []int32
	next         []int32 // queue of active nodes: -1 not queued, itself = last
	first, last  int32
	orphans      []int32
	time         int32
	flow         int64
}

// newGrid returns a network without capacities.
func newGrid(w, h int) *grid {
	s := w + 2
	n := s * (h + 2)
	o := int32(s)
	return &grid{
		w: w, h: h, stride: s, off: [8]int32{1, -1, o, -o, o + 1, -o - 1, o - 1, -o + 1},
		edge: make([][8]int32, n), terminal: make([]int32, n), parent: make([]int8, n), tree: make([]uint8, n),
		dist: make([]int32, n), stamp: make([]int32, n), next: make([]int32, n),
	}
}

// node is the index of pixel (x, y).
func (g *grid) node(x, y int) int { return (y+1)*g.stride + x + 1 }

// link sets the capacity c between pixel (x, y) and its neighbour in direction d, both ways. Neighbours outside the
// grid are ignored.
func (g *grid) link(x, y, d int, c int32) {
	i := g.node(x, y)
	j := i + int(g.off[d])
	if jx, jy := j%g.stride, j/g.stride; jx < 1 || jx > g.w || jy < 1 || jy > g.h {
		return
	}
	g.edge[i][d], g.edge[j][d^1] = c, c
}

// solve finds the maximum flow and with it the minimum cut. It stops early when the context ends.
func (g *grid) solve(ctx context.Context) {
	g.begin()
	current := int32(-1)
	for round := 0; ; round++ {
		if round&1023 == 0 && ctx.Err() != nil {
			return
		}
		p := current
		if p < 0 || g.parent[p] == noParent {
			if p = g.pop(); p < 0 {
				return
			}
		}
		current = -1
		from, d := g.grow(p)
		g.time++
		if from < 0 {
			continue
		}
		current = p // the node may meet the other tree again
		g.augment(from, d)
		g.adopt()
	}
}

// inside tells whether pixel (x, y) is on the source's side of the cut.
func (g *grid) inside(x, y int) bool { return g.tree[g.node(x, y)] == source }

func (g *grid) begin() {
	g.first, g.last, g.time, g.flow = -1, -1, 1, 0
	g.orphans = g.orphans[:0]
	for i := range g.next {
		g.next[i], g.parent[i], g.tree[i] = -1, noParent, free
		g.dist[i], g.stamp[i] = 0, 0
	}
	for i, c := range g.terminal {
		if c == 0 {
			continue
		}
		g.parent[i], g.dist[i], g.tree[i] = atTerminal, 1, sink
		if c > 0 {
			g.tree[i] = source
		}
		g.push(int32(i))
	}
}

func (g *grid) push(i int32) {
	if g.next[i] >= 0 {
		return
	}
	if g.last >= 0 {
		g.next[g.last] = i
	} else {
		g.first = i
	}
	g.last, g.next[i] = i, i
}

// pop takes the first active node that still belongs to a tree, or -1.
func (g *grid) pop() int32 {
	for g.first >= 0 {
		i := g.first
		if g.next[i] == i {
			g.first, g.last = -1, -1
		} else {
			g.first = g.next[i]
		}
		g.next[i] = -1
		if g.parent[i] != noParent {
			return i
		}
	}
	return -1
}

// grow adds p's free neighbours to its tree. When it meets the other tree it returns the edge that joins the two, as
// the node on the source's side and a direction; otherwise -1.
func (g *grid) grow(p int32) (int32, int) {
	mine := g.tree[p]
	for d := range 8 {
		q := p + g.off[d]
		if mine == source && g.edge[p][d] == 0 || mine == sink && g.edge[q][d^1] == 0 {
			continue
		}
		switch g.tree[q] {
		case free:
			g.tree[q], g.parent[q] = mine, int8(d^1)
			g.stamp[q], g.dist[q] = g.stamp[p], g.dist[p]+1
			g.push(q)
		case mine:
			if g.stamp[q] <= g.stamp[p] && g.dist[q] > g.dist[p] { // a shorter way to the terminal
				g.parent[q] = int8(d ^ 1)
				g.stamp[q], g.dist[q] = g.stamp[p], g.dist[p]+1
			}
		default:
			if mine == source {
				return p, d
			}
			return q, d ^ 1
		}
	}
	return -1, 0
}

// augment pushes as much as fits along the path source … p → neighbour d … sink; nodes that lose their parent become
// orphans.
func (g *grid) augment(p int32, d int) {
	q := p + g.off[d]
	most := g.edge[p][d]
	i := p
	for ; g.parent[i] != atTerminal; i += g.off[g.parent[i]] {
		up := g.parent[i]
		most = min(most, g.edge[i+g.off[up]][up^1])
	}
	most = min(most, g.terminal[i])
	for i = q; g.parent[i] != atTerminal; i += g.off[g.parent[i]] {
		most = min(most, g.edge[i][g.parent[i]])
	}
	most = min(most, -g.terminal[i])

	g.edge[p][d] -= most
	g.edge[q][d^1] += most
	for i = p; g.parent[i] != atTerminal; {
		up := g.parent[i]
		j := i + g.off[up]
		g.edge[i][up] += most
		if g.edge[j][up^1] -= most; g.edge[j][up^1] == 0 {
			g.orphan(i)
		}
		i = j
	}
	if g.terminal[i] -= most; g.terminal[i] == 0 {
		g.orphan(i)
	}
	for i = q; g.parent[i] != atTerminal; {
		up := g.parent[i]
		j := i + g.off[up]
		g.edge[j][up^1] += most
		if g.edge[i][up] -= most; g.edge[i][up] == 0 {
			g.orphan(i)
		}
		i = j
	}
	if g.terminal[i] += most; g.terminal[i] == 0 {
		g.orphan(i)
	}
	g.flow += int64(most)
}

func (g *grid) orphan(i int32) {
	g.parent[i] = orphaned
	g.orphans = append(g.orphans, i)
}
