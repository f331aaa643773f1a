package painting

import (
	"context"
	"testing"

	"easel/engine/raster"
)

// solid is a brush that covers evenly, with a height of .8 and no second paint.
func solid() brush {
	m := mip{rows: smallest, cols: smallest * longSide}
	m.texel = make([]uint32, m.rows*m.cols)
	for i := range m.texel {
		m.texel[i] = pack(1, .8, 0)
	}
	return brush{m}
}

// one is a page with one stroke along the points.
func one(m mark, points ...point) *page {
	p := newPage(64, 64, 64)
	m.count = int32(len(points))
	p.sheets[0] = sheet{marks: []mark{m}, points: points}
	return p
}

func TestPaintOneStroke(t *testing.T) {
	t.Parallel()
	c := newCanvas(64, 64, 1, ground)
	m := mark{radius: 6, colour: [3]float32{.9, .2, .1}, second: [3]float32{.9, .2, .1}, cover: 1, body: .5}
	c.paint(context.Background(), one(m, point{10, 30}, point{50, 30}), []brush{solid()})
	shade := 1 + float32(streakShade)*(.8-.5)
	if r := c.colour[0].At(30, 30); abs(r-.9*shade) > .01 {
		t.Errorf("the middle is %.3f red, want %.3f", r, .9*shade)
	}
	if z := c.height.At(30, 30); abs(z-pile*.8*.5) > .01 {
		t.Errorf("the paint stands %.3f high, want %.3f", z, pile*.8*.5)
	}
	if c.colour[0].At(30, 40) != ground[0] || c.height.At(30, 40) != 0 || c.colour[0].At(5, 30) != ground[0] {
		t.Error("the stroke left its path")
	}
}

// TestPaintOnceWhereAPathCrossesItself paints half-covering paint along a loop.
func TestPaintOnceWhereAPathCrossesItself(t *testing.T) {
	t.Parallel()
	c := newCanvas(64, 64, 1, [3]float32{})
	white := [3]float32{1, 1, 1}
	m := mark{radius: 4, colour: white, second: white, cover: .5, body: 1}
	c.paint(context.Background(), one(m, point{10, 32}, point{50, 32}, point{50, 12}, point{30, 12}, point{30, 56}), []brush{solid()})
	if at, once := c.colour[0].At(30, 32), c.colour[0].At(20, 32); abs(at-once) > 1e-3 {
		t.Errorf("the crossing holds %.3f, the rest %.3f", at, once)
	}
}

func TestTilesOfAPhaseDoNotTouch(t *testing.T) {
	t.Parallel()
	p := newPage(1000, 700, 70)
	seen := 0
	for _, group := range p.phases() {
		for i, a := range group {
			seen++
			for _, b := range group[:i] {
				dx, dy := a%p.cols-b%p.cols, a/p.cols-b/p.cols
				if dx*dx <= 1 && dy*dy <= 1 {
					t.Errorf("tiles %d and %d touch", a, b)
				}
			}
		}
	}
	if seen != len(p.sheets) {
		t.Errorf("%d of %d tiles are painted", seen, len(p.sheets))
	}
}

func TestReplayAtPlanSizeRepeatsThePainting(t *testing.T) {
	t.Parallel()
	m := mark{radius: 5, colour: [3]float32{.8, .6, .3}, second: [3]float32{.7, .6, .4}, cover: .9, body: 1}
	pg := one(m, point{8, 20}, point{30, 26}, point{54, 50})
	pages := []*page{pg}
	c := newCanvas(64, 64, 1, ground)
	c.paint(context.Background(), pg, newBrushes(context.Background(), 5, 1))
	again := replay(context.Background(), pages, 64, 64, 1, 5, ground)
	for i := range c.colour {
		if s := raster.SSIM(context.Background(), c.colour[i], again.colour[i], 0); s < .9999 {
			t.Errorf("channel %d has SSIM %.4f", i, s)
		}
	}
}
