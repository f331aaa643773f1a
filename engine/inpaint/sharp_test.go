package inpaint_test

import (
	"image"
	"image/color"
	"math"
	"testing"

	"easel/engine/inpaint"
	"easel/engine/raster"
)

// grounds are pictures made by rule: what lies behind somebody is known, and so is what a filling may lose.
var grounds = []struct {
	name  string
	light func(x, y float32) [3]float32
	sharp float64 // the least slope that is left, in parts of the truth's
	psnr  float64 // the least, in decibels
}{
	{"slanted stripes", func(x, y float32) [3]float32 {
		v := 0.3 + 0.4*raster.Smoothstep(-0.2, 0.2, float32(math.Sin(float64(y+0.2*x)/4)))
		return [3]float32{v, 0.9 * v, 0.7 * v}
	}, 0.9, 30},
	{"bricks", func(x, y float32) [3]float32 {
		row := int(y) / 9
		at := int(x) + row%2*11
		if int(y)%9 == 0 || at%22 == 0 {
			return [3]float32{0.75, 0.73, 0.7}
		}
		v := 0.4 + 0.15*raster.White(3, at/22, row)
		return [3]float32{v + 0.1, 0.6 * v, 0.5 * v}
	}, 0.85, 18},
	{"sky and horizon", func(x, y float32) [3]float32 {
		if y < 100 {
			return [3]float32{0.35 + 0.003*y, 0.5 + 0.002*y, 0.85}
		}
		v := 0.25 + 0.2*raster.FBMAt(x, y, 10, 3, 4)
		return [3]float32{v, 0.9 * v, 0.5 * v}
	}, 0.9, 28},
	{"grass", func(x, y float32) [3]float32 {
		v := 0.2 + 0.5*raster.FBMAt(x*1.6, y, 9, 4, 8)
		return [3]float32{0.6 * v, v, 0.4 * v}
	}, 0.9, 20},
}

// standing is the hole that somebody leaves who stands in the middle.
func standing(w, h int) *raster.Plane {
	p := raster.New(w, h)
	for y := range h {
		for x := range w {
			dx, dy := float64(x)-float64(w)/2, float64(y)-float64(h)/4
			head := math.Hypot(dx, dy) < float64(h)/15
			body := dy > 0 && dy < float64(h)/2 && math.Abs(dx) < float64(h)/9*(1-0.4*dy/float64(h))
			if head || body {
				p.P[y*w+x] = 1
			}
		}
	}
	return p
}

// What is filled is as sharp as what is about it, and lines go on through it.
func TestAFillingIsAsSharpAsItsSurroundings(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are judged in plain builds")
	}
	t.Parallel()
	const w, h = 240, 180
	p := standing(w, h)
	for _, g := range grounds {
		truth := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				v, n := g.light(float32(x), float32(y)), 0.03*(raster.White(7, x, y)-0.5)
				truth.SetNRGBA(x, y, color.NRGBA{R: level(v[0] + n), G: level(v[1] + n), B: level(v[2] + n), A: 255})
			}
		}
		got, err := inpaint.Fill(t.Context(), painted(truth, p), p, nil, inpaint.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		f := measure(t.Context(), truth, got, p)
		t.Logf("%s: %s", g.name, f)
		if f.sharp < g.sharp || f.psnr < g.psnr || f.smear[0] > f.smear[1]+0.1 || f.seam[0] > 1.6*f.seam[1] {
			t.Errorf("behind somebody before %s: %.2f of the slopes, %.1f dB, %.2f smeared, seams %.2f", g.name, f.sharp, f.psnr, f.smear[0], f.seam[0])
		}
	}
}
