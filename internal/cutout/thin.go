package cutout

import (
	"image"
	"math"
)

// thinned leaves out the points of a line without which it stays where it was, to a tolerance in pixels (Ramer 1972; Douglas and
// Peucker 1973). A hand leaves a point wherever it was seen, hundreds along what a few say as well.
func thinned(points []image.Point, tolerance float64) []image.Point {
	last := len(points) - 1
	if last < 2 {
		return points
	}
	bend, most := 0, tolerance
	for i := 1; i < last; i++ {
		if d := beside(points[i], points[0], points[last]); d > most {
			bend, most = i, d
		}
	}
	if bend == 0 {
		return []image.Point{points[0], points[last]}
	}
	before := thinned(points[:bend+1], tolerance)
	return append(before[:len(before)-1:len(before)-1], thinned(points[bend:], tolerance)...)
}

// beside is how far a point lies from the way between two others.
func beside(p, from, to image.Point) float64 {
	x, y := float64(p.X-from.X), float64(p.Y-from.Y)
	dx, dy := float64(to.X-from.X), float64(to.Y-from.Y)
	if length := dx*dx + dy*dy; length > 0 {
		t := min(max((x*dx+y*dy)/length, 0), 1)
		x, y = x-t*dx, y-t*dy
	}
	return math.Hypot(x, y)
}
