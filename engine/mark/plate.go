package mark

import (
	"context"
	"fmt"
	"image"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"easel/engine/raster"
)

// Where the mark lies. Lengths are shares of the scale.
const (
	word    = "preview"
	slant   = -28 * math.Pi / 180
	letters = 0.125 // size of the letters
	leading = 1.5   // from one line of words to the next, in letters
	bend    = 0.012 // how far the seed bends the words, at most
	swell   = 0.35  // wavelength of the bending
	between = 0.052 // from one thin line to the next
	weight  = 0.6   // half the width of a thin line, in pixels of a picture 480 long
)

// plate is the mark for one picture, in planes of its size with samples of 0…1.
type plate struct {
	scale               float32
	words, shade, lines *raster.Plane
	tone                *raster.Plane // gray of the lines
}

func (p *plate) free() { raster.Free(p.words, p.shade, p.lines, p.tone) }

// newPlate lays the mark about the middle of the box.
func newPlate(ctx context.Context, box image.Rectangle, size image.Point, seed uint64) (*plate, error) {
	p := &plate{scale: scaleOf(box, size)}
	tile, err := words(max(9, letters*float64(p.scale)))
	if err != nil {
		return nil, err
	}
	w, h := size.X, size.Y
	p.words, p.lines, p.tone = raster.New(w, h), raster.New(w, h), raster.New(w, h)
	cx, cy := float64(box.Min.X+box.Max.X)/2, float64(box.Min.Y+box.Max.Y)/2
	sin, cos := math.Sincos(-slant)
	length, reach := swell*p.scale, 2*bend*p.scale
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				i := y*w + x
				fx, fy := float32(x)/p.scale, float32(y)/p.scale
				bx := reach * (raster.FBMAt(fx, fy, length/p.scale, 2, seed) - 0.5)
				by := reach * (raster.FBMAt(fx, fy, length/p.scale, 2, seed+1) - 0.5)
				dx, dy := float64(x)-cx, float64(y)-cy
				u, v := dx*cos-dy*sin, dx*sin+dy*cos
				p.lines.P[i], p.tone.P[i] = line(float32(u)/p.scale, float32(v)/p.scale, p.scale)
				dx, dy = dx+float64(bx), dy+float64(by) // the lines are thinner than the bend: bent, they could be averaged away
				p.words.P[i] = tile.at(dx*cos-dy*sin, dx*sin+dy*cos)
			}
		}
	})
	p.shade = raster.New(w, h)
	shift := max(1, int(p.scale)/240)
	for y := shift; y < h; y++ {
		copy(p.shade.Row(y)[min(shift, w):], p.words.Row(y-shift))
	}
	return p, ctx.Err()
}

// line is how much of a thin line covers a point, and whether it is a light or a dark one: two families of waves, as on
// banknotes, that cross everything a picture shows.
func line(u, v, scale float32) (cover, tone float32) {
	half := weight * max(1, scale/480) / scale
	for k, lean := range [2]float32{1, -1} {
		wave := 0.6 * between * float32(math.Sin(float64(2*math.Pi*(u+lean*0.4*v)/0.21)))
		at := (v + lean*0.35*u + wave) / between
		d := abs(at-float32(math.Round(float64(at)))) * between
		if c := 1 - raster.Smoothstep(half*0.6, half*2, d); c > cover {
			cover, tone = c, float32(k)
		}
	}
	return cover, tone
}

func abs(v float32) float32 { return float32(math.Abs(float64(v))) }

// sheet is one word of the mark with the room about it; it repeats, every other line moved by half a word.
type sheet struct {
	w, h int
	ink  *image.Alpha
}

// bold is the face of the letters, from the fonts that come with the image library.
var bold = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(gobold.TTF) })

// words draws one word in letters of a size in pixels.
func words(size float64) (*sheet, error) {
	f, err := bold()
	if err != nil {
		return nil, fmt.Errorf("mark: %w", err)
	}
	drawn, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("mark: %w", err)
	}
	pen := font.Drawer{Src: image.Opaque, Face: drawn}
	s := &sheet{w: int(float64(pen.MeasureString(word))/64 + 0.6*size), h: int(leading * size)}
	s.ink = image.NewAlpha(image.Rect(0, 0, s.w, s.h))
	pen.Dst = s.ink
	pen.Dot = fixed.Point26_6{X: fixed.Int26_6(0.3 * size * 64), Y: fixed.Int26_6(size * 64)}
	pen.DrawString(word)
	return s, nil
}

// at is the ink at a point of the plane that the words cover; (0, 0) is the middle of a word.
func (s *sheet) at(u, v float64) float32 {
	v += float64(s.h) * 0.5
	row := math.Floor(v / float64(s.h))
	u += float64(s.w) * (0.5 + 0.5*math.Abs(math.Mod(row, 2)))
	u -= math.Floor(u/float64(s.w)) * float64(s.w)
	v -= row * float64(s.h)
	x, y := int(u), int(v)
	fx, fy := float32(u)-float32(x), float32(v)-float32(y)
	ink := func(x, y int) float32 { return float32(s.ink.AlphaAt(x, y).A) / 255 }
	top := ink(x, y)*(1-fx) + ink(x+1, y)*fx
	low := ink(x, y+1)*(1-fx) + ink(x+1, y+1)*fx
	return top*(1-fy) + low*fy
}
