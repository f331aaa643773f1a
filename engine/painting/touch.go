package painting

import (
	"math"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

const (
	glintReach  = .042 // of the face's size: how far from the pupil a light in the eye may lie
	glintRing   = .03  // at this distance it must be dark again,
	glintSmall  = .017 // and here nearly: the corner of the white of an eye is light, too, but no point
	glintRadius = .0065
	glintStep   = .12 // how much lighter than the eye it must be
)

// touches are the last strokes: the lights in the eyes, each one thick dab. Without them a painted gaze looks dull.
func touches(p *plan.Plan, colours raster.RGB, seed uint64) *page {
	pg := newPage(p.W, p.H, float32(max(p.W, p.H)))
	sh := &pg.sheets[0]
	for i := range p.Faces {
		f := &p.Faces[i]
		if !f.HasEyes {
			continue
		}
		for j, eye := range []face.Point{f.LeftEye, f.RightEye} {
			if at, colour, ok := glint(p, colours, eye, f.Size); ok {
				sh.dab(at, max(1.1*p.K, glintRadius*f.Size), colour, raster.Hash(seed, i, j))
			}
		}
	}
	for i, e := range p.Eyes {
		sh.eye(p, colours, e, raster.Hash(seed, i, 2))
	}
	return pg
}

// eye sets an animal's eye: its light, and where it lies in black fur its dark and the iris, which is seen where the
// light is not.
func (s *sheet) eye(p *plan.Plan, colours raster.RGB, e plan.Eye, noise uint64) {
	const whole = 24 // radii of an eye to the size of a face that has such eyes
	const dark, iris, irisAt, irisLift = .5, .26, .5, .12
	if e.LightR == 0 {
		if at, colour, ok := glint(p, colours, e.Point, whole*e.R); ok {
			s.dab(at, max(1.1*p.K, glintRadius*whole*e.R), colour, noise)
		}
		return
	}
	s.dab(point(e.Point), dark*e.R, darkest(colours, e), noise)
	dx, dy := e.X-e.Light.X, e.Y-e.Light.Y
	if d := sqrt(dx*dx + dy*dy); d > .1*e.R {
		at := point{e.X + irisAt*e.R*dx/d, e.Y + irisAt*e.R*dy/d}
		lab := raster.ToLab(colours[0].Sample(at.X, at.Y), colours[1].Sample(at.X, at.Y), colours[2].Sample(at.X, at.Y))
		s.dab(at, iris*e.R, clamped(raster.Lab{L: lab.L + irisLift, A: 1.5*lab.A + .012, B: 1.5*lab.B + .03}), noise+1)
	}
	light := [3]float32{}
	for i := range light {
		v := colours[i].At(int(e.Light.X), int(e.Light.Y))
		light[i] = min(v+.45*(1-v), .98)
	}
	s.dab(point(e.Light), max(.9*p.K, .6*e.LightR), light, noise+2)
}

// darkest is the darkest colour in an eye.
func darkest(colours raster.RGB, e plan.Eye) (c [3]float32) {
	least := float32(3)
	for y := e.Y - e.R; y <= e.Y+e.R; y++ {
		for x := e.X - e.R; x <= e.X+e.R; x++ {
			here := [3]float32{colours[0].At(int(x), int(y)), colours[1].At(int(x), int(y)), colours[2].At(int(x), int(y))}
			if v := luma(here); v < least {
				least, c = v, here
			}
		}
	}
	return c
}

// glint finds the lightest place around a pupil, if it stands out.
func glint(p *plan.Plan, colours raster.RGB, eye face.Point, size float32) (at point, colour [3]float32, ok bool) {
	r := glintReach * size
	var sum, n, best float32
	for y := eye.Y - r; y <= eye.Y+r; y++ {
		for x := eye.X - r; x <= eye.X+r; x++ {
			dx, dy := x-eye.X, y-eye.Y
			if dx*dx+dy*dy > r*r {
				continue
			}
			v := p.Luma.At(int(x), int(y))
			sum += v
			n++
			if v > best {
				best, at = v, point{x, y}
			}
		}
	}
	small := max(2.5, glintSmall*size)
	if n == 0 || best < sum/n+glintStep || best < .3 || !alone(p, at, glintRing*size, best-glintStep) || !alone(p, at, small, best-.6*glintStep) {
		return at, colour, false
	}
	for i := range colour {
		v := colours[i].At(int(at.X), int(at.Y))
		colour[i] = raster.Clamp(v+.45*(1-v), 0, .98)
	}
	return at, colour, true
}

// alone reports whether it is darker than limit all around a light: the white of the eye is light, too, but not a point.
func alone(p *plan.Plan, at point, r, limit float32) bool {
	for i := range 12 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 6)
		if p.Luma.At(int(at.X+r*float32(cos)+.5), int(at.Y+r*float32(sin)+.5)) > limit {
			return false
		}
	}
	return true
}

// dab records one thick touch.
func (s *sheet) dab(at point, radius float32, colour [3]float32, noise uint64) {
	first := int32(len(s.points))
	s.points = append(s.points, point{at.X - 1.3*radius, at.Y + .8*radius}, at, point{at.X + 1.3*radius, at.Y - .8*radius})
	s.marks = append(s.marks, mark{
		first: first, count: 3, radius: radius, colour: colour, second: colour, cover: .95, body: 1,
		brush: uint8(brushCount/3 + int(noise%(brushCount/3))),
	})
}
