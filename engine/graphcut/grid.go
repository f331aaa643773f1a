// Package graphcut finds minimum cuts of grids of pixels, with the two search trees of Boykov and Kolmogorov (PAMI 2004).
package graphcut

import "context"

// The eight neighbours of a pixel; the opposite of direction d is d^1.
const (
	East = iota
	West
	South
	North
	SouthEast
	NorthWest
	SouthWest
	NorthEast
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

// Four and Eight are a pixel's capacities towards its first four, or all eight, neighbours.
type (
	Four  [4]int32
	Eight [8]int32
)

// Grid is a flow network on w×h pixels with a source and a sink, in which each pixel is joined with its four or its eight
// neighbours. Capacities are whole numbers, so that a flow is exact and the cut is the same on every machine, and may differ
// there and back. One ring of dead pixels saves every test for the border.
//
// A grid belongs to one goroutine. What takes long in it is hidden from the race detector: whoever is built with the detector gets
// a copy of generic methods that is twenty times slower, even where the engines are built without it.
type Grid[J Four | Eight] struct {
	w, h, stride int
	off          J
	edge         []J     // residual capacity towards each neighbour
	terminal     []int32 // residual capacity: from the source where positive, to the sink where negative
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

// New returns a network without capacities.
func New[J Four | Eight](w, h int) *Grid[J] {
	n := (w + 2) * (h + 2)
	g := &Grid[J]{
		w: w, h: h, stride: w + 2,
		edge: make([]J, n), terminal: make([]int32, n), parent: make([]int8, n), tree: make([]uint8, n),
		dist: make([]int32, n), stamp: make([]int32, n), next: make([]int32, n),
	}
	s := int32(w + 2)
	around := Eight{1, -1, s, -s, s + 1, -s - 1, s - 1, -s + 1}
	for d := range len(g.off) {
		g.off[d] = around[d]
	}
	return g
}

// Reset takes all capacities away.
func (g *Grid[J]) Reset() {
	clear(g.edge)
	clear(g.terminal)
}

// Node is the index of pixel (x, y).
func (g *Grid[J]) Node(x, y int) int32 { return int32((y+1)*g.stride + x + 1) }

// Pull adds capacity between a node and a terminal: from the source where c is positive, to the sink where it is negative.
func (g *Grid[J]) Pull(node, c int32) { g.terminal[node] += c }

// Link adds capacity from a node to its neighbour in direction d.
func (g *Grid[J]) Link(node int32, d int, c int32) { g.edge[node][d] += c }

// Join adds capacity between pixel (x, y) and its neighbour in direction d, both ways. Neighbours outside the grid are
// ignored.
//
//go:norace
func (g *Grid[J]) Join(x, y, d int, c int32) {
	i := g.Node(x, y)
	j := i + g.off[d]
	if jx, jy := int(j)%g.stride, int(j)/g.stride; jx < 1 || jx > g.w || jy < 1 || jy > g.h {
		return
	}
	g.Link(i, d, c)
	g.Link(j, d^1, c)
}

// Solve finds the maximum flow and with it the minimum cut. It stops early when the context ends.
//
//go:norace
func (g *Grid[J]) Solve(ctx context.Context) {
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

// Inside tells whether Solve has put a node on the source's side of the cut, and Beyond, on the sink's. One that nothing pulls is
// on neither.
func (g *Grid[J]) Inside(node int32) bool { return g.tree[node] == source }

// Beyond: see Inside.
func (g *Grid[J]) Beyond(node int32) bool { return g.tree[node] == sink }

func (g *Grid[J]) begin() {
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

func (g *Grid[J]) push(i int32) {
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
func (g *Grid[J]) pop() int32 {
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
//
//go:norace
func (g *Grid[J]) grow(p int32) (int32, int) {
	mine := g.tree[p]
	for d := range len(g.off) {
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
//
//go:norace
func (g *Grid[J]) augment(p int32, d int) {
	q := p + g.off[d]
	most := min(g.edge[p][d], g.room(p, 1), g.room(q, -1))
	g.edge[p][d] -= most
	g.edge[q][d^1] += most
	g.send(p, most, 1)
	g.send(q, most, -1)
	g.flow += int64(most)
}

// room is how much fits between a node and its terminal: from the source where way is 1, to the sink where it is -1.
func (g *Grid[J]) room(i int32, way int32) int32 {
	most := far
	for ; g.parent[i] != atTerminal; i += g.off[g.parent[i]] {
		up := g.parent[i]
		if way > 0 {
			most = min(most, g.edge[i+g.off[up]][up^1])
		} else {
			most = min(most, g.edge[i][up])
		}
	}
	return min(most, way*g.terminal[i])
}

// send pushes flow between a node and its terminal.
//
//go:norace
func (g *Grid[J]) send(i, much, way int32) {
	for g.parent[i] != atTerminal {
		up := g.parent[i]
		j := i + g.off[up]
		down, back := &g.edge[j][up^1], &g.edge[i][up]
		if way < 0 {
			down, back = back, down
		}
		*back += much
		if *down -= much; *down == 0 {
			g.orphan(i)
		}
		i = j
	}
	if g.terminal[i] -= way * much; g.terminal[i] == 0 {
		g.orphan(i)
	}
}

func (g *Grid[J]) orphan(i int32) {
	g.parent[i] = orphaned
	g.orphans = append(g.orphans, i)
}
