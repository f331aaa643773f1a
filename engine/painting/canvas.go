package painting

import (
	"context"

	"easel/engine/raster"
)

// canvas is what the brushes work on: colour, and the height of the paint above the weave in 0…1.
type canvas struct {
	w, h   int
	scale  float32 // canvas pixels for each plan pixel
	colour raster.RGB
	height *raster.Plane

	care *raster.Plane // newScope's, at plan size, of a canvas that was composed; belongs to who had it composed
}

// newCanvas returns a canvas primed with the ground's colour.
func newCanvas(w, h int, scale float32, ground [3]float32) *canvas {
	c := &canvas{w: w, h: h, scale: scale, colour: raster.NewRGB(w, h), height: raster.New(w, h)}
	for i, plane := range c.colour {
		plane.Fill(ground[i])
	}
	return c
}

func (c *canvas) free() {
	c.colour.Free()
	c.height.Free()
}

// paint lays one layer on the canvas. Tiles that do not touch are painted at the same time, one group after another, so
// the result does not depend on the number of workers.
func (c *canvas) paint(ctx context.Context, p *page, brushes []brush) {
	for _, group := range p.phases() {
		raster.Each(ctx, len(group), func() *sweeper { return &sweeper{} }, func(s *sweeper, i int) {
			sh := &p.sheets[group[i]]
			for j := range sh.marks {
				if j&63 == 0 && ctx.Err() != nil {
					return
				}
				m := &sh.marks[j]
				radius := m.radius*c.scale + softness
				if s.sweep(s.place(sh.path(m), c.scale), radius, c.w, c.h) {
					c.deposit(s, m, radius, brushes[m.brush].at(radius))
				}
			}
		})
	}
}

const (
	streakShade = .11 // how much lighter paint stands on a full bristle than in the groove beside it
	pile        = .9  // how far new paint replaces the height of the old
	softness    = .7  // pixels by which a stroke reaches beyond its width while its side fades out
)

// deposit composites the swept stroke once and clears the sweeper's box for the next.
func (c *canvas) deposit(s *sweeper, m *mark, radius float32, print *mip) {
	r0, g0, b0 := m.colour[0], m.colour[1], m.colour[2]
	dr, dg, db := m.second[0]-r0, m.second[1]-g0, m.second[2]-b0
	cover := m.cover / 255
	half := print.rows / 2
	side := radius / (1 << 12)
	const fade = .5 / softness
	for y := range s.h {
		lo, hi := int(s.lo[y]), int(s.hi[y])
		if lo >= hi {
			continue
		}
		keys := s.keys[y*s.w+lo : y*s.w+hi]
		at := (y+s.y0)*c.w + s.x0 + lo
		pr, pg, pb := c.colour[0].P[at:at+len(keys)], c.colour[1].P[at:at+len(keys)], c.colour[2].P[at:at+len(keys)]
		pz := c.height.P[at : at+len(keys)]
		for i, key := range keys {
			if key == untouched {
				continue
			}
			keys[i] = untouched
			t := print.texel[texelAt(key, m.mirror, half, print.cols)]
			if t&255 == 0 {
				continue
			}
			alpha := float32(t&255) * cover * min(1, fade*(radius-float32(key>>awayShift)*side))
			z := float32(t>>8&255) * (1.0 / 255)
			second := float32(t>>16&255) * (1.0 / 255)
			shade := 1 + streakShade*(z-.5)
			pr[i] += alpha * ((r0+second*dr)*shade - pr[i])
			pg[i] += alpha * ((g0+second*dg)*shade - pg[i])
			pb[i] += alpha * ((b0+second*db)*shade - pb[i])
			pz[i] += pile * alpha * (z*m.body - pz[i])
		}
	}
}

// texelAt turns a key into an index of the print. half is half the print's rows.
func texelAt(key uint32, mirror bool, half, cols int) int {
	away := min(int(key>>awayShift), awayMax) * half >> 12
	col := int(key&alongMax) * cols >> alongBits
	row := half + away
	if (key&sideBit != 0) != mirror {
		row = half - 1 - away
	}
	return row*cols + col
}
