package cutout_test

import (
	"image"
	"testing"

	"easel/engine/cutout"
	"easel/engine/raster"
)

// Somebody far away hides little; somebody near hides what nobody can know, and so does who stands beside the subject, which says
// nothing of the ground.
func TestHowMuchIsHidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		goes, stays image.Rectangle
		much        bool
	}{
		"far away":            {image.Rect(100, 80, 112, 120), image.Rectangle{}, false},
		"near":                {image.Rect(100, 60, 150, 160), image.Rectangle{}, true},
		"a row along a wall":  {image.Rect(5, 80, 235, 112), image.Rectangle{}, true},
		"beside the subject":  {image.Rect(100, 60, 124, 160), image.Rect(70, 40, 100, 180), true},
		"the same by oneself": {image.Rect(100, 60, 124, 160), image.Rectangle{}, false},
	} {
		crowd := &cutout.Crowd{Mask: raster.New(w, h), Subject: raster.New(w, h), Main: -1}
		for y := range h {
			for x := range w {
				at, i := image.Pt(x, y), y*w+x
				switch {
				case at.In(c.goes):
					crowd.Mask.P[i] = 1
				case at.In(c.stays):
					crowd.Subject.P[i] = 1
				}
			}
		}
		if got := crowd.Hidden(t.Context()); got != c.much {
			t.Errorf("%s: much is hidden: %v", name, got)
		}
	}
}
