package stroke

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"strconv"

	"image/color"
)

// SVG writes the drawing as vectors: short strokes as lines of a rounded width, long ones as filled outlines that
// swell and thin out. Strokes that lift ink are left out, since ink in an SVG cannot be lifted.
func (d *Drawing) SVG(ctx context.Context, w io.Writer, paper, ink color.NRGBA) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d">`+"\n", d.W, d.H)
	fmt.Fprintf(b, `<rect width="100%%" height="100%%" fill="%s"/>`+"\n", hex(paper))
	fmt.Fprintf(b, `<g fill="none" stroke="%s" stroke-linecap="round" stroke-linejoin="round">`+"\n", hex(ink))
	v := vector{out: b, ink: hex(ink)}
	for path, dark := range d.All() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if dark > 0 {
			v.stroke(path, dark)
		}
	}
	v.group("", "")
	fmt.Fprint(b, "</g>\n</svg>\n")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the drawing: %w", err)
	}
	return nil
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// vector writes strokes, sharing the attributes of neighbours that look the same.
type vector struct {
	out    *bufio.Writer
	ink    string
	width  string
	opaque string
	open   bool
	text   []byte
}

// group begins a group of strokes of one width and opacity; with no width it only ends the last one.
func (v *vector) group(width, opaque string) {
	if v.open && width == v.width && opaque == v.opaque {
		return
	}
	if v.open {
		v.out.WriteString("</g>\n")
	}
	v.open = width != ""
	v.width, v.opaque = width, opaque
	switch {
	case !v.open:
	case width == "fill":
		fmt.Fprintf(v.out, `<g fill="%s" stroke="none" fill-opacity="%s">`+"\n", v.ink, opaque)
	default:
		fmt.Fprintf(v.out, `<g stroke-width="%s" stroke-opacity="%s">`+"\n", width, opaque)
	}
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
	opaque := strconv.FormatFloat(math.Round(float64(min(1, pressure*dark*(0.6+0.4*pressure)))*12)/12, 'f', 2, 32)
	if opaque == "0.00" {
		return
	}
	v.text = append(v.text[:0], `<path d="`...)
	if length > 14*width {
		v.group("fill", opaque)
		v.outline(thin(path, 0.35))
	} else {
		v.group(strconv.FormatFloat(math.Round(float64(width)*3)/3+0.1, 'f', 1, 32), opaque)
		v.polyline(thin(path, 0.35))
	}
	v.text = append(v.text, `"/>`+"\n"...)
	v.out.Write(v.text)
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

// to appends a point in tenths of a pixel relative to the last one, and returns it.
func (v *vector) to(i int, at [2]int, x, y float32) [2]int {
	next := [2]int{int(math.Round(float64(x+0.5) * 10)), int(math.Round(float64(y+0.5) * 10))}
	command := byte('l')
	if i == 0 {
		command, at = 'M', [2]int{}
	}
	if i <= 1 {
		v.text = append(v.text, command)
	}
	for c := range 2 {
		n := next[c] - at[c]
		if n >= 0 && i > 1 || c == 1 && n >= 0 {
			v.text = append(v.text, ' ')
		}
		v.text = strconv.AppendFloat(v.text, float64(n)/10, 'f', -1, 64)
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
