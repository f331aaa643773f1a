package stroke

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"image/color"
	"io"
	"maps"
	"slices"
	"strconv"
)

// fine is how many units of the file make a pixel: whole numbers are shorter than decimals.
const fine = 4

// SVG writes the drawing as vectors: short strokes as lines of a rounded width, long ones as filled shapes that swell
// and thin out. Ink of one colour may be laid in any order, so strokes that look alike are written together. Strokes
// that lift ink are left out, since ink in an SVG cannot be lifted. Where ground is not nil its colour lies around what
// it keeps.
func (d *Drawing) SVG(ctx context.Context, w io.Writer, paper, ink color.NRGBA, ground *Ground) error {
	v := vector{kinds: map[look][][]byte{}}
	for path, dark := range d.All() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if dark > 0 {
			v.stroke(path, dark)
		}
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">`+"\n", d.W, d.H, fine*d.W, fine*d.H)
	if ground == nil {
		fmt.Fprintf(b, `<rect width="100%%" height="100%%" fill="%s"/>`+"\n", hex(paper))
	} else {
		fmt.Fprintf(b, `<rect width="100%%" height="100%%" fill="%s"/>`+"\n", hex(ground.Colour))
		fmt.Fprintf(b, `<path fill="%s" fill-rule="evenodd" d="%s"/>`+"\n", hex(paper), ground.path())
	}
	fmt.Fprintf(b, `<g fill="none" stroke="%s" stroke-linecap="round" stroke-linejoin="round">`+"\n", hex(ink))
	looks := slices.SortedFunc(maps.Keys(v.kinds), func(a, b look) int {
		return cmp.Or(cmp.Compare(a.width, b.width), cmp.Compare(a.opaque, b.opaque))
	})
	for _, l := range looks {
		l.write(b, v.kinds[l], hex(ink))
	}
	fmt.Fprint(b, "</g>\n</svg>\n")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the drawing: %w", err)
	}
	return nil
}

