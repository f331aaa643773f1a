package stroke

import (
	"cmp"
	"math"
	"slices"

	"easel/engine/raster"
)

// Point is one point of a traced line in plan pixels, with the strength of the response there.
type Point struct{ X, Y, Strength float32 }

// Line is a traced line; its points are Tracing.Step apart.
type Line []Point

// Length is the line's length in pixels.
func (l Line) Length() float32 {
	sum := float32(0)
	for i := 1; i < len(l); i++ {
		dx, dy := l[i].X-l[i-1].X, l[i].Y-l[i-1].Y
		sum += sqrt(dx*dx + dy*dy)
	}
	return sum
}

// Strength is the mean strength along the line.
func (l Line) Strength() float32 {
	sum := float32(0)
	for _, p := range l {
		sum += p.Strength
	}
	return sum / float32(max(len(l), 1))
}

// Curls reports whether the line is a small ring or curl, shorter than a length in pixels. Lattices and patterns are
// traced as such; a hand does not draw them.
func (l Line) Curls(shorter float32) bool {
	const most = 4.2 // radians: two thirds of a ring
	if l.Length() >= shorter {
		return false
	}
	turned := 0.0
	for i := 2; i < len(l); i++ {
		ax, ay := float64(l[i-1].X-l[i-2].X), float64(l[i-1].Y-l[i-2].Y)
		bx, by := float64(l[i].X-l[i-1].X), float64(l[i].Y-l[i-1].Y)
		turned += math.Atan2(ax*by-ay*bx, ax*bx+ay*by)
	}
	return math.Abs(turned) > most
}

// Tracing says what becomes a line. Lengths are plan pixels.
type Tracing struct {
	High, Low float32                    // a line begins above High and ends below Low
	Apart     int                        // radius around a line within which no other line runs
	Shortest  func(x, y float32) float32 // the least length of a line through a place
	Smooth    float32                    // standard deviation of the smoothing along the line
	Step      float32                    // distance between the points of a finished line
}

// Trace follows the ridges of a response (high on lines) along the flow and returns them as lines, strongest first.
func Trace(response *raster.Plane, flow *raster.Flow, o Tracing) []Line {
	t := &tracer{Tracing: o, r: response, flow: flow, used: make([]bool, len(response.P))}
	var lines []Line
	for _, i := range t.seeds() {
		if t.used[i] {
			continue
		}
		x, y := float32(int(i)%response.W), float32(int(i)/response.W)
		raw := t.line(x, y)
		length := raw.Length()
		if length > 3 {
			t.mark(raw)
		}
		if length >= o.Shortest(x, y) {
			lines = append(lines, resample(smooth(raw, o.Smooth), o.Step))
		}
	}
	return lines
}

type tracer struct {
	Tracing
	r    *raster.Plane
	flow *raster.Flow
	used []bool
}

// seeds are the pixels above High that are ridges across the tangent, strongest first.
func (t *tracer) seeds() []int32 {
	var seeds []int32
	for y := 2; y < t.r.H-2; y++ {
		for x := 2; x < t.r.W-2; x++ {
			v := t.r.P[y*t.r.W+x]
			if v <= t.High {
				continue
			}
			fx, fy := float32(x), float32(y)
			tx, ty := t.flow.At(fx, fy)
			if v >= t.r.Sample(fx-ty, fy+tx) && v >= t.r.Sample(fx+ty, fy-tx) {
				seeds = append(seeds, int32(y*t.r.W+x))
			}
		}
	}
	slices.SortFunc(seeds, func(a, b int32) int {
		return cmp.Or(cmp.Compare(t.r.P[b], t.r.P[a]), cmp.Compare(a, b))
	})
	return seeds
}

// line walks both ways from a seed.
func (t *tracer) line(x, y float32) Line {
	tx, ty := t.flow.At(x, y)
	seed := Point{x, y, t.r.Sample(x, y)}
	fore, closed := t.walk(seed, tx, ty)
	var back Line
	if !closed {
		back, _ = t.walk(seed, -tx, -ty)
	}
	slices.Reverse(back)
	return append(append(back, seed), fore...)
}

// walk follows the ridge in steps of one pixel until it turns sharply, meets another line, fades, or closes on itself.
func (t *tracer) walk(seed Point, vx, vy float32) (line Line, closed bool) {
	const longest = 4000
	x, y, weak := seed.X, seed.Y, 0
	for range longest {
		tx, ty := t.flow.At(x, y)
		if tx*vx+ty*vy < 0 {
			tx, ty = -tx, -ty
		}
		if tx*vx+ty*vy < 0.6 {
			break
		}
		vx, vy = 0.5*vx+0.5*tx, 0.5*vy+0.5*ty
		l := 1 / sqrt(vx*vx+vy*vy)
		vx, vy = vx*l, vy*l
		x, y = x+vx, y+vy
		// Stay on the ridge: lean towards the stronger side.
		a, b := t.r.Sample(x-0.7*vy, y+0.7*vx), t.r.Sample(x+0.7*vy, y-0.7*vx)
		if d := a - b; d != 0 {
			c := t.r.Sample(x, y)
			by := min(max(0.35*d/(max(a, b, c)-min(a, b, c)+1e-6), -0.35), 0.35)
			x, y = x-by*vy, y+by*vx
		}
		if !(x >= 2 && y >= 2 && x < float32(t.r.W-2) && y < float32(t.r.H-2)) || t.used[int(y+0.5)*t.r.W+int(x+0.5)] {
			break
		}
		v := t.r.Sample(x, y)
		if v < t.Low {
			if weak++; weak > 3 {
				break
			}
		} else {
			weak = 0
		}
		line = append(line, Point{x, y, v})
		if t.closes(line, seed) {
			return line, true
		}
	}
	return line[:len(line)-min(weak, len(line))], false
}

// closes reports whether the end of the line has come back to an earlier part of it.
func (t *tracer) closes(line Line, seed Point) bool {
	n := len(line)
	if n < 12 || n%4 != 0 {
		return false
	}
	end := line[n-1]
	near := func(p Point) bool {
		dx, dy := p.X-end.X, p.Y-end.Y
		return dx*dx+dy*dy < 4
	}
	if near(seed) {
		return true
	}
	for i := 0; i < n-12; i += 3 {
		if near(line[i]) {
			return true
		}
	}
	return false
}

// mark keeps other lines at a distance.
func (t *tracer) mark(line Line) {
	for i, p := range line {
		if i%2 == 1 && i != len(line)-1 {
			continue
		}
		cx, cy := int(p.X+0.5), int(p.Y+0.5)
		for dy := -t.Apart; dy <= t.Apart; dy++ {
			y := cy + dy
			if y < 0 || y >= t.r.H {
				continue
			}
			for dx := -t.Apart; dx <= t.Apart; dx++ {
				if x := cx + dx; x >= 0 && x < t.r.W && dx*dx+dy*dy <= t.Apart*t.Apart {
					t.used[y*t.r.W+x] = true
				}
			}
		}
	}
}
