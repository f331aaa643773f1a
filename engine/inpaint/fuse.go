package inpaint

import (
	"context"

	"easel/engine/graphcut"
)

// money is the network's whole number for a cost of 1.
const money = 1 << 13

// fuse lets every pixel of the hole choose between its way and the one in next, so that all choices together cost the least
// (fusion moves, Lempitsky and others 2010; with one way for all it is the expansion move of Boykov and others 2001). It
// reports whether any pixel has changed.
func (m *mosaic) fuse(ctx context.Context) bool {
	m.net.Reset()
	any := false
	for k, v := range m.next {
		m.price[k] = m.cost[k]
		if v != m.way[k] {
			m.price[k] = m.own(int32(k), v)
			any = any || m.price[k] < nowhere
		}
		m.net.Pull(m.node(k), whole(m.price[k]-m.cost[k]))
	}
	if !any {
		return false
	}
	bent := m.connect()
	m.net.Solve(ctx)
	if ctx.Err() != nil {
		return false
	}
	return m.accept(bent)
}

func whole(cost float32) int32 { return int32(cost * money) }

func (m *mosaic) node(k int) int32 {
	w := m.scene.W()
	return m.net.Node(int(m.at[k])%w-m.x0, int(m.at[k])/w-m.y0)
}

// sides are the neighbours that are visited from each pixel, and the network's direction.
var sides = [2]struct{ dx, dy, d int }{{1, 0, graphcut.East}, {0, 1, graphcut.South}}

// pairs visits every pair of neighbours in the hole once, by their places and the direction.
func (m *mosaic) pairs(visit func(k, l int32, d int)) {
	w, h := m.scene.W(), m.scene.H()
	for k, i := range m.at {
		x, y := int(i)%w, int(i)/w
		for _, s := range sides {
			if x+s.dx >= w || y+s.dy >= h {
				continue
			}
			if l := m.slot[int(i)+s.dy*w+s.dx]; l >= 0 {
				visit(int32(k), l, s.d)
			}
		}
	}
}

// connect sets the costs of seams (Kolmogorov and Zabih 2004). It reports whether some seam would have been worth less than
// nothing, which a cut cannot express; then the result may cost more than it began with.
func (m *mosaic) connect() (bent bool) {
	m.pairs(func(k, l int32, d int) {
		i, j := m.at[k], m.at[l]
		if m.way[k] == m.next[k] && m.way[l] == m.next[l] {
			return
		}
		stay := m.seam(i, j, m.way[k], m.way[l])
		second := m.seam(i, j, m.way[k], m.next[l])
		first := m.seam(i, j, m.next[k], m.way[l])
		both := m.seam(i, j, m.next[k], m.next[l])
		p, q := m.node(int(k)), m.node(int(l))
		m.net.Pull(p, whole(first-stay))
		m.net.Pull(q, whole(both-first))
		c := whole(first + second - stay - both)
		if c < 0 {
			c, bent = 0, true
		}
		m.net.Link(p, d, c)
	})
	return bent
}

// accept takes the cut's choices over, unless they cost more than what is.
func (m *mosaic) accept(bent bool) bool {
	chosen := func(k int32) way {
		if m.net.Beyond(m.node(int(k))) {
			return m.next[k]
		}
		return m.way[k]
	}
	changed := false
	var gain float64
	for k := range m.at {
		if v := chosen(int32(k)); v != m.way[k] {
			changed = true
			gain += float64(m.cost[k] - m.price[k])
		}
	}
	if !changed {
		return false
	}
	if bent {
		m.pairs(func(k, l int32, _ int) {
			a, b := chosen(k), chosen(l)
			if a != m.way[k] || b != m.way[l] {
				gain += float64(m.seam(m.at[k], m.at[l], m.way[k], m.way[l]) - m.seam(m.at[k], m.at[l], a, b))
			}
		})
		if gain <= 0 {
			return false
		}
	}
	for k := range m.at {
		if v := chosen(int32(k)); v != m.way[k] {
			m.way[k], m.cost[k] = v, m.price[k]
		}
	}
	return true
}

// begin gives every pixel the way that costs least by itself.
func (m *mosaic) begin(ways []way) {
	for k := range m.at {
		m.cost[k] = 2 * nowhere
		for _, v := range ways {
			if c := m.own(int32(k), v); c < m.cost[k] {
				m.way[k], m.cost[k] = v, c
			}
		}
	}
}

// offers is how often all ways are offered.
const offers = 2

// choose offers all ways to all pixels until none is taken.
func (m *mosaic) choose(ctx context.Context, ways []way, tell func(done float64)) {
	m.begin(ways)
	last := -1 // the last way that was taken
	for n := range offers * len(ways) {
		if ctx.Err() != nil || n-last > len(ways) {
			return
		}
		for k := range m.next {
			m.next[k] = ways[n%len(ways)]
		}
		if m.fuse(ctx) {
			last = n
		}
		tell(float64(n+1) / float64(offers*len(ways)))
	}
}

// shifted offers each pixel the way of the one a step on, so that seams can move.
func (m *mosaic) shifted(ctx context.Context, dx, dy int) {
	w, h := m.scene.W(), m.scene.H()
	for k, i := range m.at {
		m.next[k] = m.way[k]
		x, y := int(i)%w+dx, int(i)/w+dy
		if x < 0 || y < 0 || x >= w || y >= h {
			continue
		}
		if l := m.slot[y*w+x]; l >= 0 {
			m.next[k] = m.way[l]
		}
	}
	m.fuse(ctx)
}

// nudged offers each pixel a way that ends a step beside its own: what was chosen on a smaller copy is a pixel off.
func (m *mosaic) nudged(ctx context.Context, dx, dy int16) {
	for k, v := range m.way {
		m.next[k] = way{v.dx + dx, v.dy + dy}
	}
	m.fuse(ctx)
}

// refine brings ways of a smaller copy to the pixel.
func (m *mosaic) refine(ctx context.Context) {
	for dy := int16(-1); dy <= 1; dy++ {
		for dx := int16(-1); dx <= 1; dx++ {
			if (dx != 0 || dy != 0) && ctx.Err() == nil {
				m.nudged(ctx, dx, dy)
			}
		}
	}
	for _, d := range [...][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
		if ctx.Err() == nil {
			m.shifted(ctx, d[0], d[1])
		}
	}
}
