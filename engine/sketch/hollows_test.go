package sketch

import (
	"context"
	"testing"

	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// A fold is darker than what is around it; dark cloth beside a wall is not, however near to the wall.
func TestHollowsAreFoldsAndNotTheBordersOfDarks(t *testing.T) {
	t.Parallel()
	const w, h = 320, 160
	ctx := context.Background()
	luma := raster.New(w, h)
	for i := range luma.P {
		switch x := i % w; {
		case x < 160:
			luma.P[i] = 0.8 // wall
		case x >= 240 && x < 248:
			luma.P[i] = 0.1 // fold
		default:
			luma.P[i] = 0.3 // cloth
		}
	}
	a := &artist{Plan: &plan.Plan{W: w, H: h}, luma: luma, size: 300}
	hollow := a.hollows(ctx)
	if got := hollow.At(244, 80); got < 0.08 {
		t.Errorf("a fold is a hollow of %.3f, want at least 0.08", got)
	}
	for _, x := range []int{80, 150, 172, 180, 200, 300} {
		if got := hollow.At(x, 80); got > 0.04 {
			t.Errorf("at %d, where there is no fold, is a hollow of %.3f", x, got)
		}
	}
}

// A lid's line ends with the lid; what hangs on it and is weak is left out, and a line that is weak as a whole stays whole.
func TestLinesDoNotRunOnWhereTheyAreWeak(t *testing.T) {
	t.Parallel()
	var l stroke.Line
	for i := range 40 {
		p := stroke.Point{X: float32(3 * i), Strength: 0.02}
		if i >= 30 {
			p.Strength = 0.006
		}
		l = append(l, p)
	}
	if got := undripped(l, 40); len(got) != 30 {
		t.Errorf("%d points are left, want the 30 strong ones", len(got))
	}
	if got := undripped(l, 16); len(got) < 34 {
		t.Errorf("%d points are left, want all but what lies near the end", len(got))
	}
	if got := undripped(l[30:], 40); len(got) != 10 {
		t.Errorf("%d points of a weak line are left, want 10", len(got))
	}
}
