package painting

import (
	"context"
	"testing"

	"easel/engine/raster"
)

func TestShine(t *testing.T) {
	t.Parallel()
	if gain, add := shine(0, 0); abs(gain-1) > 1e-6 || abs(add) > 1e-6 {
		t.Errorf("a level surface is changed by %v and %v", gain, add)
	}
	// height that rises to the right and downward faces the upper left, where the lamp stands
	if gain, add := shine(.3, .3); gain <= 1 || add <= 0 {
		t.Errorf("a slope towards the lamp gets gain %v and %v more", gain, add)
	}
	if gain, add := shine(-.3, -.3); gain >= 1 || add >= 0 {
		t.Errorf("a slope away from the lamp gets gain %v and %v more", gain, add)
	}
}

// TestLightOnARidge lights one upright ridge of thick paint: its left side must be lighter than its right.
func TestLightOnARidge(t *testing.T) {
	t.Parallel()
	c := newCanvas(24, 24, 1, [3]float32{.5, .5, .5})
	c.height.Fill(.6)
	for y := range 24 {
		c.height.Row(y)[11], c.height.Row(y)[12] = 1, 1
	}
	importance := raster.New(24, 24)
	img := c.light(context.Background(), importance, .5, 1, 1)
	left, right, level := img.NRGBAAt(10, 12).R, img.NRGBAAt(13, 12).R, img.NRGBAAt(3, 12).R
	if left <= level+5 || right >= level-5 {
		t.Errorf("left %d, level %d, right %d", left, level, right)
	}
	importance.Fill(1)
	c.height.Fill(.6)
	for y := range 24 {
		c.height.Row(y)[11], c.height.Row(y)[12] = 1, 1
	}
	if calm := c.light(context.Background(), importance, .5, 1, 1).NRGBAAt(10, 12).R; calm >= left {
		t.Errorf("relief on a face is %d, elsewhere %d: faces should be calmer", calm, left)
	}
}

func TestWeaveShowsOnlyThroughThinPaint(t *testing.T) {
	t.Parallel()
	c := newCanvas(32, 32, 1, ground)
	c.weave(context.Background(), 1, 1)
	if lo, hi := c.height.Percentile(0, nil), c.height.Percentile(1, nil); hi-lo < .03 {
		t.Errorf("the bare canvas is flat: %v…%v", lo, hi)
	}
	c.height.Fill(.6)
	c.weave(context.Background(), 1, 1)
	if lo, hi := c.height.Percentile(0, nil), c.height.Percentile(1, nil); lo != .6 || hi != .6 {
		t.Errorf("the weave shows through thick paint: %v…%v", lo, hi)
	}
}
