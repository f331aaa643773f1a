package stroke

import (
	"context"
	"image"
	"math/rand/v2"
	"strconv"

	"easel/engine/raster"
)

// Tiles are a multiple of the cell, so that no cell belongs to two; a stroke stays within reach of its tile, so that
// tiles of one colour (every second one both ways) never touch the same pixel.
const (
	tile  = 84 * cell
	reach = 40 * cell
	walk  = reach - 8 // leaves room for the width of the lead
)

// Pass is one way of laying tone: how long, wide and dark strokes are, how densely places are considered and how
// much tone must be missing before one is drawn. Lengths are plan pixels.
type Pass struct {
	Length, Width float32
	Dark          float32 // ink of full pressure, 0…1
	Spacing       float32 // side of the grid of places considered
	Threshold     float32 // density that must be missing
	Jitter        float32 // radians by which a stroke may miss its direction
	Stop          float32 // a stroke ends where less than this share of its first lack is left; 0 means 0.45
	Rounds        int
}

// Shade lays strokes wherever target (density, 0…1) is darker than the sheet so far, following the field, and calls
// done with the share finished. It conserves tone: what a blurred look at the sheet sees approaches the target.
func (s *Sheet) Shade(ctx context.Context, target *raster.Plane, f Field, p Pass, seed uint64, stage string, done func(float64)) {
	if p.Stop == 0 {
		p.Stop = 0.45
	}
	for round := range p.Rounds {
		name := stage + strconv.Itoa(round)
		// Tile seams lie elsewhere in every round.
		offset := raster.Rand(seed, name, -1)
		ox, oy := -cell*offset.IntN(tile/cell), -cell*offset.IntN(tile/cell)
		nx, ny := (s.Density.W-ox+tile-1)/tile, (s.Density.H-oy+tile-1)/tile
		for colour := range 4 {
			var ids []int
			for id := range nx * ny {
				if id%nx&1+2*(id/nx&1) == colour {
					ids = append(ids, id)
				}
			}
			parts := make([]Drawing, len(ids))
			for i := range parts {
				parts[i].Forget = s.Drawing.Forget
			}
			raster.Each(ctx, len(ids), func() *shader { return &shader{sheet: s, target: target, field: f, pass: p} }, func(w *shader, i int) {
				w.rng = raster.Rand(seed, name, ids[i])
				w.out = &parts[i]
				w.tile(ctx, ox+ids[i]%nx*tile, oy+ids[i]/nx*tile)
			})
			for i := range parts {
				s.Drawing.Append(&parts[i])
			}
			if ctx.Err() != nil {
				return
			}
			if done != nil {
				done((float64(round) + float64(colour+1)/4) / float64(p.Rounds))
			}
		}
	}
}

// shader is one goroutine's hand.
type shader struct {
	sheet          *Sheet
	target         *raster.Plane
	field          Field
	pass           Pass
	rng            *rand.Rand
	out            *Drawing
	nib            nib
	places         []Node
	fore, back     []Node
	path           []Node
	x0, y0, x1, y1 float32 // where strokes of the tile may go
}

func (w *shader) tile(ctx context.Context, tx, ty int) {
	width, height := w.sheet.Density.W, w.sheet.Density.H
	w.x0, w.y0 = float32(max(tx-walk, 1)), float32(max(ty-walk, 1))
	w.x1, w.y1 = float32(min(tx+tile+walk, width-2)), float32(min(ty+tile+walk, height-2))
	if !w.wanted(tx, ty) {
		return
	}
	w.places = w.places[:0]
	n := int(float32(tile) / w.pass.Spacing)
	step := float32(tile) / float32(n)
	for j := range n {
		for i := range n {
			x := float32(tx) + (float32(i)+w.rng.Float32())*step
			y := float32(ty) + (float32(j)+w.rng.Float32())*step
			if x >= w.x0 && y >= w.y0 && x < w.x1 && y < w.y1 && w.target.P[int(y)*width+int(x)] >= w.pass.Threshold {
				w.places = append(w.places, Node{X: x, Y: y})
			}
		}
	}
	w.rng.Shuffle(len(w.places), func(i, j int) { w.places[i], w.places[j] = w.places[j], w.places[i] })
	for i, p := range w.places {
		if i&127 == 127 && ctx.Err() != nil {
			return
		}
		w.stroke(p.X, p.Y)
	}
}

