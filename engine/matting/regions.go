package matting

import "math"

// regions are small pieces of the view of about one colour each, about as large as one another (SLIC, Achanta and others
// 2012).
type regions struct {
	label  []int32
	colour []feature // mean, without the position
	x, y   []float32 // middle, in shares of the frame
	area   []float32 // pixels
	rim    []bool    // touches the frame
	next   [][]int32 // neighbours, each once
}

const (
	regionCount  = 220  // about
	regionShape  = 0.10 // how far apart in colour two pixels may be that lie one region's width apart
	regionRounds = 6
)

// divide splits the view into regions.
func (v *view) divide() *regions {
	step := max(2, float32(math.Sqrt(float64(v.w*v.h)/regionCount)))
	seeds, at := v.seeds(step)
	label := make([]int32, len(v.pixel))
	least := make([]float32, len(v.pixel))
	k := regionShape * regionShape / float32(step*step)
	for range regionRounds {
		for i := range least {
			least[i] = math.MaxFloat32
		}
		for s := range seeds {
			cx, cy := at[s][0], at[s][1]
			for y := max(0, int(cy-step)); y <= min(v.h-1, int(cy+step)); y++ {
				for x := max(0, int(cx-step)); x <= min(v.w-1, int(cx+step)); x++ {
					i := y*v.w + x
					dx, dy := float32(x)-cx, float32(y)-cy
					d := hue(&v.pixel[i], &seeds[s]) + float32(k*(float32(dx*dx)+float32(dy*dy)))
					if d < least[i] {
						least[i], label[i] = d, int32(s)
					}
				}
			}
		}
		v.settle(label, seeds, at)
	}
	return v.connect(label, int(step*step/4))
}

// seeds are pixels on a grid.
func (v *view) seeds(step float32) (seeds []feature, at [][2]float32) {
	for y := step / 2; y < float32(v.h); y += step {
		for x := step / 2; x < float32(v.w); x += step {
			seeds = append(seeds, v.pixel[int(y)*v.w+int(x)])
			at = append(at, [2]float32{x, y})
		}
	}
	return seeds, at
}

// hue is the squared distance of two colours.
func hue(a, b *feature) float32 {
	x, y, z := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	return float32(x*x) + float32(y*y) + float32(z*z)
}

// settle moves each seed to the mean of its pixels.
func (v *view) settle(label []int32, seeds []feature, at [][2]float32) {
	sums := make([][6]float64, len(seeds))
	for i, l := range label {
		s, p := &sums[l], &v.pixel[i]
		for c := range 3 {
			s[c] += float64(p[c])
		}
		s[3], s[4], s[5] = s[3]+float64(i%v.w), s[4]+float64(i/v.w), s[5]+1
	}
	for k, s := range sums {
		if s[5] > 0 {
			seeds[k] = feature{float32(s[0] / s[5]), float32(s[1] / s[5]), float32(s[2] / s[5])}
			at[k] = [2]float32{float32(s[3] / s[5]), float32(s[4] / s[5])}
		}
	}
}

// connect makes each connected piece a region; pieces of fewer than least pixels join a neighbour.
func (v *view) connect(from []int32, least int) *regions {
	r := &regions{label: make([]int32, len(from))}
	for i := range r.label {
		r.label[i] = -1
	}
	n := int32(0)
	var piece []int32
	for start := range from {
		if r.label[start] >= 0 {
			continue
		}
		beside := int32(-1)
		piece = append(piece[:0], int32(start))
		r.label[start] = n
		for k := 0; k < len(piece); k++ {
			i := int(piece[k])
			v.around(i, func(j int) {
				switch {
				case r.label[j] < 0 && from[j] == from[start]:
					r.label[j] = n
					piece = append(piece, int32(j))
				case r.label[j] >= 0 && r.label[j] != n:
					beside = r.label[j]
				}
			})
		}
		if len(piece) >= least || beside < 0 {
			n++
			continue
		}
		for _, i := range piece {
			r.label[i] = beside
		}
	}
	v.describe(r, int(n))
	return r
}

// around visits the pixels above, below and beside a pixel.
func (v *view) around(i int, visit func(j int)) {
	if x := i % v.w; x > 0 {
		visit(i - 1)
	}
	if i%v.w < v.w-1 {
		visit(i + 1)
	}
	if i >= v.w {
		visit(i - v.w)
	}
	if i+v.w < len(v.pixel) {
		visit(i + v.w)
	}
}

// describe measures n regions.
func (v *view) describe(r *regions, n int) {
	r.colour, r.x, r.y = make([]feature, n), make([]float32, n), make([]float32, n)
	r.area, r.rim, r.next = make([]float32, n), make([]bool, n), make([][]int32, n)
	sums := make([][5]float64, n)
	beside := make(map[[2]int32]bool)
	for i, l := range r.label {
		s, p := &sums[l], &v.pixel[i]
		x, y := i%v.w, i/v.w
		for c := range 3 {
			s[c] += float64(p[c])
		}
		s[3], s[4] = s[3]+float64(x)+0.5, s[4]+float64(y)+0.5
		r.area[l]++
		r.rim[l] = r.rim[l] || x == 0 || y == 0 || x == v.w-1 || y == v.h-1
		v.around(i, func(j int) {
			if m := r.label[j]; m != l && !beside[[2]int32{l, m}] {
				beside[[2]int32{l, m}] = true
				r.next[l] = append(r.next[l], m)
			}
		})
	}
	for l, s := range sums {
		a := float64(r.area[l])
		r.colour[l] = feature{float32(s[0] / a), float32(s[1] / a), float32(s[2] / a)}
		r.x[l], r.y[l] = float32(s[3]/a/float64(v.w)), float32(s[4]/a/float64(v.h))
	}
}
