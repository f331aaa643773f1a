package plan

import (
	"context"
	"image"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

const (
	sureFace   = 60   // score from which a face tells where its head ends
	headWidth  = 0.47 // of a face's size: half axes of a head without its hair's volume
	headHeight = 0.68
	jawLess    = 0.13  // by how much the width is less at the jaw
	besideFrom = -0.55 // of a face's size above its middle: hats and hair above that are left alone
	besideTo   = 0.72  // and below it, where shoulders begin
	sureGround = 0.1   // logarithm of the odds from which a colour is the ground's
	farther    = 0.6   // what is added to them away from the head, where only hair can be, which its top has the colour of
	leastSeen  = 0.06  // of what is looked at must be ground already, to know its colours
)

// parting is what tells a head from the ground beside it: how often a colour is met on either side.
type parting struct {
	box          image.Rectangle
	head, ground tints
}

// tints counts colours in cells of OKLab.
type tints struct {
	n    [tintL * tintC * tintC]float32
	size float32
}

const tintL, tintC = 14, 18

// tintOf is the cell of a colour, which has others on all sides.
func tintOf(c raster.Lab) int {
	at := func(v, lo, hi float32, n int) int { return min(max(int((v-lo)/(hi-lo)*float32(n)), 1), n-2) }
	return (at(c.L, 0, 1, tintL)*tintC+at(c.A, -0.16, 0.16, tintC))*tintC + at(c.B, -0.16, 0.16, tintC)
}

// add counts a colour in its cell, and half in each of those beside it.
func (t *tints) add(c raster.Lab, weight float32) {
	i := tintOf(c)
	t.n[i] += weight
	for _, d := range [...]int{1, tintC, tintC * tintC} {
		t.n[i-d] += weight / 2
		t.n[i+d] += weight / 2
	}
	t.size += weight
}

// often is how often the colours of a cell are met, as a share.
func (t *tints) often(cell int) float32 {
	const least = 2e-4
	return t.n[cell]/max(t.size, 1) + least
}

// odds is, for each cell of colours, the logarithm of how much oftener the ground has them than the head.
func (t *parting) odds() *[tintL * tintC * tintC]float32 {
	var odds [tintL * tintC * tintC]float32
	for cell := range odds {
		odds[cell] = float32(math.Log(float64(t.ground.often(cell) / t.head.often(cell))))
	}
	return &odds
}

// clearBeside takes out of the matte what lies beside a head, above the shoulders, and has the colours of the ground
// there more than those of hair, skin and clothes: cuts like to end at the next strong edge, which may be a curtain's.
func (p *Plan) clearBeside(ctx context.Context, colour raster.RGB) {
	if len(p.Faces) != 1 {
		return // beside a head there may be another
	}
	f := p.Faces[0]
	if f.Score < sureFace || !f.HasEyes || f.Size > closeUp*float32(min(p.W, p.H)) {
		return
	}
	if t, ok := p.parted(f, colour); ok {
		smooth := p.smooth(ctx, f, t.box)
		defer smooth.Free()
		p.clear(ctx, f, colour, t, smooth)
	}
}

// parted learns both sides' colours around a face.
func (p *Plan) parted(f face.Face, colour raster.RGB) (*parting, bool) {
	s := f.Size
	t := &parting{box: image.Rect(int(f.X-1.1*s), int(f.Y-0.9*s), int(f.X+1.1*s), int(f.Y+1.6*s)).Intersect(image.Rect(0, 0, p.W, p.H))}
	step := max(1, int(s/90))
	seen := float32(0)
	for y := t.box.Min.Y; y < t.box.Max.Y; y += step {
		for x := t.box.Min.X; x < t.box.Max.X; x += step {
			i := y*p.W + x
			seen++
			m := p.Matte.P[i]
			lab := raster.ToLab(colour[0].P[i], colour[1].P[i], colour[2].P[i])
			switch down := (float32(y) - f.Y) / s; {
			case m < 0.05 && down < 0.8:
				t.ground.add(lab, 1)
			case m > 0.9 && down > 0.75:
				t.head.add(lab, 0.3) // clothes
			case m > 0.9 && fromHead(f, float32(x), float32(y)) < 1:
				t.head.add(lab, 1)
			}
		}
	}
	return t, t.ground.size > leastSeen*seen && t.head.size > 0
}

// fromHead is the distance from the middle of a head, 1 on its outline, which is narrower below the ears.
func fromHead(f face.Face, x, y float32) float32 {
	sin, cos := math.Sincos(float64(f.Tilt))
	wide := headWidth - jawLess*raster.Smoothstep(0, 0.35, (y-f.Y)/f.Size)
	return ellipse(x, y, face.Point{X: f.X, Y: f.Y - 0.02*f.Size}, wide*f.Size, headHeight*f.Size, float32(cos), float32(sin))
}

// clear lowers the matte beside the head. Smooth is what is added to the odds of the parting's box for want of texture.
func (p *Plan) clear(ctx context.Context, f face.Face, colour raster.RGB, t *parting, smooth *raster.Plane) {
	s := f.Size
	box := image.Rect(t.box.Min.X, int(f.Y+(besideFrom-0.15)*s), t.box.Max.X, int(f.Y+besideTo*s)).Intersect(t.box)
	if box.Empty() {
		return
	}
	of, odds := t.odds(), raster.New(box.Dx(), box.Dy())
	raster.Rows(ctx, odds.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := odds.Row(y)
			for x := range row {
				i := (box.Min.Y+y)*p.W + box.Min.X + x
				v := of[tintOf(raster.ToLab(colour[0].P[i], colour[1].P[i], colour[2].P[i]))]
				row[x] = raster.Clamp(v+smooth.At(box.Min.X+x-t.box.Min.X, box.Min.Y+y-t.box.Min.Y), -3, 3)
			}
		}
	})
	even := raster.Gaussian(ctx, odds, max(1, 0.035*s))
	odds.Free()
	defer even.Free()
	raster.Rows(ctx, even.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			py := float32(box.Min.Y + y)
			down := (py - f.Y) / s
			reach := raster.Smoothstep(besideFrom-0.15, besideFrom, down) * raster.Smoothstep(besideTo, besideTo-0.15, down)
			matte := p.Matte.Row(box.Min.Y + y)[box.Min.X:]
			for x, v := range even.Row(y) {
				d := fromHead(f, float32(box.Min.X+x), py)
				v += farther * raster.Smoothstep(1.05, 1.35, d)
				if out := reach * raster.Smoothstep(0.92, 1.05, d) * raster.Smoothstep(sureGround, 8*sureGround, v); out > 0 {
					matte[x] *= 1 - out
				}
			}
		}
	})
}
