package watercolour

import (
	"image"
	"math"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// spark is a highlight in an eye, left as white paper.
type spark struct{ x, y, r float32 }

// features returns, for the box, how much of the photo's own drawing is kept: eyes, mouth and nostrils of faces, or
// the strongest points of attention where no face was found, as with pets.
func (s *study) features(box image.Rectangle) *raster.Plane {
	out := raster.New(box.Dx(), box.Dy())
	if len(s.p.Faces) == 0 {
		for y := range out.H {
			look := s.p.Importance.Row(box.Min.Y + y)[box.Min.X:]
			for x := range out.Row(y) {
				out.P[y*out.W+x] = 0.75 * raster.Smoothstep(0.30, 0.75, look[x])
			}
		}
		for _, e := range s.p.Eyes {
			s.setEye(e)
		}
		s.petLights()
		return out
	}
	for _, f := range s.p.Faces {
		if f.HasEyes {
			for _, eye := range []face.Point{f.LeftEye, f.RightEye} {
				dab(out, box, face.Point{X: eye.X, Y: eye.Y - 0.03*f.Size}, 0.135*f.Size, 0.10*f.Size, 0.85)
				s.catchLight(eye, f.Size)
			}
		}
		if f.HasMouth {
			mouth := face.Point{X: (f.MouthL.X + f.MouthR.X) / 2, Y: (f.MouthL.Y + f.MouthR.Y) / 2}
			dab(out, box, mouth, 0.20*f.Size, 0.08*f.Size, 0.35)
			dab(out, box, f.Nose, 0.11*f.Size, 0.06*f.Size, 0.4)
		}
	}
	return out
}

// dab raises the plane, which lies at box, to strength in a soft ellipse.
func dab(dst *raster.Plane, box image.Rectangle, at face.Point, rx, ry, strength float32) {
	x0, x1 := max(box.Min.X, int(at.X-1.6*rx)), min(box.Max.X, int(at.X+1.6*rx)+1)
	y0, y1 := max(box.Min.Y, int(at.Y-1.6*ry)), min(box.Max.Y, int(at.Y+1.6*ry)+1)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			dx, dy := (float32(x)-at.X)/rx, (float32(y)-at.Y)/ry
			d := dx*dx + dy*dy
			i := (y-box.Min.Y)*dst.W + x - box.Min.X
			dst.P[i] = max(dst.P[i], strength*(1-raster.Smoothstep(0.5, 2.2, d)))
		}
	}
}

// pupil is the dark of an animal's eye, which gets more pigment than the fur around it, by the share deep; lengths in plan pixels.
type pupil struct{ x, y, r, deep float32 }

// setEye darkens an eye that the plan has found, and leaves its light white.
func (s *study) setEye(e plan.Eye) {
	const more = 0.4
	s.pupils = append(s.pupils, pupil{e.X, e.Y, e.R, more})
	if e.LightR > 0 {
		s.sparks = append(s.sparks, spark{e.Light.X, e.Light.Y, max(0.7, 0.75*e.LightR)})
		return
	}
	if light, ok := s.lightIn(e); ok {
		const size = 0.17 // of an eye is its light
		s.sparks = append(s.sparks, spark{light.X, light.Y, max(0.7, size*e.R)})
	}
}

// lightIn returns the lightest point of an eye in light fur, away from the lids; an eye in the shade has none.
func (s *study) lightIn(e plan.Eye) (face.Point, bool) {
	const within, over = 0.6, 0.07
	best, top, mean, n := e.Point, float32(-1), float32(0), float32(0)
	for y := int(e.Y - within*e.R); y <= int(e.Y+within*e.R); y++ {
		for x := int(e.X - within*e.R); x <= int(e.X+within*e.R); x++ {
			if hypot(float32(x)-e.X, float32(y)-e.Y) > within*e.R {
				continue
			}
			v := s.p.Luma.At(x, y)
			mean, n = mean+v, n+1
			if v > top {
				best, top = face.Point{X: float32(x), Y: float32(y)}, v
			}
		}
	}
	return best, n > 0 && top > mean/n+over
}

// openEye draws an eye in black fur into the level as with a lamp held to it: pupil, iris and lids, which the photo
// shows in a few shades of black, are spread over the tones of a wash.
func (s *study) openEye(e plan.Eye) {
	const reach, strength = 1.8, 0.85 // radii to which that goes, and how far
	const deep, pale = 3.2, 0.95      // absorbances of the pupil and of the lightest of the lids
	r := reach * e.R
	box := image.Rect(int(e.X-r), int(e.Y-r), int(e.X+r)+1, int(e.Y+r)+1).Intersect(image.Rect(0, 0, s.p.W, s.p.H))
	part := s.p.Luma.Crop(box)
	defer part.Free()
	shares := part.Percentiles(nil, 0.05, 0.85)
	dark, light := shares[0], shares[1]
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := s.level.Row(y)
		for x := box.Min.X; x < box.Max.X; x++ {
			d := hypot(float32(x)-e.X, float32(y)-e.Y) / e.R
			t := raster.Clamp((s.p.Luma.At(x, y)-dark)/max(light-dark, 0.05), 0, 1)
			row[x] += strength * raster.Smoothstep(reach, 0.8, d) * (deep + t*(pale-deep) - row[x])
		}
	}
}

