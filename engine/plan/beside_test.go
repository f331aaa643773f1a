package plan

import (
	"context"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// beside is a head with an ear before a wall, whose matte has kept a strip of the wall to its right. hair says whether
// that strip is hair instead.
func beside(hair bool) *Plan {
	const w, h, size = 240, 260, 90
	p := &Plan{W: w, H: h, K: 0.2, Colour: raster.NewRGB(w, h), Luma: raster.New(w, h), Matte: raster.New(w, h)}
	f := face.Face{X: 110, Y: 110, Size: size, Score: 200, HasEyes: true}
	p.Faces = []face.Face{f}
	for i := range w * h {
		x, y := float32(i%w), float32(i/w)
		c := [3]float32{0.45, 0.50, 0.62} // wall
		dx, dy := (x-f.X)/(0.36*size), (y-f.Y)/(0.6*size)
		strip := x > f.X && x < f.X+0.75*size && y > f.Y-0.4*size && y < f.Y+0.6*size
		switch {
		case dx*dx+dy*dy < 1 && y < f.Y-0.3*size:
			c = [3]float32{0.25, 0.18, 0.12} // hair
		case dx*dx+dy*dy < 1, x > f.X && x < f.X+0.48*size && y > f.Y-0.1*size && y < f.Y+0.1*size:
			c = [3]float32{0.80, 0.60, 0.50} // skin, and the ear
		case y > f.Y+0.62*size:
			c = [3]float32{0.20, 0.30, 0.20} // clothes
		case strip && hair:
			c = [3]float32{0.25, 0.18, 0.12}
		}
		for k := range c {
			p.Colour[k].P[i] = c[k] + 0.02*(raster.White(uint64(k), int(x), int(y))-0.5)
		}
		if c[0] != 0.45 || strip {
			p.Matte.P[i] = 1
		}
	}
	return p
}

func TestAWallBesideAHeadIsTakenOutOfTheMatte(t *testing.T) {
	t.Parallel()
	p := beside(false)
	p.clearBeside(context.Background(), p.Colour)
	for _, c := range []struct {
		what    string
		x, y    int
		subject bool
	}{
		{"the wall at the cheek", 110 + 55, 110 + 20, false},
		{"the wall above the ear", 110 + 52, 110 - 25, false},
		{"the ear", 110 + 38, 110, true},
		{"the cheek", 110 + 25, 110 + 10, true},
		{"the hair", 110, 110 - 45, true},
		{"the clothes", 110 + 60, 110 + 75, true},
	} {
		if got := p.Matte.At(c.x, c.y); c.subject && got < 0.8 || !c.subject && got > 0.2 {
			t.Errorf("%s is %.2f of the subject", c.what, got)
		}
	}
}

// A wall of the hair's colour, out of focus, is told from the hair by having no texture; hair beside a cheek keeps its own.
func TestASmoothWallOfTheHairsColourIsTakenOutOfTheMatte(t *testing.T) {
	t.Parallel()
	for _, sharp := range []bool{false, true} {
		p := beside(true)
		f := p.Faces[0]
		p.Luma = raster.New(p.W, p.H)
		for i := range p.Luma.P {
			x, y := float32(i%p.W), float32(i/p.W)
			v := p.Colour[0].P[i]
			strip := x > f.X+0.4*f.Size && y > f.Y-0.4*f.Size && y < f.Y+0.6*f.Size
			if y < f.Y-0.3*f.Size && p.Matte.P[i] > 0 && !strip || strip && sharp {
				v += 0.3 * (raster.White(9, i%p.W, i/p.W) - 0.5)
			}
			p.Luma.P[i] = v
			if strip && p.Matte.P[i] == 0 && int(y)%4 == 0 {
				for c := range p.Colour { // some of the wall is seen
					p.Colour[c].P[i] = p.Colour[c].At(int(f.X+0.6*f.Size), int(y))
				}
			}
		}
		p.clearBeside(context.Background(), p.Colour)
		if got := p.Matte.At(110+50, 110+32); sharp && got < 0.8 || !sharp && got > 0.3 {
			t.Errorf("sharp %v: what is beside the jaw is %.2f of the subject", sharp, got)
		}
	}
}

func TestHairBesideAFaceStaysInTheMatte(t *testing.T) {
	t.Parallel()
	p := beside(true)
	p.clearBeside(context.Background(), p.Colour)
	if got := p.Matte.At(110+55, 110+20); got < 0.8 {
		t.Errorf("hair at the cheek is %.2f of the subject", got)
	}
	// Beside one of several heads there may be another one.
	p = beside(false)
	p.Faces = append(p.Faces, face.Face{X: 20, Y: 20, Size: 20})
	p.clearBeside(context.Background(), p.Colour)
	if got := p.Matte.At(110+55, 110+20); got != 1 {
		t.Errorf("in company what is beside a head is %.2f of the subject, want it left alone", got)
	}
}
