package inpaint

import (
	"context"
	"math"
)

// poisson finds the values in a hole whose differences are nearest to given ones (Pérez, Gangnet and Blake 2003), with the
// picture as it is around the hole, by multigrid. Where the hole reaches the picture's edge nothing is asked.
type poisson struct {
	w, h   int
	hole   []bool
	f      []float32 // the values; known outside the hole
	rhs    []float32 // the sum of the wanted differences from each pixel to its neighbours, negative; zero for a membrane
	pull   float32   // how strongly values keep to what they began with
	coarse *poisson
}

func newPoisson(s *scene) *poisson {
	return &poisson{w: s.W(), h: s.H(), hole: s.hole, f: make([]float32, len(s.hole)), rhs: make([]float32, len(s.hole))}
}

const (
	cycles    = 12
	smoothing = 3
)

func (p *poisson) solve(ctx context.Context) {
	for range cycles {
		if ctx.Err() != nil {
			return
		}
		p.cycle()
	}
}

// cycle is one V: smooth, correct by what a grid of half the size says of the rest, smooth.
func (p *poisson) cycle() {
	for range smoothing {
		p.sweep(0)
		p.sweep(1)
	}
	if min(p.w, p.h) < 6 {
		for range 20 {
			p.sweep(0)
			p.sweep(1)
		}
		return
	}
	c := p.half()
	p.restrict(c)
	c.cycle()
	p.correct(c)
	for range smoothing {
		p.sweep(1)
		p.sweep(0)
	}
}

// sweep solves every other pixel of the hole for its neighbours as they are.
func (p *poisson) sweep(colour int) {
	for y := range p.h {
		for x := (y + colour) % 2; x < p.w; x += 2 {
			if i := y*p.w + x; p.hole[i] {
				sum, n := p.around(i, x, y)
				p.f[i] = (p.rhs[i] + sum) / (n + p.pull)
			}
		}
	}
}

// around is the sum of a pixel's neighbours and how many there are.
func (p *poisson) around(i, x, y int) (sum, n float32) {
	if x > 0 {
		sum, n = sum+p.f[i-1], n+1
	}
	if x < p.w-1 {
		sum, n = sum+p.f[i+1], n+1
	}
	if y > 0 {
		sum, n = sum+p.f[i-p.w], n+1
	}
	if y < p.h-1 {
		sum, n = sum+p.f[i+p.w], n+1
	}
	return sum, n
}

// half returns the grid of half the size, whose hole is the pixels that are all hole below.
func (p *poisson) half() *poisson {
	if p.coarse != nil {
		clear(p.coarse.f)
		clear(p.coarse.rhs)
		return p.coarse
	}
	w, h := (p.w+1)/2, (p.h+1)/2
	c := &poisson{w: w, h: h, hole: make([]bool, w*h), f: make([]float32, w*h), rhs: make([]float32, w*h), pull: 4 * p.pull}
	for y := range h {
		for x := range w {
			all := true
			for _, j := range p.children(x, y) {
				all = all && (j < 0 || p.hole[j])
			}
			c.hole[y*w+x] = all
		}
	}
	p.coarse = c
	return c
}

// children are the four pixels below one of the half grid; −1 beyond the edge.
func (p *poisson) children(x, y int) (at [4]int) {
	for k := range 4 {
		cx, cy := 2*x+k%2, 2*y+k/2
		at[k] = cy*p.w + cx
		if cx >= p.w || cy >= p.h {
			at[k] = -1
		}
	}
	return at
}

// restrict hands what is still wrong to the half grid.
func (p *poisson) restrict(c *poisson) {
	for y := range c.h {
		for x := range c.w {
			if !c.hole[y*c.w+x] {
				continue
			}
			var sum float32
			for _, j := range p.children(x, y) {
				if j >= 0 {
					near, n := p.around(j, j%p.w, j/p.w)
					sum += p.rhs[j] + near - (n+p.pull)*p.f[j]
				}
			}
			c.rhs[y*c.w+x] = sum
		}
	}
}

// correct adds the half grid's answer, interpolated.
func (p *poisson) correct(c *poisson) {
	for y := range p.h {
		for x := range p.w {
			if i := y*p.w + x; p.hole[i] {
				p.f[i] += c.sample(float64(x)/2-0.25, float64(y)/2-0.25)
			}
		}
	}
}

func (p *poisson) sample(x, y float64) float32 {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	fx, fy := float32(x-float64(x0)), float32(y-float64(y0))
	at := func(x, y int) float32 { return p.f[min(max(y, 0), p.h-1)*p.w+min(max(x, 0), p.w-1)] }
	return (1-fy)*((1-fx)*at(x0, y0)+fx*at(x0+1, y0)) + fy*((1-fx)*at(x0, y0+1)+fx*at(x0+1, y0+1))
}
