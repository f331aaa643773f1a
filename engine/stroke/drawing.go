// Package stroke is the hand that the pencil styles share: it traces lines, places strokes where a tone is still
// missing, records every mark, and lays the record down on paper at any size.
//
// Decisions are made once, at plan size, while the marks are being placed; a recording replayed at another scale is
// therefore the same drawing and not an enlarged one.
package stroke

import "iter"

// Node is one point of a stroke in plan pixels (whole numbers are pixel centres), with the stroke's width there in
// plan pixels and the pressure of the hand, 0…1.
type Node struct{ X, Y, Width, Pressure float32 }

// packed is a Node as it is kept: 12 bytes, the width in 1/256 pixel and the pressure in 1/65535.
type packed struct {
	x, y            float32
	width, pressure uint16
}

type header struct {
	first, count uint32
	dark         float32
}

// Drawing is a recording of strokes in the order in which they were drawn, for a sheet of W×H plan pixels. The zero
// value with a size is an empty drawing.
type Drawing struct {
	W, H    int
	nodes   []packed
	strokes []header

	Forget bool // strokes are counted and not kept
	gone   int  // strokes counted and not kept
}

// Add records one stroke. Dark is how much ink full pressure leaves, 0…1; a negative value lifts ink, as a kneaded
// eraser does. Strokes of fewer than two nodes are not recorded.
func (d *Drawing) Add(path []Node, dark float32) {
	if len(path) < 2 {
		return
	}
	first := len(d.nodes)
	for _, n := range path {
		d.nodes = append(d.nodes, packed{
			x: n.X, y: n.Y,
			width:    uint16(min(max(n.Width, 0)*256+0.5, 65535)),
			pressure: uint16(min(max(n.Pressure, 0), 1)*65535 + 0.5),
		})
	}
	d.strokes = append(d.strokes, header{first: uint32(first), count: uint32(len(path)), dark: dark})
}

// Append records all strokes of another drawing after those of this one.
func (d *Drawing) Append(o *Drawing) {
	shift := uint32(len(d.nodes))
	d.nodes = append(d.nodes, o.nodes...)
	for _, s := range o.strokes {
		s.first += shift
		d.strokes = append(d.strokes, s)
	}
	d.gone += o.gone
}

// Len is the number of strokes drawn.
func (d *Drawing) Len() int { return len(d.strokes) + d.gone }

// forget drops what is recorded, where that is wanted, once it has been laid down.
func (d *Drawing) forget() {
	if d.Forget {
		d.gone += len(d.strokes)
		d.nodes, d.strokes = d.nodes[:0], d.strokes[:0]
	}
}

// All yields every stroke with its darkness. The nodes are valid until the next step only.
func (d *Drawing) All() iter.Seq2[[]Node, float32] {
	return func(yield func([]Node, float32) bool) {
		var path []Node
		for i := range d.strokes {
			path = d.unpack(path[:0], i)
			if !yield(path, d.strokes[i].dark) {
				return
			}
		}
	}
}

func (d *Drawing) unpack(path []Node, i int) []Node {
	s := d.strokes[i]
	for _, n := range d.nodes[s.first : s.first+s.count] {
		path = append(path, Node{n.x, n.y, float32(n.width) / 256, float32(n.pressure) / 65535})
	}
	return path
}

// rows returns the first and one past the last pixel row that stroke i can touch at a scale.
func (d *Drawing) rows(i int, scale float32) (y0, y1 int) {
	s := d.strokes[i]
	lo, hi := float32(1e9), float32(-1e9)
	for _, n := range d.nodes[s.first : s.first+s.count] {
		r := float32(n.width) / 512
		lo, hi = min(lo, n.y-r), max(hi, n.y+r)
	}
	return floor(lo*scale+(scale-1)/2) - 1, floor(hi*scale+(scale-1)/2) + 3
}
