package inpaint

import (
	"context"

	"easel/engine/patch"
)

// How many ways are offered: those by which the surroundings repeat themselves, and those of patches that fit the hole.
const (
	repeatWays = 40
	fieldWays  = 72
)

// ways are what a mosaic of this level is made of: the steps by which the photo repeats itself, in pixels of a picture size
// wide; those of the patches that agree best with the hole's edge and with each other; and some straight to the side, for
// what stands on one ground goes on there.
func (l *level) ways(repeats [][2]int, size int) []way {
	var all []way
	seen := map[way]bool{{}: true}
	add := func(v way) {
		if !seen[v] {
			seen[v] = true
			all = append(all, v)
		}
	}
	k := float64(l.scene.W()) / float64(size)
	for _, r := range repeats {
		v := way{int16(r[0]), int16(r[1])}.scaled(k, k)
		add(v)
		add(way{-v.dx, -v.dy})
	}
	for _, r := range l.fitting(fieldWays) {
		add(way{int16(r[0]), int16(r[1])})
	}
	x0, x1 := l.scene.W(), 0
	for i, hole := range l.scene.hole {
		if hole {
			x0, x1 = min(x0, i%l.scene.W()), max(x1, i%l.scene.W()+1)
		}
	}
	for _, part := range [...]int{2, 4, 5, 6, 8, 10, 12} { // quarters of the hole's width
		d := int16((x1 - x0) * part / 4)
		add(way{d, 0})
		add(way{-d, 0})
	}
	return all
}

// fitting are the n most common steps of the field's matches in the hole.
func (l *level) fitting(n int) [][2]int {
	counts := map[[2]int]int{}
	w := l.scene.W()
	for t, from := range l.field.Source {
		if from >= 0 && l.scene.hole[t] {
			counts[[2]int{int(from)%w - t%w, int(from)/w - t/w}]++
		}
	}
	return patch.Peaks(counts, n)
}

// mosaicPixels is how large a hole is, in pixels, where ways are chosen; on larger copies they are only refined.
const mosaicPixels = 9000

// tiled makes the mosaic of the level with number first, and of all larger ones from it, down to the finest.
func (f *filler) tiled(ctx context.Context, first int, repeats [][2]int, size int) (*mosaic, error) {
	l := f.levels[first]
	m := newMosaic(l.scene)
	m.prepare(ctx, l.scene.img, f.odd)
	m.choose(ctx, l.ways(repeats, size), func(done float64) { f.tell("filling", 0.5+0.3*done) })
	m.refine(ctx)
	for n := first - 1; n >= 0 && ctx.Err() == nil; n-- {
		m = m.enlarged(f.levels[n].scene)
		m.prepare(ctx, nil, f.odd)
		m.refine(ctx)
		f.tell("filling", 0.9-0.1*float64(n)/float64(first))
	}
	return m, ctx.Err()
}

// enlarged is the mosaic for a larger copy of the scene.
func (m *mosaic) enlarged(s *scene) *mosaic {
	s.enlarge(m.scene) // for where no way leads anywhere
	big := newMosaic(s)
	fx, fy := float64(s.W())/float64(m.scene.W()), float64(s.H())/float64(m.scene.H())
	for k, i := range big.at {
		x := min(int((float64(int(i)%s.W())+0.5)/fx), m.scene.W()-1)
		y := min(int((float64(int(i)/s.W())+0.5)/fy), m.scene.H()-1)
		if l := m.nearest(x, y); l >= 0 {
			big.way[k] = m.way[l].scaled(fx, fy)
		}
	}
	big.mend()
	return big
}

// nearest is the place of the hole's pixel at or beside (x, y), or −1.
func (m *mosaic) nearest(x, y int) int32 {
	w, h := m.scene.W(), m.scene.H()
	for reach := range 4 {
		for qy := max(0, y-reach); qy <= min(h-1, y+reach); qy++ {
			for qx := max(0, x-reach); qx <= min(w-1, x+reach); qx++ {
				if l := m.slot[qy*w+qx]; l >= 0 {
					return l
				}
			}
		}
	}
	return -1
}

// mend gives pixels whose way leads nowhere that of a neighbour, from the edges of such places inwards.
func (m *mosaic) mend() {
	var lost []int32
	for k, v := range m.way {
		if m.from(m.at[k], v) < 0 {
			lost = append(lost, int32(k))
		}
	}
	w := int32(m.scene.W())
	for len(lost) > 0 {
		var still []int32
		for _, k := range lost {
			i, found := m.at[k], false
			for _, j := range [4]int32{i - 1, i + 1, i - w, i + w} {
				if j < 0 || int(j) >= len(m.slot) || m.slot[j] < 0 {
					continue
				}
				if v := m.way[m.slot[j]]; m.from(i, v) >= 0 {
					m.way[k], found = v, true
					break
				}
			}
			if !found {
				still = append(still, k)
			}
		}
		if len(still) == len(lost) {
			return
		}
		lost = still
	}
}