// wanted reports whether any place of a tile asks for as much tone as a stroke is drawn for.
func (w *shader) wanted(tx, ty int) bool {
	x0, x1 := max(tx, 0), min(tx+tile, w.target.W)
	for y := max(ty, 0); y < min(ty+tile, w.target.H); y++ {
		for _, v := range w.target.Row(y)[x0:x1] {
			if v >= w.pass.Threshold {
				return true
			}
		}
	}
	return false
}

// lack is the density missing at a place, in steps coarse enough that rounding cannot flip a decision.
func (w *shader) lack(x, y float32) float32 {
	i, j := int(x), int(y)
	return float32(int((w.target.P[j*w.target.W+i]-w.sheet.mean(i, j))*4096)) / 4096
}

func (w *shader) stroke(x, y float32) {
	first := w.lack(x, y)
	length := w.pass.Length * (0.35 + 0.3*w.rng.Float32())
	length2 := w.pass.Length * (0.35 + 0.3*w.rng.Float32())
	jitter := (2*w.rng.Float32() - 1) * w.pass.Jitter
	wide := 0.85 + 0.3*w.rng.Float32()
	if first < w.pass.Threshold {
		return
	}
	tx, ty := w.field.At(x, y)
	tx, ty = Turn(tx, ty, jitter)
	var a, b float32
	w.fore, a = w.follow(w.fore[:0], x, y, tx, ty, length, jitter, first)
	w.back, b = w.follow(w.back[:0], x, y, -tx, -ty, length2, jitter, first)
	count := len(w.fore) + len(w.back) + 1
	if count < 3 {
		return
	}
	w.path = w.path[:0]
	for i := len(w.back) - 1; i >= 0; i-- {
		w.path = append(w.path, w.back[i])
	}
	w.path = append(append(w.path, Node{X: x, Y: y}), w.fore...)
	e := (first + a + b) / float32(count)
	w.path = w.profile(w.path, w.pass.Width*wide, min(max(0.30+1.1*e, 0), 1))
	from := len(w.out.strokes)
	w.out.Add(w.path, w.pass.Dark)
	w.path = w.out.unpack(w.path[:0], from)
	if w.nib.press(w.path, image.Rect(0, 0, w.sheet.Density.W, w.sheet.Density.H)) {
		w.sheet.Lead.deposit(&w.nib, w.sheet.Density, w.sheet.Height, w.sheet.low, w.pass.Dark)
	}
	w.out.forget()
}

// follow walks the field from a place in steps of two pixels and returns the points passed and the sum of what lacks
// there. It ends where enough tone is there already: strokes end at edges by themselves.
func (w *shader) follow(path []Node, x, y, vx, vy, length, jitter, first float32) ([]Node, float32) {
	const step = 2
	sum := float32(0)
	for s := float32(step); s <= length; s += step {
		tx, ty := w.field.At(x, y)
		tx, ty = Turn(tx, ty, jitter)
		if tx*vx+ty*vy < 0 {
			tx, ty = -tx, -ty
		}
		if tx*vx+ty*vy < 0.6 {
			break
		}
		vx, vy = 0.6*vx+0.4*tx, 0.6*vy+0.4*ty
		l := 1 / sqrt(vx*vx+vy*vy)
		vx, vy = vx*l, vy*l
		x, y = x+step*vx, y+step*vy
		// Written so that a place that is no number ends the stroke too.
		if !(x >= w.x0 && y >= w.y0 && x < w.x1 && y < w.y1) {
			break
		}
		e := w.lack(x, y)
		if e < w.pass.Stop*first {
			break
		}
		sum += e
		path = append(path, Node{X: x, Y: y})
	}
	return path, sum
}

// profile thins the path out and gives it the hand's swell: thin and light over the last quarter at both ends.
func (w *shader) profile(path []Node, width, pressure float32) []Node {
	n := len(path)
	every := min(max(n/6, 1), 5)
	kept := path[:0]
	for i := range n {
		if i%every != 0 && i != n-1 {
			continue
		}
		u := float32(i) / float32(n-1)
		t := min(1, 4*min(u, 1-u))
		kept = append(kept, Node{path[i].X, path[i].Y, width * (0.5 + 0.5*t), pressure * (0.25 + 0.75*t)})
	}
	return kept
}
