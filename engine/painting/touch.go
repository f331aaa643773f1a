package painting

import (
	"math"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

const (
	glintReach  = .042 // of the face's size: how far from the pupil a light in the eye may lie
	glintRing   = .03  // at this distance it must be dark again
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
	return pg
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
	if n == 0 || best < sum/n+glintStep || best < .3 || !alone(p, at, glintRing*size, best-glintStep) {
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
