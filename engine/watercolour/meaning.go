package watercolour

import (
	"image"

	"easel/engine/raster"
	"easel/engine/stroke"
)

// meaningless says whether a line, of a box that begins at a point, is a chance of the detector's: a ring or curl; one on
// bare paper, where nothing is painted that it could bound; or behind the subject one that is short, or winds, as they
// are in leaves, gravel and grass.
func (s *study) meaningless(line stroke.Line, at image.Point) bool {
	const curl, short, long, straight = 110, 75, 150, 0.88 // k pixels; the last is chord over length
	if mid := line[len(line)/2]; s.p.Importance.At(at.X+int(mid.X), at.Y+int(mid.Y)) < 0.2 && line.Curls(curl*s.k) {
		return true
	}
	var held, painted float32 // points of it
	for _, p := range line {
		x, y := min(max(at.X+int(p.X), 0), s.p.W-1), min(max(at.Y+int(p.Y), 0), s.p.H-1)
		held += max(s.belief*s.p.Matte.At(x, y), 4*s.attention(y)[x])
		painted += s.onPaint(p, at)
	}
	n, length := float32(len(line)), line.Length()
	if painted < 0.5*n {
		return true
	}
	if length > long*s.k || held > 0.4*n {
		return false
	}
	a, b := line[0], line[len(line)-1]
	return length < short*s.k || hypot(b.X-a.X, b.Y-a.Y) < straight*length
}

// onPaint is 1 for a point of a line on the wash or on the subject, and falls to 0 beside it.
func (s *study) onPaint(p stroke.Point, at image.Point) float32 {
	x, y := p.X+float32(at.X), p.Y+float32(at.Y)
	return min(1, max(1.4*s.belief*s.p.Matte.At(int(x), int(y)), raster.Smoothstep(-0.35, -0.05, s.edge(x, y)-edgeAt)))
}

// found returns the part of a line along which the photo has a step, and for each of its points how firmly it is drawn,
// 0…1: contours are lost where the step is and found again. The detector draws strong darks out beyond their ends; behind
// an eye that would be a tear.
func (s *study) found(line stroke.Line, at image.Point) (stroke.Line, []float32) {
	const beside, least, usual, end = 3.5, 0.2, 0.6, 0.45 // k pixels; depths, and the share of the mean step that is enough
	const flat = 0.025                                    // and of the luma, to be any
	n := len(line)
	steps, floor := make([]float32, n), make([]float32, n)
	mean := float32(1e-4)
	for i, p := range line {
		a, b := line[max(0, i-1)], line[min(n-1, i+1)]
		l := beside * s.k / max(1e-3, hypot(b.X-a.X, b.Y-a.Y))
		dx, dy := l*(b.X-a.X), l*(b.Y-a.Y)
		x, y := p.X+float32(at.X), p.Y+float32(at.Y)
		here := s.p.Luma.Sample(x, y)
		steps[i] = max(0, max(s.p.Luma.Sample(x-dy, y+dx), s.p.Luma.Sample(x+dy, y-dx))-here)
		floor[i] = flat * (here + 0.1)
		mean += steps[i] / float32(n)
	}
	depths := make([]float32, n)
	for i, v := range steps {
		v = (steps[max(0, i-1)] + 2*v + steps[min(n-1, i+1)]) / 4
		depths[i] = (least + (1-least)*min(1, v/max(usual*mean, floor[i]))) * s.onPaint(line[i], at)
	}
	from, to := 0, n
	for to-from > n/4 && to-from > 3 && depths[from] < end {
		from++
	}
	for to-from > n/4 && to-from > 3 && depths[to-1] < end {
		to--
	}
	return line[from:to], depths[from:to]
}
