package matting

// Costs of a way over the view: plain for a pixel of even ground, and up to steep more for crossing an edge of the photo.
const (
	plain = 8
	steep = 160
)

// farthestWay is dearer than any way.
const farthestWay = 1 << 30

// compass are the graph's eight directions; the opposite of direction d is d^1.
var compass = [8][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}, {-1, 1}, {1, -1}}

// geodesic is the cost of the cheapest way from each pixel to the seeds, and the direction of its first step: -1 at seeds and
// where there are none. Edges of the photo are dear to cross (Bai and Sapiro 2007).
func (v *view) geodesic(seeds []bool) (cost []int32, first []int8) {
	cost, first = make([]int32, len(seeds)), make([]int8, len(seeds))
	var rings [256][]int32 // pixels by their cost, in turn: no step is dearer than there are rings
	for i, is := range seeds {
		cost[i], first[i] = farthestWay, -1
		if is {
			cost[i] = 0
			rings[0] = append(rings[0], int32(i))
		}
	}
	for c, idle := int32(0), 0; idle < len(rings); c++ {
		ring := &rings[int(c)%len(rings)]
		if idle++; len(*ring) > 0 {
			idle = 0
		}
		for _, p := range *ring {
			i := int(p)
			if cost[i] != c { // a cheaper way was found since
				continue
			}
			for d, s := range compass {
				x, y := i%v.w+s[0], i/v.w+s[1]
				if x < 0 || y < 0 || x >= v.w || y >= v.h {
					continue
				}
				j := y*v.w + x
				if more := c + v.step(i, j, d); more < cost[j] {
					cost[j], first[j] = more, int8(d^1)
					to := &rings[int(more)%len(rings)]
					*to = append(*to, int32(j))
				}
			}
		}
		*ring = (*ring)[:0]
	}
	return cost, first
}

// step is the cost of going from pixel i to its neighbour j in direction d.
func (v *view) step(i, j, d int) int32 {
	if d&1 == 1 { // view.edges knows each pair once, from its first pixel
		i = j
	}
	even, pair := int32(plain), int32(evenPair*unit)
	if d >= 4 {
		even, pair = 14*even/10, 7*pair/10
	}
	return even + even*steep/plain*(pair-min(v.edges[i][d/2], pair))/pair
}
