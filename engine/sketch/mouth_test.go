package sketch

import (
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// A line in a mouth is drawn lightly, a gap between teeth hardly at all, and one on a cheek as it is.
func TestTeethAreNotCounted(t *testing.T) {
	t.Parallel()
	a := &artist{K: 1, grins: []bool{true}, Plan: &plan.Plan{Faces: []face.Face{{
		X: 200, Y: 200, Size: 200, HasMouth: true, MouthL: face.Point{X: 170, Y: 250}, MouthR: face.Point{X: 230, Y: 250},
	}}}}
	line := func(x0, y0, dx, dy float32) (l stroke.Line) {
		for i := range 5 {
			l = append(l, stroke.Point{X: x0 + dx*float32(i), Y: y0 + dy*float32(i)})
		}
		return l
	}
	lip, gap, cheek := a.smile(line(180, 250, 10, 0)), a.smile(line(200, 242, 0, 4)), a.smile(line(280, 220, 0, 4))
	if !(cheek == 0 && lip > 0 && gap > lip && gap < 1) {
		t.Errorf("less force: %v for a lip, %v for a gap, %v for a cheek", lip, gap, cheek)
	}
}

// What is red in a face is toned, and what is white in a mouth is not left as white as paper.
func TestMouthsAreNoHoles(t *testing.T) {
	t.Parallel()
	f := face.Face{X: 100, Y: 100, Size: 160, HasMouth: true, MouthL: face.Point{X: 75, Y: 140}, MouthR: face.Point{X: 125, Y: 140}}
	a := &artist{K: 1, sheet: &stroke.Sheet{}, form: raster.New(200, 200), subject: raster.New(200, 200), tones: []complexion{{0.4, 0.5, 0.6, 0.8}}}
	a.Plan = &plan.Plan{W: 200, H: 200, Faces: []face.Face{f}, Colour: raster.RGB{raster.New(200, 200), raster.New(200, 200), raster.New(200, 200)}}
	a.form.Fill(0.75)
	a.subject.Fill(1)
	for i := range a.form.P {
		red := float32(0.8)
		switch y := i / 200; {
		case y > 144 && y < 150:
			red = 1
		case y > 134 && y <= 144:
			red = 0.66
		}
		a.Colour[0].P[i], a.Colour[1].P[i] = red, 0.65
	}
	m, ok := a.mouthOf(f)
	target := raster.New(200, 200)
	share := a.lip(0, m, target)
	teeth, lip, cheek := target.At(100, 138), target.At(100, 147), target.At(100, 100)
	if !ok || cheek != 0 || teeth < 0.05 || teeth > 0.15 || lip < teeth+0.1 || share < 0.2 {
		t.Errorf("%.2f of it teeth, teeth %.2f, lip %.2f, cheek %.2f", share, teeth, lip, cheek)
	}
}
