package stroke

import (
	"context"
	"image/color"

	"easel/engine/plan"
	"easel/engine/raster"
)

// Ground is a colour laid on the paper behind the subject.
type Ground struct {
	Kept   *raster.Plane // 1 where the paper stays bare, at plan size
	Colour color.NRGBA
}

// NewGround returns the colour behind the subject where one is asked for, else nil.
func NewGround(ctx context.Context, p *plan.Plan, o Options) *Ground {
	if o.Background != plan.PlainGround {
		return nil
	}
	r, g, b := p.Plain().RGB()
	at := func(v float32) uint8 { return uint8(255*raster.Clamp(v, 0, 1) + 0.5) }
	kept := p.Kept(ctx, plan.PlainGround, o.Seed)
	// Where the drawing frays towards the edge of the sheet the colour goes on beneath it.
	margin := Margin(ctx, p.W, p.H, 0.02, o.Seed)
	defer margin.Free()
	for i, v := range margin.P {
		kept.P[i] *= v
	}
	return &Ground{Kept: kept, Colour: color.NRGBA{at(r), at(g), at(b), 255}}
}

// Free hands the ground's plane back. Freeing nil does nothing.
func (g *Ground) Free() {
	if g != nil {
		g.Kept.Free()
	}
}

// at is how much of the ground's colour lies at a pixel of a sheet scale times the plan's size, 0…1.
func (g *Ground) at(x, y int, scale float32) float32 {
	if scale == 1 {
		return 1 - g.Kept.At(x, y)
	}
	return 1 - g.Kept.Sample((float32(x)+0.5)/scale-0.5, (float32(y)+0.5)/scale-0.5)
}

// outline are the closed lines around what the ground leaves bare, in plan pixels. The lines run between the samples of
// a coarse grid, cell by cell (marching squares), so that no two of them cross.
func (g *Ground) outline(step int) [][]Point {
	w, h := g.Kept.W/step+3, g.Kept.H/step+3
	value := func(i, j int) float32 {
		if i == 0 || j == 0 || i >= w-1 || j >= h-1 {
			return -0.5 // the sheet's edge closes what leaves it
		}
		return g.Kept.At((i-1)*step, (j-1)*step) - 0.5
	}
	// Of every cell the crossed edges are joined so that what is kept lies to the right. An edge is known by the sample
	// where it begins and whether it runs down.
	type edge struct {
		i, j int
		down bool
	}
	next := map[edge]edge{}
	for j := range h - 1 {
		for i := range w - 1 {
			corner := [4]bool{value(i, j) > 0, value(i+1, j) > 0, value(i+1, j+1) > 0, value(i, j+1) > 0}
			edges := [4]edge{{i, j, false}, {i + 1, j, true}, {i, j + 1, false}, {i, j, true}}
			var from, to []edge
			for k := range 4 {
				switch a, b := corner[k], corner[(k+1)%4]; {
				case a && !b:
					from = append(from, edges[k])
				case b && !a:
					to = append(to, edges[k])
				}
			}
			for k := range from {
				end := to[k]
				if len(to) == 2 && !corner[0] { // two corners that touch: keep them apart
					end = to[1-k]
				}
				next[from[k]] = end
			}
		}
	}
	point := func(e edge) Point {
		a := value(e.i, e.j)
		x, y := float32((e.i-1)*step), float32((e.j-1)*step)
		if e.down {
			return Point{X: x, Y: y + float32(step)*a/(a-value(e.i, e.j+1))}
		}
		return Point{X: x + float32(step)*a/(a-value(e.i+1, e.j)), Y: y}
	}
	var lines [][]Point
	for j := range h {
		for i := range w {
			for _, down := range [2]bool{false, true} {
				start := edge{i, j, down}
				if _, ok := next[start]; !ok {
					continue
				}
				var line []Point
				for e := start; ; {
					to, ok := next[e]
					if !ok {
						break
					}
					delete(next, e)
					line = append(line, point(e))
					e = to
				}
				lines = append(lines, line)
			}
		}
	}
	return lines
}
