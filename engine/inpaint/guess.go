package inpaint

import (
	"image"

	"easel/engine/patch"
)

// guess fills the hole of the smallest level by the steps with which the photo repeats itself: each pixel is taken from one
// step away, by the step that agrees best with what is known at the nearby edge of the hole (a lean form of the
// shift maps of He and Sun 2012, without their cut). Pixels that no step reaches keep what they have.
func (l *level) guess() {
	s := l.scene
	steps := l.reaching()
	if len(steps) == 0 {
		return
	}
	edge := l.rim()
	costs := make([][]float32, len(steps))
	for k, d := range steps {
		costs[k] = make([]float32, len(edge))
		for n, t := range edge {
			costs[k][n] = s.disagreement(t, t+d)
		}
	}
	known := s.img.P
	next := make([]float32, len(known))
	copy(next, known)
	for i, in := range s.hole {
		if !in {
			continue
		}
		at, best := int32(-1), float32(likely)
		for k, d := range steps {
			from := int32(i) + d
			if from < 0 || int(from) >= len(s.hole) || s.hole[from] || s.protected[from] || s.wraps(int32(i), from, d) {
				continue
			}
			if c := s.felt(i, edge, costs[k]); c < best {
				at, best = from, c
			}
		}
		if at >= 0 {
			copy(next[3*i:3*i+3], known[3*at:3*at+3])
		}
	}
	copy(known, next)
}

// reaching are the steps and their multiples, there and back.
func (l *level) reaching() (steps []int32) {
	for _, d := range l.search.Offsets {
		for k := int32(1); k <= 3; k++ {
			steps = append(steps, k*d)
		}
	}
	return steps
}

// rim are the targets whose patch is partly known.
func (l *level) rim() (edge []int32) {
	for i, target := range l.search.Target {
		if target && l.edge.P[i] <= patch.Radius {
			edge = append(edge, int32(i))
		}
	}
	return edge
}

const (
	likely  = 4      // up to which cost a step is believed: two patches of one texture cost 2
	unknown = 10     // what a patch costs that says nothing
	even    = 0.0015 // a variance that is as good as none
)

// disagreement is the mean squared difference of two patches where both are known, in units of the first one's variance:
// what differs much in itself may differ from its like.
func (s *scene) disagreement(t, from int32) float32 {
	w := s.W()
	if from < 0 || int(from) >= len(s.hole) || !s.img.Inner(int(from)%w, int(from)/w) {
		return unknown
	}
	var sum, total, squares float32
	n := 0
	for dy := -patch.Radius; dy <= patch.Radius; dy++ {
		for dx := -patch.Radius; dx <= patch.Radius; dx++ {
			a, b := int(t)+dy*w+dx, int(from)+dy*w+dx
			if s.hole[a] || s.hole[b] || s.protected[b] {
				continue
			}
			for c := range 3 {
				v, d := s.img.P[3*a+c], s.img.P[3*a+c]-s.img.P[3*b+c]
				sum, total, squares = sum+d*d, total+v, squares+v*v
			}
			n++
		}
	}
	if n < patch.Side {
		return unknown
	}
	all := float32(3 * n)
	mean := total / all
	return sum / all / (squares/all - mean*mean + even)
}

// felt is the mean cost at the edge, where what is near counts most.
func (s *scene) felt(i int, edge []int32, cost []float32) float32 {
	const reach = 8 // pixels of the smallest level
	p := image.Pt(i%s.W(), i/s.W())
	var sum, all float32
	for n, t := range edge {
		q := image.Pt(int(t)%s.W(), int(t)/s.W()).Sub(p)
		k := 1 / (1 + float32(q.X*q.X+q.Y*q.Y)/(reach*reach))
		sum, all = sum+k*k*cost[n], all+k*k
	}
	return sum / all
}

// wraps reports whether a step from a pixel has left the picture at one side and come in at the other.
func (s *scene) wraps(i, from, d int32) bool {
	w := int32(s.W())
	dx := ((d+w/2)%w+w)%w - w/2
	x := i%w + dx
	return x < 0 || x >= w || from%w != x
}
