package cutout

import (
	"context"
	"image"
	"math"

	"easel/engine/matting"
	"easel/engine/raster"
)

// brushed is what a line was drawn over, 0 or 1: all that is nearer to the line than to the ground about it when edges make ways
// long (Bai and Sapiro 2007), brought to the photo's own edges by a cut that starts from there. likely says for every pixel of
// the part of the photo in near how well it can be of one figure with the line, 0…1; where it is 0 the ground begins.
func brushed(ctx context.Context, c raster.RGB, near image.Rectangle, m Mark, likely *raster.Plane, seed uint64) *raster.Plane {
	part := c.Crop(near)
	defer part.Free()
	w, h := likely.W, likely.H
	inner := moved(m, near.Min)
	line, ground := raster.New(w, h), raster.New(w, h)
	defer raster.Free(line, ground)
	for i, on := range inner.Covered(image.Rect(0, 0, w, h)) {
		switch {
		case on:
			line.P[i] = 1
		case likely.P[i] <= 0:
			ground.P[i] = 1
		}
	}
	toLine, toGround := farther(part, line), farther(part, ground)
	defer raster.Free(toLine, toGround)
	guess := raster.New(w, h)
	defer guess.Free()
	for i := range guess.P {
		guess.P[i] = toGround.P[i] / (toLine.P[i] + toGround.P[i] + 1e-6) * (0.25 + 0.75*likely.P[i])
		if guess.P[i] < surely {
			ground.P[i] = 1
		}
	}
	inner.Keep = true
	alpha := matting.Segment(ctx, part, matting.Hints{Before: guess, Strokes: append(fence(ground), inner)}, seed)
	defer alpha.Free()
	figure := raster.New(w, h)
	for i, a := range alpha.P {
		if (a > 0.5 || line.P[i] > 0) && ground.P[i] == 0 {
			figure.P[i] = 1
		}
	}
	touching(figure, line)
	defer figure.Free()
	whole := raster.New(c.W(), c.H())
	for y := range h {
		copy(whole.Row(y + near.Min.Y)[near.Min.X:], figure.Row(y))
	}
	return whole
}

func moved(m Mark, by image.Point) Mark {
	out := Mark{Radius: m.Radius, Keep: m.Keep}
	for _, p := range m.Points {
		out.Points = append(out.Points, p.Sub(by))
	}
	return out
}

// fence are strokes along the ground's rows: what a cut must leave out.
func fence(ground *raster.Plane) (strokes []Mark) {
	const rows = 3
	for y := 1; y < ground.H; y += rows {
		row := ground.Row(y)
		for x := 0; x < len(row); x++ {
			if row[x] == 0 {
				continue
			}
			from := x
			for x < len(row) && row[x] > 0 {
				x++
			}
			if x-from > 2*rows {
				strokes = append(strokes, Mark{Points: []image.Point{{from + rows, y}, {x - 1 - rows, y}}, Radius: rows / 2.0})
			}
		}
	}
	return strokes
}

// surely is the guess below which a pixel is the ground's, whatever its colour: a hat in front of trees must not take the trees along.
const surely = 0.3

// edges is how much longer a step becomes with the change of colour in it.
const edges = 30

// farther is the length of the shortest way from each pixel to what is marked, where steps over edges are long (Criminisi, Sharp and
// Blake 2008): four sweeps over the picture.
func farther(c raster.RGB, marked *raster.Plane) *raster.Plane {
	w, h := marked.W, marked.H
	d := raster.New(w, h)
	for i, v := range marked.P {
		if v <= 0 {
			d.P[i] = float32(w+h) * (1 + edges)
		}
	}
	step := func(i, j int, length float32) {
		var e float32
		for k := range c {
			v := c[k].P[i] - c[k].P[j]
			e += v * v
		}
		if way := d.P[j] + length + edges*float32(math.Sqrt(float64(e))); way < d.P[i] {
			d.P[i] = way
		}
	}
	sweep := func(x, y, back int) {
		i := y*w + x
		for _, n := range [4][2]int{{-1, 0}, {-1, -1}, {0, -1}, {1, -1}} {
			if nx, ny := x+back*n[0], y+back*n[1]; nx >= 0 && ny >= 0 && nx < w && ny < h {
				length := float32(1)
				if n[0] != 0 && n[1] != 0 {
					length = math.Sqrt2
				}
				step(i, ny*w+nx, length)
			}
		}
	}
	for range 2 {
		for i := range d.P {
			sweep(i%w, i/w, 1)
		}
		for i := len(d.P) - 1; i >= 0; i-- {
			sweep(i%w, i/w, -1)
		}
	}
	return d
}

// touching leaves of a figure only what hangs together with the line, and fills what is enclosed by it.
func touching(figure, line *raster.Plane) {
	w, h := figure.W, figure.H
	reached := flood(w, h, func(i int) bool { return line.P[i] > 0 && figure.P[i] > 0 }, func(i int) bool { return figure.P[i] > 0 })
	outer := flood(w, h, func(i int) bool {
		x, y := i%w, i/w
		return (x == 0 || y == 0 || x == w-1 || y == h-1) && !reached[i]
	}, func(i int) bool { return !reached[i] })
	for i := range figure.P {
		figure.P[i] = 0
		if reached[i] || !outer[i] {
			figure.P[i] = 1
		}
	}
}

// flood marks what can be reached from the beginnings over open pixels.
func flood(w, h int, begins, open func(i int) bool) []bool {
	seen := make([]bool, w*h)
	var stack []int
	for i := range seen {
		if begins(i) {
			seen[i] = true
			stack = append(stack, i)
		}
	}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		x, y := i%w, i/w
		for _, n := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
			if n[0] < 0 || n[1] < 0 || n[0] >= w || n[1] >= h {
				continue
			}
			if j := n[1]*w + n[0]; !seen[j] && open(j) {
				seen[j] = true
				stack = append(stack, j)
			}
		}
	}
	return seen
}
