package sketch

import (
	"math"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// complexion is the range of tones that a face's skin has, its darkest places first.
type complexion struct{ deep, dark, shade, light float32 }

// complexions measures the tones of every face: percentiles of what is skin, for beards and dark glasses would take all
// of the range and leave the skin without form.
func (a *artist) complexions() []complexion {
	const noSkin = 0.5 // of a face's lights
	out := make([]complexion, len(a.Faces))
	for i, f := range a.Faces {
		part := &raster.Plane{}
		each(a.Plan, f, func(x, y int, d float32) {
			if d < 0.72 {
				part.P = append(part.P, a.form.P[y*a.W+x])
			}
		})
		part.W, part.H = len(part.P), 1
		if part.W == 0 {
			continue
		}
		least, skin := noSkin*part.Percentile(0.9, nil), part.P[:0]
		for _, v := range part.P {
			if v >= least {
				skin = append(skin, v)
			}
		}
		part.P, part.W = skin, len(skin)
		tones := part.Percentiles(nil, 0.03, 0.16, 0.24, 0.66)
		out[i] = complexion{tones[0], tones[1], tones[2], tones[3]}
	}
	return out
}

// dab is how dark a place of a small face is modelled, 0…1: by its own range of tones.
func (a *artist) dab(x, y, i int) float32 {
	const most = 0.62
	n := a.nearest(float32(x), float32(y))
	if a.dabbed[n] == 0 {
		return 0
	}
	c := a.tones[n]
	v := raster.Clamp((c.light-a.lifted.P[i])/max(c.light-c.deep, 0.06), 0, 1)
	return most * a.dabbed[n] * v * inner(a.Faces[n], float32(x), float32(y))
}

// each calls do for the pixels around a face with their distance from its middle, where 1 is the oval of the face.
func each(p *plan.Plan, f face.Face, do func(x, y int, d float32)) {
	rx, ry := 0.46*f.Size, 0.62*f.Size
	for y := max(int(f.Y-1.3*ry), 0); y < min(int(f.Y+1.4*ry), p.H); y++ {
		for x := max(int(f.X-1.3*rx), 0); x < min(int(f.X+1.3*rx), p.W); x++ {
			do(x, y, float32(math.Hypot(float64((float32(x)-f.X)/rx), float64((float32(y)-f.Y-0.06*f.Size)/ry))))
		}
	}
}

// faces is 1 inside the ovals of the faces and falls to 0 around them.
func faces(p *plan.Plan) *raster.Plane {
	out := raster.New(p.W, p.H)
	for _, f := range p.Faces {
		each(p, f, func(x, y int, d float32) {
			i := y*p.W + x
			out.P[i] = max(out.P[i], raster.Smoothstep(1.25, 0.85, d))
		})
	}
	return out
}

// nearest is the number of the face that a place is nearest to, in sizes of the faces.
func (a *artist) nearest(x, y float32) int {
	best, least := 0, float32(0)
	for i, f := range a.Faces {
		dx, dy := (x-f.X)/f.Size, (y-f.Y)/f.Size
		if d := dx*dx + dy*dy; i == 0 || d < least {
			best, least = i, d
		}
	}
	return best
}

// inner is 1 on what of a face is brow, eyes, nose and mouth, and falls to 0 towards hair and ears, which lie near the
// edge of a face that was found or outside of it.
func inner(f face.Face, x, y float32) float32 {
	u, v := turnOf(f).by((x-f.X)/f.Size, (y-f.Y)/f.Size-0.03)
	u, v = u/0.40, v/0.55
	return raster.Smoothstep(1.2, 0.95, float32(math.Sqrt(float64(u*u+v*v))))
}

// turn is how a face is tilted.
type turn struct{ cos, sin float32 }

func turnOf(f face.Face) turn {
	sin, cos := math.Sincos(float64(f.Tilt))
	return turn{float32(cos), float32(sin)}
}

// by is a step in the face's own directions: across, and down.
func (t turn) by(dx, dy float32) (u, v float32) { return t.cos*dx + t.sin*dy, -t.sin*dx + t.cos*dy }
