package cutout

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

func TestAThinnedLineStaysWhereItWas(t *testing.T) {
	t.Parallel()
	var straight, corner, hand []image.Point
	for i := range 1500 {
		straight = append(straight, image.Pt(i, i/3))
		corner = append(corner, image.Pt(min(i, 700), max(0, i-700)))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for x, y, way := 500.0, 500.0, 0.0; len(hand) < 1500; way += 0.3 * (r.Float64() - 0.5) {
		x, y = x+3*math.Cos(way), y+3*math.Sin(way)
		hand = append(hand, image.Pt(int(x), int(y)))
	}
	for name, c := range map[string]struct {
		points []image.Point
		most   int
	}{"one point": {straight[:1], 1}, "a dab": {[]image.Point{{5, 5}, {5, 5}, {5, 5}}, 2}, "a line": {straight, 2}, "a corner": {corner, 3}, "a hand": {hand, 150}} {
		thin := thinned(c.points, 3)
		if len(thin) > c.most || thin[0] != c.points[0] || thin[len(thin)-1] != c.points[len(c.points)-1] {
			t.Errorf("%s: %d of %d points are left, from %v to %v", name, len(thin), len(c.points), thin[0], thin[len(thin)-1])
		}
		for _, p := range c.points {
			off := math.Inf(1)
			for i := range thin {
				off = min(off, beside(p, thin[max(i-1, 0)], thin[i]))
			}
			if off > 3 {
				t.Errorf("%s: the line went past %v, and is %.1f pixels away now", name, p, off)
				break
			}
		}
	}
}
