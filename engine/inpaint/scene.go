package inpaint

import (
	"context"
	"image"
	"math"

	"easel/engine/patch"
	"easel/engine/raster"
)

// scene is a picture with a hole, and what must not be copied.
type scene struct {
	img       *patch.Pixels
	hole      []bool // by pixel: to be filled
	protected []bool // by pixel: kept, and never copied from
	holes     int
}

func (s *scene) W() int { return s.img.W }
func (s *scene) H() int { return s.img.H }

func newScene(src *image.NRGBA, hole, protect *raster.Plane) *scene {
	w, h := hole.W, hole.H
	s := &scene{img: patch.NewPixels(w, h), hole: make([]bool, w*h), protected: make([]bool, w*h)}
	for y := range h {
		line := src.Pix[src.PixOffset(src.Rect.Min.X, src.Rect.Min.Y+y):]
		for x := range w {
			i := y*w + x
			for c := range 3 {
				s.img.P[3*i+c] = float32(line[4*x+c]) / 255
			}
			s.protected[i] = protect != nil && protect.P[i] > 0.5
			if s.hole[i] = hole.P[i] > 0.5 && !s.protected[i]; s.hole[i] {
				s.holes++
			}
		}
	}
	return s
}

// refuse returns why the hole cannot be filled, or nil.
func (s *scene) refuse() error {
	if float64(s.holes) > largest*float64(s.W()*s.H()) {
		return &Refusal{"What is to be taken out covers more than a third of the photo, so there is too little to fill it from. Take out less, or crop the photo so that it does not matter."}
	}
	sides := [4]bool{}
	w, h := s.W(), s.H()
	for x := range w {
		sides[0], sides[1] = sides[0] || s.hole[x], sides[1] || s.hole[(h-1)*w+x]
	}
	for y := range h {
		sides[2], sides[3] = sides[2] || s.hole[y*w], sides[3] || s.hole[y*w+w-1]
	}
	open := 0
	for _, side := range sides {
		if side {
			open++
		}
	}
	if open >= openSides {
		return &Refusal{"What is to be taken out reaches three sides of the photo, so nothing says what was behind it. Crop the photo first, or take out less."}
	}
	return nil
}

// margin is how far around the hole patches are looked for, at least.
const margin = 256

// surroundings is the part of the photo that the hole is filled from: one and a half times its size on each side.
func (s *scene) surroundings() image.Rectangle {
	var box image.Rectangle
	for i, hole := range s.hole {
		if hole {
			x, y := i%s.W(), i/s.W()
			box = box.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	box = box.Inset(-max(margin, 3*max(box.Dx(), box.Dy())/2))
	return box.Intersect(image.Rect(0, 0, s.W(), s.H()))
}

func (s *scene) crop(r image.Rectangle) *scene {
	part := &scene{img: patch.NewPixels(r.Dx(), r.Dy()), hole: make([]bool, r.Dx()*r.Dy()), protected: make([]bool, r.Dx()*r.Dy()), holes: s.holes}
	for y := range r.Dy() {
		from, to := (r.Min.Y+y)*s.W()+r.Min.X, y*r.Dx()
		copy(part.img.P[3*to:3*(to+r.Dx())], s.img.P[3*from:])
		copy(part.hole[to:to+r.Dx()], s.hole[from:])
		copy(part.protected[to:to+r.Dx()], s.protected[from:])
	}
	return part
}

// paste writes the filled pixels, and no others, into the picture.
func (s *scene) paste(out *image.NRGBA, at image.Point) {
	for i, hole := range s.hole {
		if !hole {
			continue
		}
		to := out.PixOffset(at.X+i%s.W(), at.Y+i/s.W())
		for c := range 3 {
			out.Pix[to+c] = uint8(raster.Clamp(s.img.P[3*i+c], 0, 1)*255 + 0.5)
		}
	}
}

// reduced is the scene at a smaller size. What is known of a pixel is the mean of what is known below it; a pixel of
// which too little is known is hole, and one that has any part of a protected thing is protected.
func (s *scene) reduced(w, h int) *scene {
	small := &scene{img: patch.NewPixels(w, h), hole: make([]bool, w*h), protected: make([]bool, w*h)}
	fx, fy := float64(s.W())/float64(w), float64(s.H())/float64(h)
	for y := range h {
		for x := range w {
			var sum [3]float64
			var known, all float64
			i := y*w + x
			s.below(float64(x)*fx, float64(y)*fy, fx, fy, func(j int, weight float64) {
				all += weight
				small.protected[i] = small.protected[i] || s.protected[j]
				if s.hole[j] {
					return
				}
				known += weight
				for c := range 3 {
					sum[c] += weight * float64(s.img.P[3*j+c])
				}
			})
			if small.hole[i] = known < knownLeast*all && !small.protected[i]; small.hole[i] {
				small.holes++
			}
			if known > 0 {
				for c := range 3 {
					small.img.P[3*i+c] = float32(sum[c] / known)
				}
			}
		}
	}
	return small
}

const knownLeast = 0.7

// below calls visit for the pixels under a rectangle, with the part of each that is under it.
func (s *scene) below(x, y, w, h float64, visit func(i int, weight float64)) {
	for py := int(y); py < min(int(math.Ceil(y+h)), s.H()); py++ {
		high := min(y+h, float64(py+1)) - max(y, float64(py))
		for px := int(x); px < min(int(math.Ceil(x+w)), s.W()); px++ {
			wide := min(x+w, float64(px+1)) - max(x, float64(px))
			if high > 1e-6 && wide > 1e-6 {
				visit(py*s.W()+px, high*wide)
			}
		}
	}
}

// near marks the known pixels that are at most reach pixels from the hole.
func (s *scene) near(reach float32) []bool {
	hole := raster.New(s.W(), s.H())
	defer hole.Free()
	for i, h := range s.hole {
		if h {
			hole.P[i] = 1
		}
	}
	d := raster.Distance(context.Background(), hole)
	defer d.Free()
	near := make([]bool, len(s.hole))
	for i := range near {
		near[i] = d.P[i] > 0 && d.P[i] <= reach
	}
	return near
}
