package painting

import "easel/engine/raster"

// layer says how one round of strokes is painted. Lengths are in brush half widths.
type layer struct {
	radius float32 // half width in k pixels
	length float32
	gap    float32 // between the places where a stroke may begin
	jitter float32 // OKLab units by which a stroke's colour strays
	cover  float32
	view   abstraction
	bear   float32 // squared colour distance below which painting over does no harm
	need   float32 // difference to the reference that asks for a stroke
	habits [3]int  // how often flat, filbert and dry brushes are taken
}

// layers go from the ground lay-in to the last touches.
var layers = []layer{
	{radius: 44, bear: .02, length: 7.0, gap: .95, jitter: .040, cover: .94, view: broadly, habits: [3]int{3, 0, 2}},
	{radius: 26, bear: .012, length: 7.5, gap: .85, jitter: .034, cover: .92, view: broadly, need: .034, habits: [3]int{4, 1, 2}},
	{radius: 15.5, bear: .009, length: 7.5, gap: .80, jitter: .030, cover: .92, view: halfWay, need: .034, habits: [3]int{4, 3, 1}},
	{radius: 9.2, bear: .008, length: 7.0, gap: .75, jitter: .024, cover: .92, view: halfWay, need: .032, habits: [3]int{3, 4, 1}},
	{radius: 5.6, bear: .007, length: 7.0, gap: .75, jitter: .018, cover: .92, view: halfWay, need: .034, habits: [3]int{3, 4, 0}},
	{radius: 3.5, bear: .006, length: 6.5, gap: .80, jitter: .014, cover: .92, view: asSeen, need: .036, habits: [3]int{2, 4, 0}},
	{radius: 2.3, bear: .005, length: 6.0, gap: .85, jitter: .008, cover: .94, view: asSeen, need: .034, habits: [3]int{1, 4, 0}},
	{radius: 1.6, bear: .003, length: 6.0, gap: 1, jitter: .006, cover: .94, view: asSeen, need: .034, habits: [3]int{1, 4, 0}},
}

// most is the greatest number of strokes of a painting. Each layer may take half of what the earlier ones left, so that
// the record stays small however busy the photo; ordinary photos need a third of it.
const most = 200_000

// reach is how far a stroke of the layer can get from where it begins, in plan pixels: half its greatest length, its
// width, and the step aside that keeps it off an edge.
func (l *layer) reach(k float32) float32 {
	r := l.radius * k
	return r*l.length*.5*longest + 2.2*r + 4
}

const shortest, longest = .6, 1.4 // times the layer's length

// brushFor picks a brush of the layer's habits from 0…1 noise: which habit, which of its brushes.
func (l *layer) brushFor(a, b float32) uint8 {
	total := l.habits[0] + l.habits[1] + l.habits[2]
	n := int(a * float32(total))
	h := 0
	for h < 2 && n >= l.habits[h] {
		n -= l.habits[h]
		h++
	}
	return brushOf(habit(h), b)
}

// brushOf picks one of a habit's brushes from 0…1 noise.
func brushOf(h habit, noise float32) uint8 {
	each := brushCount / 3
	return uint8(int(h)*each + min(int(noise*float32(each)), each-1))
}

// thickness is the body of the paint for a lightness: thin in the shadows, thick in the lights.
func thickness(lightness, radius float32) float32 {
	body := .30 + .70*raster.Smoothstep(.25, .90, lightness)
	if radius > 20 {
		body *= .8
	}
	return body
}
