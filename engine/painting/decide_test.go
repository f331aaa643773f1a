package painting

import (
	"context"
	"image"
	"image/color"
	"testing"

	"easel/engine/plan"
	"easel/engine/raster"
)

// TestStrokesDoNotCrossAnEdge paints two colours side by side: after the lay-in every stroke stays on its side.
func TestStrokesDoNotCrossAnEdge(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	const w, h, edge = 300, 200, 150
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{R: 40, G: 60, B: 110, A: 255}
			if x >= edge {
				c = color.NRGBA{R: 220, G: 190, B: 120, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	p := planned(t, img, w*h)
	c, pages := compose(context.Background(), p, Options{Seed: 1}, func(string, float64) {})
	defer c.free()
	const slack = 2 // the reference's edge is that soft
	strokes := 0
	for n, pg := range pages[1:] {
		for i := range pg.sheets {
			sh := &pg.sheets[i]
			for j := range sh.marks {
				m := &sh.marks[j]
				strokes++
				light := luma(m.colour) > .5
				for _, q := range sh.path(m) {
					if light && q.X < edge-slack || !light && q.X > edge+slack {
						t.Fatalf("layer %d: a stroke of colour %.2f reaches (%.1f, %.1f)", n+1, m.colour, q.X, q.Y)
					}
				}
			}
		}
	}
	if strokes < 50 {
		t.Errorf("only %d strokes after the lay-in", strokes)
	}
}

// TestStrokesOfATileStayNear is what painting tiles at the same time rests on.
func TestStrokesOfATileStayNear(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	p := planned(t, scene(300, 240), 72_000)
	c, pages := compose(context.Background(), p, Options{Seed: 3}, func(string, float64) {})
	defer c.free()
	total := 0
	for n, pg := range pages {
		half := float32(pg.side) / 2
		total += pg.strokes()
		for i := range pg.sheets {
			x0, y0 := float32(i%pg.cols*pg.side), float32(i/pg.cols*pg.side)
			for j := range pg.sheets[i].marks {
				m := &pg.sheets[i].marks[j]
				r := m.radius + softness
				for _, q := range pg.sheets[i].path(m) {
					if q.X-r < x0-half || q.Y-r < y0-half || q.X+r > x0+3*half || q.Y+r > y0+3*half {
						t.Fatalf("layer %d, tile %d: a stroke reaches (%.0f, %.0f)", n, i, q.X, q.Y)
					}
				}
			}
		}
	}
	if total == 0 || total > most {
		t.Errorf("%d strokes", total)
	}
}

func TestCutoffKeepsTheWorstPlaces(t *testing.T) {
	t.Parallel()
	places := [][]candidate{{{miss: .1}, {miss: .5}}, {{miss: .3}, {miss: .3}, {miss: .9}}}
	if got := cutoff(places, 5); got != 0 {
		t.Errorf("all fit, but places below %v are left out", got)
	}
	least := cutoff(places, 2)
	kept := 0
	for _, list := range places {
		for _, c := range list {
			if c.miss >= least {
				kept++
			}
		}
	}
	if kept != 2 {
		t.Errorf("kept %d places, want the 2 worst", kept)
	}
}

// TestGapsAreClosed wants the bare priming painted over even where only broad brushes work, and thin paint let alone.
func TestGapsAreClosed(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{W: 4, H: 1, K: 1, Matte: raster.New(4, 1)}
	s := &study{
		plan: p, scope: raster.New(4, 1), care: raster.New(4, 1), canvas: newCanvas(4, 1, 1, ground), ground: ground,
	}
	s.scope.Fill(30)
	for _, plane := range s.canvas.colour {
		plane.P[1] = .1
	}
	small := &layers[5]
	for _, c := range []struct {
		name string
		at   int
		miss float32
		want bool
	}{{"priming that differs", 0, .2, true}, {"priming that does not", 0, .08, false}, {"paint that differs as much", 1, .2, false}} {
		if got := s.wanted(small, small.radius, c.at, c.miss, .9, .5); got != c.want {
			t.Errorf("%s: wanted %v", c.name, got)
		}
	}
}
