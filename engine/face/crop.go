package face

import (
	"image"
	"math"
)

const (
	above     = 1.25 // from a face's centre to the crop's top, in face sides: hair and air
	below     = 1.95 // to its bottom: shoulders
	beside    = 1.15 // to its left and right at least
	companion = 0.6  // faces of at least this share of the main one's side belong into the crop, too
)

// Crop suggests the part of a w×h picture to draw: head and shoulders of the main face, together with faces of about
// the same size, at the given aspect (width by height). It lies inside the picture and holds the faces completely;
// only where the picture is too narrow or too flat for that is the aspect given up. Without faces it is the largest
// such part around the middle. An aspect of 0 or less means whatever fits.
func Crop(w, h int, faces []Face, aspect float64) image.Rectangle {
	whole := image.Rect(0, 0, w, h)
	if len(faces) == 0 {
		if aspect <= 0 {
			return whole
		}
		cw, ch := fit(float64(w), float64(h), float64(w), float64(h), aspect)
		return placed(float64(w)/2, float64(h)/2, cw, ch, w, h)
	}
	var want, must box
	for i, f := range faces {
		if f.Size < companion*faces[0].Size {
			continue
		}
		x, y, s := float64(f.X), float64(f.Y), float64(f.Size)
		head := box{x - beside*s, y - above*s, x + beside*s, y + below*s}
		skin := box{x - s/2, y - 0.7*s, x + s/2, y + 0.6*s}
		if i == 0 {
			want, must = head, skin
		}
		want, must = want.join(head), must.join(skin)
	}
	if aspect <= 0 {
		aspect = (want.x1 - want.x0) / (want.y1 - want.y0)
	}
	// The wanted part grows to the aspect, then shrinks to the picture, but not below the faces.
	cw := max(want.x1-want.x0, (want.y1-want.y0)*aspect)
	cw, ch := fit(cw, cw/aspect, float64(w), float64(h), aspect)
	must = must.within(float64(w), float64(h))
	cw, ch = max(cw, must.x1-must.x0), max(ch, must.y1-must.y0)
	// The crop keeps its air above when it is less tall than wanted, and shares what is more between both ends.
	cx := (want.x0 + want.x1) / 2
	cy := want.y0 + ch/2 + 0.4*min(0, want.y1-want.y0-ch)
	cx = min(max(cx, must.x1-cw/2), must.x0+cw/2)
	cy = min(max(cy, must.y1-ch/2), must.y0+ch/2)
	return placed(cx, cy, cw, ch, w, h)
}

// box is a rectangle between pixels.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) join(o box) box {
	return box{min(b.x0, o.x0), min(b.y0, o.y0), max(b.x1, o.x1), max(b.y1, o.y1)}
}

func (b box) within(w, h float64) box {
	return box{min(max(b.x0, 0), w), min(max(b.y0, 0), h), min(max(b.x1, 0), w), min(max(b.y1, 0), h)}
}

// fit shrinks a size to w×h at an aspect.
func fit(cw, ch, w, h, aspect float64) (float64, float64) {
	k := min(1, w/cw, h/ch)
	cw, ch = cw*k, ch*k
	if cw > ch*aspect {
		return ch * aspect, ch
	}
	return cw, cw / aspect
}

// placed is a rectangle of whole pixels around a middle, moved into the picture.
func placed(cx, cy, cw, ch float64, w, h int) image.Rectangle {
	iw := min(max(int(math.Round(cw)), 1), w)
	ih := min(max(int(math.Round(ch)), 1), h)
	x := min(max(int(math.Round(cx-cw/2)), 0), w-iw)
	y := min(max(int(math.Round(cy-ch/2)), 0), h-ih)
	return image.Rect(x, y, x+iw, y+ih)
}