// petLights leaves highlights white at the strongest points of attention, which are the eyes and noses of pets.
func (s *study) petLights() {
	const points, share = 3, 0.035 // how many are looked at, and how large an eye is for the subject
	radius := share * stroke.FaceSize(s.p)
	var taken []face.Point
	for _, e := range s.pupils {
		taken = append(taken, face.Point{X: e.x, Y: e.y})
	}
	for range points {
		best, top := face.Point{}, float32(0.7)
		for y := range s.look.H {
			for x, v := range s.look.Row(y) {
				at := face.Point{X: 2 * float32(x), Y: 2 * float32(y)}
				if v > top && apart(at, taken, 3*radius) {
					best, top = at, v
				}
			}
		}
		if top > 0.7 {
			taken = append(taken, best)
			s.catchLight(best, 18*radius)
		}
	}
}

// apart says whether a point is farther than r from all others.
func apart(at face.Point, others []face.Point, r float32) bool {
	for _, o := range others {
		if hypot(at.X-o.X, at.Y-o.Y) < r {
			return false
		}
	}
	return true
}

// catchLight leaves the brightest point near a pupil white, if the photo has a highlight there: a small light with the
// dark of the eye around it, not the white of the eye.
func (s *study) catchLight(eye face.Point, size float32) {
	luma, r := s.p.Luma, 0.024*size
	best, top := eye, float32(-1)
	for y := int(eye.Y - r); y <= int(eye.Y+r); y++ {
		for x := int(eye.X - r); x <= int(eye.X+r); x++ {
			if v := luma.At(x, y); v > top && hypot(float32(x)-eye.X, float32(y)-eye.Y) < r {
				top, best = v, face.Point{X: float32(x), Y: float32(y)}
			}
		}
	}
	// A light in an eye is a point on the dark of the iris; the white of the eye is a field.
	near, _ := s.ring(best, max(2.5, 0.018*size))
	brightest, around := s.ring(best, 0.032*size)
	if top > around+0.16 && top > brightest+0.08 && top > near+0.10 && around < 0.6*top {
		s.sparks = append(s.sparks, spark{best.X, best.Y, max(0.7, 0.007*size)})
	}
}

// ring returns the most and the mean of the luma at a distance from a point.
func (s *study) ring(at face.Point, r float32) (most, mean float32) {
	const directions = 12
	for i := range directions {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / directions)
		v := s.p.Luma.Sample(at.X+r*float32(cos), at.Y+r*float32(sin))
		most, mean = max(most, v), mean+v/directions
	}
	return most, mean
}

// blush is where blood shows in faces, which a painter warms with a little rose: cheeks, nose and ears' height; 0…1
// at half the plan's size.
func (s *study) blush(w, h int) *raster.Plane {
	out := raster.New(w, h)
	for _, f := range s.p.Faces {
		sin, cos := math.Sincos(float64(f.Tilt))
		for _, spot := range []struct{ dx, dy, rx, ry, strength float32 }{
			{0, 0.05, 0.50, 0.55, 0.35}, {-0.24, 0.12, 0.17, 0.13, 0.9}, {0.24, 0.12, 0.17, 0.13, 0.9}, {0, 0.10, 0.10, 0.08, 0.8},
		} {
			at := face.Point{
				X: (f.X + f.Size*(spot.dx*float32(cos)-spot.dy*float32(sin))) / 2,
				Y: (f.Y + f.Size*(spot.dx*float32(sin)+spot.dy*float32(cos))) / 2,
			}
			dab(out, image.Rect(0, 0, w, h), at, spot.rx*f.Size/2, spot.ry*f.Size/2, spot.strength)
		}
	}
	return out
}

// skinTarget is the tone that faces are brought to. Everybody becomes luminous, and darker skin stays darker than
// fair skin, but no further than the light on it could have made it.
func (s *study) skinTarget() float32 {
	if len(s.p.Faces) == 0 {
		return petTone - darkCoat*raster.Smoothstep(0.5, 0.2, s.p.Luma.Percentile(0.5, s.p.Matte))
	}
	return 0.66 + 0.12*min(1, s.p.Skin(s.p.Faces[0]))
}
