package stroke

import (
	"image"
	"math"
)

// nib turns one stroke into coverage. Within a stroke the strongest value of a pixel counts, so that bends and joins
// are not hit twice. Coverage is kept for the stroke's own box only; a nib belongs to one goroutine.
type nib struct {
	box    image.Rectangle
	cover  []float32 // box rows; zero between strokes
	lo, hi []int     // touched columns of each row, relative to the box
	path   []Node
}

// press fills the coverage of a stroke, limited to clip. It reports false when nothing can be touched.
func (n *nib) press(path []Node, clip image.Rectangle) bool {
	x0, y0 := float32(math.MaxInt32), float32(math.MaxInt32)
	x1, y1 := -x0, -y0
	for _, p := range path {
		r := p.Width/2 + 0.5
		x0, y0 = min(x0, p.X-r), min(y0, p.Y-r)
		x1, y1 = max(x1, p.X+r), max(y1, p.Y+r)
	}
	n.box = image.Rect(floor(x0), floor(y0), floor(x1)+2, floor(y1)+2).Intersect(clip)
	if n.box.Empty() {
		return false
	}
	w, h := n.box.Dx(), n.box.Dy()
	if len(n.cover) < w*h {
		n.cover = make([]float32, w*h)
	}
	if len(n.lo) < h {
		n.lo, n.hi = make([]int, h), make([]int, h)
	}
	for y := range h {
		n.lo[y], n.hi[y] = w, 0
	}
	for i := 1; i < len(path); i++ {
		n.segment(path[i-1], path[i])
	}
	return true
}

// segment covers one capsule whose radius and pressure run from a to b.
func (n *nib) segment(a, b Node) {
	ra, rb := a.Width/2+0.5, b.Width/2+0.5
	reach := max(ra, rb)
	dx, dy := b.X-a.X, b.Y-a.Y
	length := sqrt(dx*dx + dy*dy)
	ux, uy := float32(1), float32(0)
	if length > 1e-4 {
		ux, uy = dx/length, dy/length
	}
	inverse := 1 / max(length, 1e-4)
	top := max(floor(min(a.Y, b.Y)-reach), n.box.Min.Y)
	bottom := min(floor(max(a.Y, b.Y)+reach)+2, n.box.Max.Y)
	for y := top; y < bottom; y++ {
		from, to, ok := capsuleRow(a, b, -uy*reach, ux*reach, reach, float32(y))
		if !ok {
			continue
		}
		i0 := max(int(from)-1, n.box.Min.X) - n.box.Min.X
		i1 := min(int(to)+2, n.box.Max.X) - n.box.Min.X
		if i1 <= i0 {
			continue
		}
		r := y - n.box.Min.Y
		n.lo[r], n.hi[r] = min(n.lo[r], i0), max(n.hi[r], i1)
		row := n.cover[r*n.box.Dx():][:n.box.Dx()]
		px := float32(i0+n.box.Min.X) - a.X
		py := float32(y) - a.Y
		along, across := px*ux+py*uy, py*ux-px*uy
		for i := i0; i < i1; i, along, across = i+1, along+ux, across-uy {
			t, d := along*inverse, across
			switch {
			case along < 0:
				if t, d = 0, along*along+across*across; d >= ra*ra {
					continue
				}
				d = sqrt(d)
			case along > length:
				if t, d = 1, (along-length)*(along-length)+across*across; d >= rb*rb {
					continue
				}
				d = sqrt(d)
			case d < 0:
				d = -d
			}
			edge := ra + t*(rb-ra)
			if c := edge - d; c > 0 {
				// A lead presses hardest in the middle of its track, so that the paper's grain eats the edges first.
				q := d / edge
				v := min(c, 1) * (1 - 0.3*q*q) * (a.Pressure + t*(b.Pressure-a.Pressure))
				row[i] = max(row[i], v)
			}
		}
	}
}

// capsuleRow is the span of a row that lies within reach of the segment; (ox, oy) is the normal times reach.
func capsuleRow(a, b Node, ox, oy, reach, y float32) (from, to float32, ok bool) {
	from, to = math.MaxInt32, -math.MaxInt32
	for _, p := range [2]Node{a, b} {
		if s := reach*reach - (y-p.Y)*(y-p.Y); s > 0 {
			s = sqrt(s)
			from, to = min(from, p.X-s), max(to, p.X+s)
		}
	}
	dy := b.Y - a.Y
	if dy > 1e-3 || dy < -1e-3 {
		for _, sign := range [2]float32{1, -1} {
			if t := (y - a.Y - sign*oy) / dy; t >= 0 && t <= 1 {
				x := a.X + sign*ox + t*(b.X-a.X)
				from, to = min(from, x), max(to, x)
			}
		}
	}
	return max(from, -4), to, to >= from
}

func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }

func floor(v float32) int { return int(math.Floor(float64(v))) }
