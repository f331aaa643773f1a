// Package mark makes a small picture say that it is only a preview, so that taking the mark off leaves a picture with
// holes: below the mark the picture's detail is gone, not covered.
package mark

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// How the mark looks. Lengths are shares of the scale, which is the longer side of what is marked.
const (
	light  = 0.34  // opacity of the white that letters are filled with
	rim    = 0.26  // opacity of the black just below and right of a letter
	thin   = 0.16  // opacity of the lines between the words
	lost   = 0.015 // spread of the blur below letters: nearly a letter's stroke
	ground = 0.55  // part of the opacities where nothing of the subject is
)

// Preview returns a copy of the picture with the mark on it, the words about the picture's subject where the rest is
// transparent, else about its middle.
//
// Words and lines lie at the same places of a picture whoever asks and how often, for the means of many previews of one
// photo would show what is below marks that move. Who knows the mark exactly gains little, as detail below it is not
// covered but left out. The seed bends the words by less than a letter's stroke, so that a mark learnt from many photos
// (Dekel and others 2017) fits none of them exactly.
func Preview(ctx context.Context, img *image.NRGBA, seed uint64) (*image.NRGBA, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	base := soften(ctx, img)
	defer base.free()
	plate, err := newPlate(ctx, base.subject(), image.Pt(w, h), seed)
	if err != nil {
		return nil, err
	}
	defer plate.free()
	blurred := base.blurred(ctx, max(1, lost*plate.scale))
	defer blurred.free()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	raster.Rows(ctx, h, func(y0, y1 int) {
		for i := y0 * w; i < y1*w; i++ {
			hidden := max(plate.words.P[i], plate.shade.P[i], plate.lines.P[i])
			var v [4]float32 // premultiplied colour and opacity
			for c, p := range base {
				v[c] = p.P[i] + hidden*(blurred[c].P[i]-p.P[i])
			}
			shown := ground + (1-ground)*v[3]
			v = over(v, 0, rim*shown*plate.shade.P[i]*(1-plate.words.P[i]))
			v = over(v, plate.tone.P[i], thin*shown*plate.lines.P[i]*(1-plate.words.P[i]))
			v = over(v, 1, light*shown*plate.words.P[i])
			for c := range 3 {
				out.Pix[4*i+c] = level(v[c] / max(v[3], 1e-6))
			}
			if out.Pix[4*i+3] = level(v[3]); out.Pix[4*i+3] == 0 {
				clear(out.Pix[4*i : 4*i+3])
			}
		}
	})
	return out, ctx.Err()
}

// over lays gray paint over a premultiplied colour.
func over(v [4]float32, gray, opacity float32) [4]float32 {
	for c := range 3 {
		v[c] = gray*opacity + v[c]*(1-opacity)
	}
	v[3] = opacity + v[3]*(1-opacity)
	return v
}

func level(v float32) uint8 { return uint8(raster.Clamp(v, 0, 1)*255 + 0.5) }

// layers are premultiplied red, green and blue, and opacity.
type layers [4]*raster.Plane

func soften(ctx context.Context, img *image.NRGBA) layers {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var l layers
	for c := range l {
		l[c] = raster.New(w, h)
	}
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			src := img.Pix[img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y+y):]
			for x := range w {
				a := float32(src[4*x+3]) / 255
				for c := range 3 {
					l[c].P[y*w+x] = a * float32(src[4*x+c]) / 255
				}
				l[3].P[y*w+x] = a
			}
		}
	})
	return l
}

func (l layers) free() { raster.Free(l[:]...) }

func (l layers) blurred(ctx context.Context, sigma float32) layers {
	var out layers
	for c, p := range l {
		out[c] = raster.Gaussian(ctx, p, sigma)
	}
	return out
}

// subject is the box around what is not transparent; the whole picture where nothing is.
func (l layers) subject() image.Rectangle {
	a := l[3]
	box := image.Rectangle{Min: image.Pt(a.W, a.H), Max: image.Pt(-1, -1)}
	for y := range a.H {
		for x, v := range a.Row(y) {
			if v > 0.5 {
				box.Min.X, box.Min.Y = min(box.Min.X, x), min(box.Min.Y, y)
				box.Max.X, box.Max.Y = max(box.Max.X, x+1), max(box.Max.Y, y+1)
			}
		}
	}
	if box.Empty() {
		return image.Rect(0, 0, a.W, a.H)
	}
	return box
}

// scaleOf is the length by which the mark is measured for a subject in a picture: no mark is tiny.
func scaleOf(box image.Rectangle, size image.Point) float32 {
	return float32(math.Max(float64(max(box.Dx(), box.Dy())), 0.5*float64(max(size.X, size.Y))))
}
