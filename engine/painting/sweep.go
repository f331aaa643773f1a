package painting

import "math"

// untouched marks a pixel of the box that the stroke does not reach.
const untouched = math.MaxUint32

// A touched pixel's key holds its place in the brush's print: distance from the middle of the stroke in the upper bits,
// so that the smallest key is the nearest passage, then the side, then the place along the stroke.
const (
	alongBits = 12
	alongMax  = 1<<alongBits - 1
	sideBit   = 1 << alongBits
	awayShift = alongBits + 1
	awayMax   = 1<<12 - 1
)

// sweeper finds the pixels under one stroke and, for each, where in the brush's print it lies. Each pixel is found once
// however often the path passes over it, so a bend or a crossing does not double the paint. It is scratch memory of one
// worker.
type sweeper struct {
	x0, y0, w, h int      // the box in canvas pixels
	keys         []uint32 // w×h; all untouched between strokes
	lo, hi       []int32  // touched columns of each row, hi exclusive; lo ≥ hi where none
	path         []point
}

// sweep fills the box for a path with a brush of this half width on a canvas of cw×ch pixels. It reports false when the
// stroke lies outside the canvas.
func (s *sweeper) sweep(path []point, radius float32, cw, ch int) bool {
	if !s.frame(path, radius, cw, ch) {
		return false
	}
	total := float32(0)
	for i := 1; i < len(path); i++ {
		total += distance(path[i-1], path[i])
	}
	if total == 0 {
		return false
	}
	run, before := float32(0), float32(0)
	for i := 1; i < len(path); i++ {
		length := distance(path[i-1], path[i])
		if length == 0 {
			continue
		}
		after := float32(0)
		if i+1 < len(path) {
			after = joint(path[i-1], path[i], path[i+1], radius)
		}
		s.segment(path[i-1], path[i], length, radius, before, after, run/total, total)
		run += length
		before = after
	}
	return true
}

// frame sets the box around the path and clears the rows.
func (s *sweeper) frame(path []point, radius float32, cw, ch int) bool {
	a, b := path[0], path[0]
	for _, p := range path[1:] {
		a.X, a.Y = min(a.X, p.X), min(a.Y, p.Y)
		b.X, b.Y = max(b.X, p.X), max(b.Y, p.Y)
	}
	s.x0, s.y0 = max(0, int(a.X-radius)-1), max(0, int(a.Y-radius)-1)
	x1, y1 := min(cw, int(b.X+radius)+2), min(ch, int(b.Y+radius)+2)
	s.w, s.h = x1-s.x0, y1-s.y0
	if s.w <= 0 || s.h <= 0 {
		return false
	}
	for n := len(s.keys); n < s.w*s.h; n++ {
		s.keys = append(s.keys, untouched)
	}
	for len(s.lo) < s.h {
		s.lo, s.hi = append(s.lo, 0), append(s.hi, 0)
	}
	for y := range s.h {
		s.lo[y], s.hi[y] = int32(s.w), 0
	}
	return true
}

// segment visits the pixels of one straight piece: those within the radius of its line and between its ends, which
// reach back by before and on by after to close the wedge on the outer side of a bend. Every row is clipped by the two
// pairs of parallel lines, so no pixel outside the strip is looked at.
func (s *sweeper) segment(a, b point, length, radius, before, after, begin, total float32) {
	tx, ty := (b.X-a.X)/length, (b.Y-a.Y)/length
	nx, ny := -ty, tx
	reach := radius + max(before, after)
	y0 := max(0, int(min(a.Y, b.Y)-reach)-s.y0)
	y1 := min(s.h, int(max(a.Y, b.Y)+reach)+2-s.y0)
	away, along := awayMax/radius, alongMax/total
	for y := y0; y < y1; y++ {
		dx, dy := float32(s.x0)-a.X, float32(y+s.y0)-a.Y
		v0, t0 := dx*nx+dy*ny, dx*tx+dy*ty
		l1, r1 := span(v0, nx, -radius, radius)
		l2, r2 := span(t0, tx, -before, length+after)
		lo, hi := ceil(max(l1, l2, 0)), floor(min(r1, r2, float32(s.w-1)))+1
		if lo >= hi {
			continue
		}
		s.lo[y], s.hi[y] = min(s.lo[y], int32(lo)), max(s.hi[y], int32(hi))
		row := s.keys[y*s.w+lo : y*s.w+hi]
		v, u := (v0+nx*float32(lo))*away, begin*alongMax+(t0+tx*float32(lo))*along
		dv, du := nx*away, tx*along
		for i := range row {
			d, side := v, uint32(0)
			if d < 0 {
				d, side = -d, sideBit
			}
			key := uint32(d)<<awayShift | side | min(uint32(max(u, 0)), alongMax)
			if key < row[i] {
				row[i] = key
			}
			v += dv
			u += du
		}
	}
}

// span returns the range of x for which lo ≤ c + d·x ≤ hi.
func span(c, d, lo, hi float32) (from, to float32) {
	const flat = 1e-6
	if d > -flat && d < flat {
		if c < lo || c > hi {
			return 1, 0
		}
		return -math.MaxFloat32, math.MaxFloat32
	}
	from, to = (lo-c)/d, (hi-c)/d
	if from > to {
		from, to = to, from
	}
	return from, to
}

// joint is how far both pieces must reach beyond their common point to close the outer wedge of the bend.
func joint(a, b, c point, radius float32) float32 {
	ux, uy := b.X-a.X, b.Y-a.Y
	vx, vy := c.X-b.X, c.Y-b.Y
	dot, cross := ux*vx+uy*vy, ux*vy-uy*vx
	half := math.Atan2(math.Abs(float64(cross)), float64(dot)) / 2
	return min(radius, radius*float32(math.Tan(min(half, 1.2)))) + .5
}

func distance(a, b point) float32 {
	return float32(math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y)))
}

func ceil(v float32) int  { return int(math.Ceil(float64(min(v, 1<<24)))) }
func floor(v float32) int { return int(math.Floor(float64(max(v, -1<<24)))) }

// place scales a path from plan to canvas pixels and rounds its corners once, so that a long stroke stays a curve when
// it is painted large.
func (s *sweeper) place(path []point, scale float32) []point {
	s.path = s.path[:0]
	at := func(p point) point { return point{(p.X+.5)*scale - .5, (p.Y+.5)*scale - .5} }
	s.path = append(s.path, at(path[0]))
	for i := 1; i < len(path); i++ {
		a, b := at(path[i-1]), at(path[i])
		if i > 1 {
			s.path = append(s.path, between(a, b, .25))
		}
		if i+1 < len(path) {
			s.path = append(s.path, between(a, b, .75))
		}
	}
	s.path = append(s.path, at(path[len(path)-1]))
	return s.path
}

func between(a, b point, t float32) point {
	return point{a.X + t*(b.X-a.X), a.Y + t*(b.Y-a.Y)}
}
