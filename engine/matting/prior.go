package matting

import (
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

// belief is what is known of the subject's place before any colour was compared: a likelihood for each pixel, and
// pixels that are certain.
type belief struct {
	likely []float32  // 0…1
	said   []int8     // the same, by strokes alone; nil without strokes
	fixed  []int8     // 1 subject, -1 background, 0 open
	credit float32    // how much better another belief's cut must be
	trust  float32    // weight of the likelihood against the colours after the first round
	doubt  [2]float32 // likelihoods between these teach nothing at first
	person bool       // it is below a face
	fresh  bool       // in the first round learn nothing from what is in doubt, even where there is a start
	stiff  float32    // how much dearer than usual it is to part neighbours
	star   []int8     // directions, by pixel: what they lead to is in where the pixel is (-1 leads nowhere); nil for any shape
	dims   int        // dimensions of the colour models: 5 where the place is known well enough to learn from it
}

func (v *view) newBelief() *belief {
	return &belief{likely: make([]float32, v.w*v.h), fixed: make([]int8, v.w*v.h), dims: 3, trust: 1.6, stiff: 1, doubt: [2]float32{0.5, 0.5}}
}

// standsShare is how much of a belief is what stands out.
const standsShare = 0.3

// about expects the subject near (cx, cy), with the spreads wide and high, all as shares of the frame, and with some of what stands
// out.
func (v *view) about(cx, cy, wide, high float32, stands *raster.Plane) *belief {
	b := v.newBelief()
	w, h := float32(v.w), float32(v.h)
	for i := range b.likely {
		dx := (float32(i%v.w)/w - cx) / wide
		dy := (float32(i/v.w)/h - cy) / high
		near := float32(math.Exp(float64(-0.5 * (dx*dx + dy*dy))))
		b.likely[i] = (1-standsShare)*near + standsShare*stands.P[i]
	}
	v.fence(b)
	return b
}

// eyesApart is the usual distance of the pupils and eyesAbove their height over the face's centre, in face sizes.
const (
	eyesApart = 0.385
	eyesAbove = 0.075
)

// settled brings faces from a picture of width from to one of width to. Where the pupils are known they say better
// than the search window how large the face is and where.
func settled(faces []face.Face, to, from int) []face.Face {
	k := float32(to) / float32(from)
	out := make([]face.Face, len(faces))
	for i, f := range faces {
		g := face.Face{X: f.X * k, Y: f.Y * k, Size: max(f.Size*k, 1), Score: f.Score, HasEyes: f.HasEyes}
		if f.HasEyes {
			dx, dy := f.RightEye.X-f.LeftEye.X, f.RightEye.Y-f.LeftEye.Y
			size := k * float32(math.Hypot(float64(dx), float64(dy))) / eyesApart
			g.Size = raster.Clamp(size, 0.75*g.Size, 1.15*g.Size)
			g.X = k * (f.LeftEye.X + f.RightEye.X) / 2
			g.Y = k*(f.LeftEye.Y+f.RightEye.Y)/2 + eyesAbove*g.Size
		}
		out[i] = g
	}
	return out
}

// portrait expects a head and shoulders below each face, and arms that reach out, which make it wide times as wide below the
// shoulders; faces are in view pixels.
func (v *view) portrait(faces []face.Face, stands *raster.Plane, wide float32) *belief {
	b := v.newBelief()
	b.dims, b.person = 5, true
	b.doubt = [2]float32{0.30, 0.82}
	for i := range b.likely {
		x, y := float32(i%v.w), float32(i/v.w)
		best, reach := float32(0), float32(0)
		for k := range faces {
			f := &faces[k]
			dx, dy := (x-f.X)/f.Size, (y-f.Y)/f.Size
			body := dx / (1 + (wide-1)*raster.Smoothstep(0.7, 1.5, dy))
			best = max(best, figure(body, dy))
			reach = max(reach, figure(body/1.4, dy/1.25))
			if core(dx, dy) {
				b.fixed[i] = 1
			}
		}
		b.likely[i] = 0.015 + 0.95*(0.72*best+0.28*stands.P[i]*reach)
	}
	v.fence(b)
	return b
}

// figure is how likely a point belongs to the person whose face is at the origin; lengths are in face sizes.
func figure(dx, dy float32) float32 {
	hx, hy := dx/0.63, (dy+0.07)/0.76
	head := 1 - raster.Smoothstep(0.76, 1.28, float32(math.Sqrt(float64(hx*hx+hy*hy))))
	y := dy - 0.45
	if y < 0 {
		return head
	}
	half := 0.30 + 0.85*raster.Smoothstep(0, 0.85, y) + 0.20*min(2, y)
	body := 1 - raster.Smoothstep(0.80, 1.25, abs(dx)/half)
	return max(head, body*(1-0.5*raster.Smoothstep(2.4, 4.2, dy))) // far below a face there may be legs and ground
}

// core tells whether a point surely belongs to the person: the inner face and a column down the chest.
func core(dx, dy float32) bool {
	fx, fy := dx/0.40, dy/0.52
	return fx*fx+fy*fy < 1 || dy > 0.5 && dy < 2.5 && abs(dx) < 0.11+0.03*min(dy, 2)
}

func abs(v float32) float32 { return float32(math.Abs(float64(v))) }

// rim is how wide the outermost pixels are, in pixels of the view.
const rim = 2

// fence declares the frame's outermost pixels background where nothing speaks for the subject. Subjects may leave the
// frame at the bottom.
func (v *view) fence(b *belief) {
	for y := range v.h {
		for x := range v.w {
			if i := y*v.w + x; (x < rim || y < rim || x >= v.w-rim) && b.likely[i] < 0.5 && b.fixed[i] == 0 {
				b.fixed[i] = -1
			}
		}
	}
}
