package watercolour

import (
	"image"

	"easel/engine/raster"
)

// nearness is how far the places of a box are painted with the small brush, 0…1.
func (s *study) nearness(box image.Rectangle) *raster.Plane {
	out := raster.New(box.Dx(), box.Dy())
	for y := range out.H {
		look := s.attention(box.Min.Y + y)[box.Min.X:]
		for x := range out.Row(y) {
			out.P[y*out.W+x] = raster.Smoothstep(0.15, 0.6, look[x])
		}
	}
	return out
}

// focus is the smallest box around what matters most. Of one person that is the face; in a group everybody's.
func (s *study) focus() image.Rectangle {
	box := image.Rectangle{}
	if len(s.p.Faces) == 1 {
		f := s.p.Faces[0]
		w, h := 0.85*f.Size, 1.08*f.Size
		return image.Rect(int(f.X-w), int(f.Y-h), int(f.X+w), int(f.Y+h)).Intersect(image.Rect(0, 0, s.p.W, s.p.H))
	}
	for y := range s.look.H {
		for x, v := range s.look.Row(y) {
			if v > 0.15 {
				box = box.Union(image.Rect(2*x, 2*y, 2*x+2, 2*y+2))
			}
		}
	}
	return box.Intersect(image.Rect(0, 0, s.p.W, s.p.H))
}

// faceBrush is the radius of the simplification in faces, in pixels: larger for larger faces, which are painted and
// not copied.
func (s *study) faceBrush() float32 {
	if len(s.p.Faces) == 0 {
		return max(2, 3.2*s.k)
	}
	return raster.Clamp(0.010*s.p.Faces[0].Size, 2, 4.5*s.k+0.5)
}
