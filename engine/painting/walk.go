package painting

import (
	"math"

	"easel/engine/raster"
)

const (
	crossing   = .034 // squared colour distance that is another form: the brush never goes there
	spilling   = .17  // the same for the lay-in, which must cover
	beside     = .060 // the same for the side of the brush
	sharpest   = .60  // cosine of the sharpest turn in one step
	inertia    = .5
	curledUp   = .05     // cosine to where a side of a stroke began: a hand does not paint loops
	roundUnits = 1 << 14 // squared distances are rounded before they decide
)

// walker decides where strokes of one layer go. It only reads; the canvas is as the last layer left it.
type walker struct {
	layer  *layer
	radius float32 // of the layer in plan pixels
	ref    raster.RGB
	canvas *canvas
	field  *field
	kept   *raster.Plane // where paint may go; nil is everywhere
	points []point       // scratch: the way back, reversed, then the way on
	ahead  []point
}

// look returns the reference's colour at a place; outside it is the nearest edge's.
func (w *walker) look(x, y float32) [3]float32 {
	i := w.index(x, y)
	return [3]float32{w.ref[0].P[i], w.ref[1].P[i], w.ref[2].P[i]}
}

func (w *walker) index(x, y float32) int {
	c := w.ref[0]
	return min(max(int(y+.5), 0), c.H-1)*c.W + min(max(int(x+.5), 0), c.W-1)
}

// apart is the squared distance of two colours, rounded.
func apart(a, b [3]float32) float32 {
	dr, dg, db := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	d := float32(dr*dr) + float32(dg*dg) + float32(db*db)
	return float32(math.Round(float64(d*roundUnits))) / roundUnits
}

// room measures how much of the brush fits on both sides of a place before it would touch another form, in parts of
// the radius.
func (w *walker) room(p point, nx, ny, radius float32, colour [3]float32) (left, right float32) {
	side := func(sign float32) float32 {
		free := float32(.25)
		for _, part := range [...]float32{.4, .6, .8, 1} {
			d := sign * part * radius
			if apart(w.look(p.X+nx*d, p.Y+ny*d), colour) > beside {
				return free
			}
			free = part
		}
		return free
	}
	return side(-1), side(1)
}

// settle fits the brush into its place: where an edge is near on one side it moves away from it and becomes narrower,
// so that the stroke runs along the edge instead of over it.
func (w *walker) settle(p point, colour [3]float32) (point, float32) {
	dx, dy := w.field.at(p.X, p.Y)
	nx, ny := -dy, dx
	left, right := w.room(p, nx, ny, w.radius, colour)
	shift := (right - left) / 2 * w.radius
	return point{p.X + nx*shift, p.Y + ny*shift}, (left + right) / 2 * w.radius
}

// walk follows the field both ways from a place, at most half a length each way, and returns the path and the mean
// reference colour on it. The path lives until the next walk. free strokes may cross all but the strongest edges.
func (w *walker) walk(from point, radius, half float32, colour [3]float32, free bool) (path []point, mean [3]float32) {
	w.ahead = w.side(w.ahead[:0], from, radius, half, colour, free, 1)
	w.points = w.side(w.points[:0], from, radius, half, colour, free, -1)
	for i, j := 0, len(w.points)-1; i < j; i, j = i+1, j-1 {
		w.points[i], w.points[j] = w.points[j], w.points[i]
	}
	w.points = append(w.points, from)
	w.points = append(w.points, w.ahead...)
	for _, p := range w.points {
		c := w.look(p.X, p.Y)
		for i := range mean {
			mean[i] += c[i] / float32(len(w.points))
		}
	}
	return w.points, mean
}

// side walks one way.
func (w *walker) side(path []point, from point, radius, half float32, colour [3]float32, free bool, sign float32) []point {
	step := max(1.5, radius/2)
	vx, vy := w.field.at(from.X, from.Y)
	vx, vy = sign*vx, sign*vy
	p, gone := from, float32(0)
	ux, uy := vx, vy
	for gone+step <= half {
		tx, ty := w.field.at(p.X, p.Y)
		dot := tx*vx + ty*vy
		if dot < 0 {
			tx, ty, dot = -tx, -ty, -dot
		}
		if dot < sharpest {
			break
		}
		vx, vy = inertia*vx+(1-inertia)*tx, inertia*vy+(1-inertia)*ty
		n := sqrt(float32(vx*vx) + float32(vy*vy))
		vx, vy = vx/n, vy/n
		q := point{p.X + step*vx, p.Y + step*vy}
		if ux*vx+uy*vy < curledUp {
			break
		}
		if w.outside(q, radius) || w.stops(q, vx, vy, radius, gone+step, colour, free) {
			break
		}
		p = q
		gone += step
		path = append(path, p)
	}
	return path
}

// outside lets a stroke run off the canvas far enough that its ragged end does not show.
func (w *walker) outside(p point, radius float32) bool {
	far := 3 * radius
	return p.X < -far || p.Y < -far || p.X > float32(w.ref.W())+far || p.Y > float32(w.ref.H())+far
}

// stops reports whether the stroke would enter another form, ahead or beside it, or make the canvas worse; a free
// one only where the other form is quite different.
func (w *walker) stops(p point, vx, vy, radius, gone float32, colour [3]float32, free bool) bool {
	if side := .8 * radius; w.kept != nil && !(w.open(p.X, p.Y) && w.open(p.X-vy*side, p.Y+vx*side) && w.open(p.X+vy*side, p.Y-vx*side)) {
		return true
	}
	i := w.index(p.X, p.Y)
	ref := [3]float32{w.ref[0].P[i], w.ref[1].P[i], w.ref[2].P[i]}
	miss := apart(ref, colour)
	if free {
		return miss > spilling
	}
	if miss > crossing {
		return true
	}
	c := w.canvas.colour
	if gone > radius && miss > w.layer.bear && miss > apart(ref, [3]float32{c[0].P[i], c[1].P[i], c[2].P[i]}) {
		return true
	}
	d := .7 * radius
	return apart(w.look(p.X-vy*d, p.Y+vx*d), colour) > beside || apart(w.look(p.X+vy*d, p.Y-vx*d), colour) > beside
}
