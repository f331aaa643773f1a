package matting

import (
	"image"

	"easel/engine/raster"
)

// The brush that a person has in the page: its radius is this share of the photo's long side.
const brush = 0.018

// stroke is what a person would draw next: a line along the middle of the largest piece that is wrong, no wider than it.
func (p *pair) stroke(alpha *raster.Plane) (Stroke, bool) {
	v := &view{w: p.truth.W, h: p.truth.H}
	none := v.newBelief()
	var best []bool
	most, keep := 0, false
	for _, lost := range []bool{true, false} {
		wrong := make([]bool, len(p.truth.P))
		for i, is := range p.truth.P {
			in := alpha != nil && alpha.P[i] > 0.5
			wrong[i] = !p.skip[i] && in != (is > 0.5) && (is > 0.5) == lost
		}
		label, found := v.blobs(wrong, true, none)
		for id, b := range found {
			if b.area > most {
				most, keep = b.area, lost
				best = make([]bool, len(label))
				for i, l := range label {
					best[i] = int(l) == id
				}
			}
		}
	}
	if most == 0 {
		return Stroke{}, false
	}
	line, width := p.middle(best)
	return Stroke{Points: line, Radius: min(brush*float32(max(v.w, v.h)), max(0.6*width, 1)), Keep: keep}, true
}

// middle is the longest way through the inside of a piece, and how far it is from the edge where it is widest.
func (p *pair) middle(piece []bool) ([]image.Point, float32) {
	w, h := p.truth.W, p.truth.H
	edge := raster.New(w+2, h+2) // the frame is an edge too
	edge.Fill(1)
	for i, in := range piece {
		if in {
			edge.P[(i/w+1)*(w+2)+i%w+1] = 0
		}
	}
	depth := make([]float32, w*h)
	deepest := 0
	away := rasterDistance(edge)
	for i := range depth {
		if depth[i] = away.P[(i/w+1)*(w+2)+i%w+1]; depth[i] > depth[deepest] {
			deepest = i
		}
	}
	away.Free()
	edge.Free()
	inside := func(i int) bool { return depth[i] >= 0.45*depth[deepest] && depth[i] > 0 }
	end, _ := farthest(deepest, w, h, inside)
	other, from := farthest(end, w, h, inside)
	var line []image.Point
	pace := max(2, int(depth[deepest]/2))
	for i, n := other, 0; i >= 0; i, n = from[i], n+1 {
		if n%pace == 0 || from[i] < 0 {
			line = append(line, image.Pt(i%w, i/w))
		}
	}
	return line, 0.45 * depth[deepest] / 0.6
}

// farthest is the pixel with the longest shortest way from start, and for each pixel the one before it on the way.
func farthest(start, w, h int, inside func(int) bool) (int, []int) {
	from := make([]int, w*h)
	seen := make([]bool, w*h)
	queue := []int{start}
	from[start], seen[start] = -1, true
	last := start
	for len(queue) > 0 {
		last, queue = queue[0], queue[1:]
		x, y := last%w, last/w
		for k, j := range [4]int{last - 1, last + 1, last - w, last + w} {
			if [4]bool{x > 0, x < w-1, y > 0, y < h-1}[k] && !seen[j] && inside(j) {
				seen[j], from[j] = true, last
				queue = append(queue, j)
			}
		}
	}
	return last, from
}

// tap is a dab in the middle of the subject, as the page draws it where somebody taps.
func (p *pair) tap() Stroke {
	edge := raster.New(p.truth.W+2, p.truth.H+2) // the frame is an edge too
	defer edge.Free()
	edge.Fill(1)
	for i, v := range p.truth.P {
		if v > 0.5 {
			edge.P[(i/p.truth.W+1)*edge.W+i%p.truth.W+1] = 0
		}
	}
	away := rasterDistance(edge)
	defer away.Free()
	deepest := 0
	for i, d := range away.P {
		if d > away.P[deepest] {
			deepest = i
		}
	}
	at := image.Pt(deepest%edge.W-1, deepest/edge.W-1)
	return Stroke{Points: []image.Point{at}, Radius: tapped * float32(max(p.truth.W, p.truth.H)), Keep: true}
}

// tapped is the radius of a tap in the page, of the photo's long side.
const tapped = 0.02
