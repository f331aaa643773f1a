package graphcut

const far = int32(1) << 30

// adopt finds every orphan a new parent in its tree or sets it free.
//
//go:norace
func (g *Grid[J]) adopt() {
	for k := 0; k < len(g.orphans); k++ { //nolint:intrange // the list grows while it is worked
		p := g.orphans[k]
		best, nearest := noParent, far
		for d := range len(g.off) {
			q := p + g.off[d]
			if !g.carries(p, q, d) || g.parent[q] == noParent {
				continue
			}
			if n := g.origin(q); n < nearest {
				best, nearest = int8(d), n
			}
		}
		if g.parent[p] = best; best != noParent {
			g.stamp[p], g.dist[p] = g.time, nearest+1
			continue
		}
		g.release(p)
	}
	g.orphans = g.orphans[:0]
}

// carries tells whether q is in p's tree and could be p's parent, that is whether flow can still run between them in
// the tree's direction. d leads from p to q.
func (g *Grid[J]) carries(p, q int32, d int) bool {
	if g.tree[q] != g.tree[p] {
		return false
	}
	if g.tree[p] == source {
		return g.edge[q][d^1] > 0
	}
	return g.edge[p][d] > 0
}

// origin is the number of steps from q to its terminal, or far when q hangs from an orphan. It stamps the way, so
// that the next walk ends sooner.
//
//go:norace
func (g *Grid[J]) origin(q int32) int32 {
	steps, i := int32(0), q
	for {
		if g.stamp[i] == g.time {
			steps += g.dist[i]
			break
		}
		up := g.parent[i]
		steps++
		if up == atTerminal {
			g.stamp[i], g.dist[i] = g.time, 1
			break
		}
		if up == orphaned || up == noParent {
			return far
		}
		i += g.off[up]
	}
	for i, n := q, steps; g.stamp[i] != g.time; n-- {
		g.stamp[i], g.dist[i] = g.time, n
		i += g.off[g.parent[i]]
	}
	return steps
}

// release sets p free; its children become orphans and neighbours that could take it back become active.
//
//go:norace
func (g *Grid[J]) release(p int32) {
	for d := range len(g.off) {
		q := p + g.off[d]
		if g.tree[q] != g.tree[p] || g.parent[q] == noParent {
			continue
		}
		if g.carries(p, q, d) {
			g.push(q)
		}
		if g.parent[q] == int8(d^1) {
			g.orphan(q)
		}
	}
	g.tree[p] = free
}
