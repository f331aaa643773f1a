package matting

import (
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// painted is a picture of noisy colours: that of the last shape that holds a pixel, and for none the first colour.
func painted(w, h int, ground [3]float32, shapes []func(x, y float32) bool, colours [][3]float32) raster.RGB {
	c := raster.NewRGB(w, h)
	for y := range h {
		for x := range w {
			colour := ground
			for n, in := range shapes {
				if in(float32(x), float32(y)) {
					colour = colours[n]
				}
			}
			for k := range c {
				c[k].P[y*w+x] = raster.Clamp(colour[k]+0.15*(raster.White(uint64(k+1), x, y)-0.5), 0, 1)
			}
		}
	}
	return c
}

// held is the mask of a shape.
func held(w, h int, in func(x, y float32) bool) *raster.Plane {
	p := raster.New(w, h)
	for i := range p.P {
		if in(float32(i%w), float32(i/w)) {
			p.P[i] = 1
		}
	}
	return p
}

func TestGroundFromSideToSideIsNoSubject(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	t.Parallel()
	field := func(_, y float32) bool { return y > 90 }
	dog := ellipse(150, 110, 38, 52)
	c := painted(300, 220, [3]float32{0.6, 0.75, 0.9}, []func(x, y float32) bool{field, dog}, [][3]float32{{0.5, 0.4, 0.2}, {0.92, 0.9, 0.85}})
	alpha, _ := Subject(t.Context(), c, nil, 1)
	if iou := overlap(alpha, held(300, 220, dog), false); iou < 0.9 {
		t.Errorf("the dog before field and sky has an overlap of %.3f, want .9", iou)
	}
	v := newView(t.Context(), c, searchSide)
	defer v.free()
	in := make([]bool, v.w*v.h)
	for i := range in {
		in[i] = field(0, float32(i/v.w)*300/float32(v.w))
	}
	if s := v.spans(in); s < 0.5 || s > 0.65 {
		t.Errorf("the field spans %.2f of the height, want .59", s)
	}
}

func TestACloseUpMayLeaveTheFrame(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	t.Parallel()
	face := ellipse(110, 110, 150, 180)
	c := painted(300, 220, [3]float32{0.45, 0.5, 0.55}, []func(x, y float32) bool{face}, [][3]float32{{0.75, 0.55, 0.35}})
	alpha, _ := Subject(t.Context(), c, nil, 1)
	if iou := overlap(alpha, held(300, 220, face), false); iou < 0.9 {
		t.Errorf("a cat that leaves the frame on three sides has an overlap of %.3f, want .9", iou)
	}
}

func TestAFigureKeepsWhatIsHeld(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	t.Parallel()
	head, body, ball := ellipse(140, 80, 30, 40), ellipse(140, 270, 75, 140), ellipse(225, 262, 50, 52)
	c := painted(320, 300, [3]float32{0.75, 0.75, 0.72}, []func(x, y float32) bool{head, body, ball}, [][3]float32{{0.8, 0.6, 0.5}, {0.75, 0.35, 0.15}, {0.1, 0.1, 0.12}})
	alpha, plainly := Figure(t.Context(), c, []face.Face{{X: 140, Y: 82, Size: 55, Score: 90}}, 1)
	whole := held(320, 300, func(x, y float32) bool { return head(x, y) || body(x, y) || ball(x, y) })
	if iou := overlap(alpha, whole, false); iou < 0.9 {
		t.Errorf("a person with a ball has an overlap of %.3f, want .9 (plainly %.2f)", iou, plainly)
	}
}
