package painting

// point is a place on the plan's pixels, where whole numbers are pixel centres. A stroke's path is stored at plan size
// and never changes; larger renderings multiply it.
type point struct{ X, Y float32 }

// mark is one brush stroke as it was decided: everything that is needed to paint it again at any size.
type mark struct {
	first  int32      // where its path begins in the sheet's points
	count  int32      // points on its path, at least 2
	radius float32    // half the brush's width in plan pixels
	colour [3]float32 // the paint, gamma-encoded sRGB
	second [3]float32 // paint that is not quite mixed in, carried by some of the bristles
	cover  float32    // 0…1: how much of what lies below the paint hides
	body   float32    // 0…1: thickness of the paint; lights are thick, shadows thin
	brush  uint8      // which brush of the set
	mirror bool       // the brush is turned over
}

// sheet holds the strokes that begin in one tile, in painting order.
type sheet struct {
	marks  []mark
	points []point
}

// path returns the points of a mark of this sheet.
func (s *sheet) path(m *mark) []point {
	return s.points[m.first : m.first+m.count : m.first+m.count]
}

// page is one layer of the painting: tiles in row order, each with its sheet. Strokes of one tile never reach further
// than half a tile beyond it, so tiles that do not touch can be painted at the same time.
type page struct {
	side       int // of a tile in plan pixels
	cols, rows int
	sheets     []sheet
}

// newPage returns an empty layer for a picture of w×h plan pixels whose strokes reach no further than reach from where
// they begin.
func newPage(w, h int, reach float32) *page {
	side := max(64, int(2*reach)+2)
	p := &page{side: side, cols: (w + side - 1) / side, rows: (h + side - 1) / side}
	p.sheets = make([]sheet, p.cols*p.rows)
	return p
}

// phases returns the numbers of the tiles in four groups. No two tiles of a group touch each other.
func (p *page) phases() [4][]int {
	var groups [4][]int
	for i := range p.sheets {
		x, y := i%p.cols, i/p.cols
		g := x&1 + 2*(y&1)
		groups[g] = append(groups[g], i)
	}
	return groups
}

// strokes counts the marks of the layer.
func (p *page) strokes() int {
	n := 0
	for i := range p.sheets {
		n += len(p.sheets[i].marks)
	}
	return n
}