// path is the outline of what the ground leaves bare.
func (g *Ground) path() string {
	const coarse = 4
	v := &vector{}
	for _, line := range g.outline(coarse) {
		nodes := make([]Node, len(line))
		for i, p := range line {
			nodes[i] = Node{X: p.X, Y: p.Y}
		}
		if half := len(nodes) / 2; half > 3 { // thinned in two parts, because a closed line has no chord
			v.polyline(append(thin(nodes[:half+1], 0.4), thin(nodes[half:], 0.4)[1:]...))
			v.text = append(v.text, 'z')
		}
	}
	return string(v.text)
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// look is what strokes of one group share: the width of a line in units of the file, 0 for a filled shape, and the
// opacity in twelfths.
type look struct{ width, opaque int }

// write puts strokes into paths. Strokes of one path do not darken each other where they cross, so neighbours are
// dealt to different paths.
func (l look) write(b *bufio.Writer, strokes [][]byte, ink string) {
	const together = 60
	opaque := strconv.FormatFloat(float64(l.opaque)/12, 'f', 2, 64)
	if l.width == 0 {
		fmt.Fprintf(b, `<g fill="%s" stroke="none" fill-opacity="%s">`+"\n", ink, opaque)
	} else {
		fmt.Fprintf(b, `<g stroke-width="%d" stroke-opacity="%s">`+"\n", l.width, opaque)
	}
	stride := (len(strokes) + together - 1) / together
	for first := range stride {
		b.WriteString(`<path d="`)
		for i := first; i < len(strokes); i += stride {
			b.Write(strokes[i])
		}
		b.WriteString(`"/>` + "\n")
	}
	b.WriteString("</g>\n")
}

// vector sorts strokes by their look.
type vector struct {
	kinds map[look][][]byte
	text  []byte // of the stroke in work
}

func (v *vector) stroke(path []Node, dark float32) {
	var length, width, pressure float32
	for i, n := range path {
		width, pressure = width+n.Width, pressure+n.Pressure
		if i > 0 {
			length += sqrt((n.X-path[i-1].X)*(n.X-path[i-1].X) + (n.Y-path[i-1].Y)*(n.Y-path[i-1].Y))
		}
	}
	width /= float32(len(path))
	pressure /= float32(len(path))
	// Grain leaves about this much ink; twelve steps of opacity are more than an eye tells apart in a line.
	l := look{opaque: int(12*min(1, pressure*dark*(0.6+0.4*pressure)) + 0.5)}
	if l.opaque == 0 {
		return
	}
	v.text = nil
	simple := thin(path, max(0.5, length/50))
	switch {
	case length > 8*width && len(simple) <= 3:
		v.lens(simple, width)
	case length > 14*width:
		v.outline(thin(path, 0.45))
	default:
		l.width = max(int(width*fine+0.5), 1)
		v.polyline(thin(path, 0.6))
	}
	v.kinds[l] = append(v.kinds[l], v.text)
}

// lens writes a slightly bent stroke as two curves between its ends, which is a third of an outline's length.
func (v *vector) lens(path []Node, width float32) {
	a, b := path[0], path[len(path)-1]
	m := Node{X: (a.X + b.X) / 2, Y: (a.Y + b.Y) / 2}
	if len(path) == 3 {
		m = path[1]
	}
	dx, dy := b.X-a.X, b.Y-a.Y
	l := 1.1 * width / max(sqrt(dx*dx+dy*dy), 1e-3)
	cx, cy := 2*m.X-(a.X+b.X)/2, 2*m.Y-(a.Y+b.Y)/2
	start := v.to(0, [2]int{}, a.X, a.Y)
	v.text = append(v.text, 'q')
	v.to(2, start, cx-dy*l, cy+dx*l)
	end := v.to(2, start, b.X, b.Y)
	v.text = append(v.text, 'q')
	v.to(2, end, cx+dy*l, cy-dx*l)
	v.to(2, end, a.X, a.Y)
	v.text = append(v.text, 'z')
}

func (v *vector) polyline(path []Node) {
	var at [2]int
	for i, n := range path {
		at = v.to(i, at, n.X, n.Y)
	}
}

// outline writes both sides of the stroke, there and back.
func (v *vector) outline(path []Node) {
	var at [2]int
	last := len(path) - 1
	for k := range 2 * len(path) {
		i, side := k, float32(0.5)
		if k > last {
			i, side = 2*last+1-k, -0.5
		}
		a, b := path[max(i-1, 0)], path[min(i+1, last)]
		dx, dy := b.X-a.X, b.Y-a.Y
		l := side * path[i].Width / max(sqrt(dx*dx+dy*dy), 1e-3)
		at = v.to(k, at, path[i].X-dy*l, path[i].Y+dx*l)
	}
	v.text = append(v.text, 'z')
}

// to appends a point relative to the last one in units of the file, and returns it.
func (v *vector) to(i int, at [2]int, x, y float32) [2]int {
	next := [2]int{floor((x+0.5)*fine + 0.5), floor((y+0.5)*fine + 0.5)}
	switch i {
	case 0:
		v.text, at = append(v.text, 'M'), [2]int{}
	case 1:
		v.text = append(v.text, 'l')
	}
	for c := range 2 {
		n := next[c] - at[c]
		if last := v.text[len(v.text)-1]; n >= 0 && last >= '0' && last <= '9' {
			v.text = append(v.text, ' ')
		}
		v.text = strconv.AppendInt(v.text, int64(n), 10)
	}
	return next
}

// thin drops nodes that lie within tolerance of the chord of their neighbours (Douglas and Peucker), widths included.
func thin(path []Node, tolerance float32) []Node {
	if len(path) < 3 {
		return path
	}
	a, b := path[0], path[len(path)-1]
	worst, at := float32(0), 0
	dx, dy := b.X-a.X, b.Y-a.Y
	inverse := 1 / max(dx*dx+dy*dy, 1e-6)
	for i := 1; i < len(path)-1; i++ {
		p := path[i]
		t := min(max(((p.X-a.X)*dx+(p.Y-a.Y)*dy)*inverse, 0), 1)
		ex, ey := p.X-a.X-t*dx, p.Y-a.Y-t*dy
		ew := (p.Width - a.Width - t*(b.Width-a.Width)) / 2
		if e := ex*ex + ey*ey + ew*ew; e > worst {
			worst, at = e, i
		}
	}
	if worst <= tolerance*tolerance {
		return []Node{a, b}
	}
	left := thin(path[:at+1], tolerance)
	return append(left[:len(left)-1:len(left)-1], thin(path[at:], tolerance)...)
}
