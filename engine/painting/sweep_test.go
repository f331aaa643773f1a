package painting

import (
	"testing"
)

// cover returns which pixels of a w×h canvas the sweep touches, and clears the sweeper as deposit does.
func cover(t *testing.T, s *sweeper, path []point, radius float32, w, h int) map[[2]int]uint32 {
	t.Helper()
	found := map[[2]int]uint32{}
	if !s.sweep(path, radius, w, h) {
		return found
	}
	for y := range s.h {
		for x := s.lo[y]; x < s.hi[y]; x++ {
			i := y*s.w + int(x)
			if s.keys[i] != untouched {
				found[[2]int{s.x0 + int(x), s.y0 + y}] = s.keys[i]
				s.keys[i] = untouched
			}
		}
	}
	for i, k := range s.keys {
		if k != untouched {
			t.Fatalf("key %d lies outside the spans of its row", i)
		}
	}
	return found
}

func TestSweepCoversAStraightStrip(t *testing.T) {
	t.Parallel()
	got := cover(t, &sweeper{}, []point{{4, 10}, {12, 10}}, 2, 32, 32)
	if len(got) != 9*5 {
		t.Fatalf("touched %d pixels, want the 9×5 within the strip", len(got))
	}
	for at, key := range got {
		if at[0] < 4 || at[0] > 12 || at[1] < 8 || at[1] > 12 {
			t.Errorf("touched %v outside the strip", at)
		}
		away := float64(key>>awayShift) / awayMax
		if want := float64(max(at[1]-10, 10-at[1])) / 2; away < want-.01 || away > want+.01 {
			t.Errorf("%v is %.2f from the middle, want %.2f", at, away, want)
		}
		along := float64(key&alongMax) / alongMax
		if want := float64(at[0]-4) / 8; along < want-.01 || along > want+.01 {
			t.Errorf("%v is %.2f along, want %.2f", at, along, want)
		}
		if above := key&sideBit != 0; at[1] != 10 && above != (at[1] < 10) {
			t.Errorf("%v is on the wrong side", at)
		}
	}
}

// TestSweepMatchesDistance compares with the definition: pixels within the radius of a piece and between its ends.
func TestSweepMatchesDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		a, b   point
		radius float32
	}{
		{"slanted", point{5.3, 7.1}, point{21.2, 15.9}, 3.4},
		{"upright", point{10, 25}, point{10, 5}, 2.5},
		{"steep and leftward", point{20, 3}, point{17, 28}, 4.2},
		{"runs off the canvas", point{-6, -3}, point{12, 12}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := cover(t, &sweeper{}, []point{c.a, c.b}, c.radius, 32, 32)
			length := distance(c.a, c.b)
			tx, ty := (c.b.X-c.a.X)/length, (c.b.Y-c.a.Y)/length
			for y := range 32 {
				for x := range 32 {
					dx, dy := float32(x)-c.a.X, float32(y)-c.a.Y
					along, away := dx*tx+dy*ty, abs(dx*-ty+dy*tx)
					const slack = 1e-3
					inside := along > slack && along < length-slack && away < c.radius-slack
					outside := along < -slack || along > length+slack || away > c.radius+slack
					_, touched := got[[2]int{x, y}]
					if inside && !touched || outside && touched {
						t.Errorf("(%d,%d): touched is %v", x, y, touched)
					}
				}
			}
		})
	}
}

func TestSweepLeavesNoWedgeInABend(t *testing.T) {
	t.Parallel()
	got := cover(t, &sweeper{}, []point{{4, 20}, {16, 20}, {24, 12}}, 5, 40, 40)
	corner := point{16, 20}
	for y := range 40 {
		for x := range 40 {
			if distance(corner, point{float32(x), float32(y)}) < 4 {
				if _, ok := got[[2]int{x, y}]; !ok {
					t.Errorf("(%d,%d) beside the bend is bare", x, y)
				}
			}
		}
	}
}

func TestSweepOutsideTheCanvas(t *testing.T) {
	t.Parallel()
	s := &sweeper{}
	if s.sweep([]point{{-40, -40}, {-20, -30}}, 4, 32, 32) {
		t.Error("a stroke beside the canvas reported pixels")
	}
	if s.sweep([]point{{5, 5}, {5, 5}}, 4, 32, 32) {
		t.Error("a path without length reported pixels")
	}
}

func TestPlaceScalesAndKeepsEnds(t *testing.T) {
	t.Parallel()
	s := &sweeper{}
	path := s.place([]point{{0, 0}, {4, 0}, {4, 4}}, 2)
	if first, last := path[0], path[len(path)-1]; first != (point{.5, .5}) || last != (point{8.5, 8.5}) {
		t.Errorf("ends are %v and %v", first, last)
	}
	for _, p := range path {
		if p == (point{8.5, .5}) {
			t.Error("the corner was not rounded")
		}
	}
}
