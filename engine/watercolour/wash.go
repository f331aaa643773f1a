package watercolour

import (
	"math"

	"easel/engine/raster"
)

const (
	granulation = 0.40
	fleckSeed   = 0x666c65636b // apart from the paper, which is made from the same seed
	fleck       = 0.30         // of the granulation that is single specks of pigment
	reliefLight = 0.06
	graphite    = 0.86 // darkness of the pencil
)

// paperColour is the sheet in linear light; pencilColour is gamma-encoded.
var (
	paperColour  = [3]float64{0.972, 0.955, 0.922}
	pencilColour = [3]float32{0.27 * 255, 0.26 * 255, 0.28 * 255}
)

// inks tabulates what pigment does to the paper, 0…255 gamma-encoded, by absorbance; and the lightening of deep
// washes.
type inks struct {
	colour [3][4096]float32
	lift   [2049]float32
}

const (
	inkFrom, inkTo = -0.25, 5
	liftTo         = 6
	liftLimit      = 2.5
	liftSlope      = 0.78
)

func newInks() *inks {
	t := &inks{}
	for c := range t.colour {
		for i := range t.colour[c] {
			a := inkFrom + (inkTo-inkFrom)*float64(i)/4095
			t.colour[c][i] = 255 * raster.ToGamma(float32(paperColour[c]*math.Exp(-a)))
		}
	}
	for i := range t.lift {
		v := liftTo * float64(i) / 2048
		t.lift[i] = float32(liftLimit * (1 - math.Exp(-liftSlope*v/liftLimit)))
	}
	return t
}

func (t *inks) on(c int, a float32) float32 {
	return t.colour[c][int(raster.Clamp((a-inkFrom)*(4095/(inkTo-inkFrom)), 0, 4095))]
}

// lighten is what makes light colouring of a photo's range: even the deepest wash stays transparent.
func (t *inks) lighten(v float32) float32 {
	return t.lift[int(raster.Clamp(v*(2048.0/liftTo), 0, 2048))]
}

// wash draws row y of the picture.
func (t *sheet) wash(r *rows, y int) {
	above, here, below := t.height.Row(max(0, y-1)), t.height.Row(y), t.height.Row(min(t.h-1, y+1))
	lead := t.lead.Row(y)
	out := t.out.Pix[y*t.out.Stride:]
	perUnit := 0.5 * t.scale * t.k // half a difference of two pixels, as change over a length unit
	for x := range t.w {
		grain := here[x]
		left, right := max(0, x-1), min(t.w-1, x+1)
		look, bleed := r.look[x], r.bleed[x]
		fall := perUnit * hypot(r.edge[1][right]-r.edge[1][left], r.edge[2][x]-r.edge[0][x])
		end := t.endAt(r.edge[1][x]-edgeAt, fall, grain, bleed*raster.Smoothstep(0.50, 0.36, r.second[x]))
		v := float32(0)
		if end.cover > 0 {
			v = end.finish(t.laid(r, x, perUnit*hypot(r.level[1][right]-r.level[1][left], r.level[2][x]-r.level[0][x]), grain), look)
			v += 0.30 * v * bleed * raster.Smoothstep(0.535, 0.55, r.second[x]+0.03*(grain-0.5))
		}

		speck := fleck * (raster.White(t.seed^fleckSeed, x, y) - 0.5)
		settle := (0.5 - grain + speck) * (0.30 + 0.70*mid(v)) * (1 - 0.5*look)
		relief := reliefLight * (above[left] - below[right])
		line := graphite * lead[x]
		p := out[4*x : 4*x+4 : 4*x+4]
		dull := 1 - 0.25*raster.Smoothstep(1.1, 2.6, v) // deep colours are mixed, not pure
		for c := range 3 {
			hue := 1 + dull*(r.hue[c][x]+bleed*(r.wetHue[c][x]-r.hue[c][x])-1)
			a := v*hue*(1+granulation*settling[c]*settle) + r.splash[c][x]*(1+granulation*settle) + relief
			shade := t.inks.on(c, a)
			p[c] = uint8(shade + line*(pencilColour[c]-shade) + 0.5)
		}
		p[3] = 255
	}
}

// laid is the absorbance of all washes at column x, where the level changes by steep over a length unit.
func (t *sheet) laid(r *rows, x int, steep, grain float32) float32 {
	level, look, bleed := r.level[1][x], r.look[x], r.bleed[x]
	body, bead := t.glaze(level, steep, grain, look)
	share := 0.70 - look*(0.18-0.30*t.bold)
	v := level + share*(body-level)
	v += bleed*(r.wet[x]-v) + bead*(0.80-0.35*look)*(1-0.6*bleed)
	grade := 0.55 + 0.45*raster.Smoothstep(0, 2.2, r.page[x]-edgeAt)
	white := raster.Smoothstep(0.02, 0.16, level+bleed*(r.wet[x]-level))
	light := t.inks.lighten(v)
	light += t.accent(look, r, x) * raster.Smoothstep(1.0, 2.4, v) * (v - light)
	return light * white * grade * r.body[x]
}

// accent is how much of its depth a dark keeps: most in eyes, which a face marks with the highest importance. On an
// animal it is what draws the eye and has no strong colour: coats stay luminous.
func (t *sheet) accent(look float32, r *rows, x int) float32 {
	if len(t.p.Faces) > 0 {
		return 0.12*look + 0.28*raster.Smoothstep(0.86, 1, look)
	}
	red, green, blue := r.hue[0][x], r.hue[1][x], r.hue[2][x]
	colour := max(red, green, blue) - min(red, green, blue)
	return (0.20 + 0.25*raster.Smoothstep(0.35, 0.75, look)) * raster.Smoothstep(0.75, 0.30, colour)
}

// settling is how much more the pigments that absorb a channel gather in the valleys: blues and umbers are heavy.
var settling = [3]float32{1.2, 1.0, 0.75}

// mid is 1 for a middling wash, 0 for none and for the deepest: those show no grain.
func mid(v float32) float32 {
	u := raster.Clamp(v/2, 0, 1)
	return 4 * u * (1 - u)
}

func hypot(x, y float32) float32 { return float32(math.Sqrt(float64(x*x + y*y))) }

// ending is how the wash ends around a place: a toothed line with a dark bead inside, in places washed out.
type ending struct {
	above, fall float32 // the edge field over its contour, and its slope over a length unit
	cover       float32 // how much of the wash there is
	lost        float32 // 0…1: how far the edge is washed out
}

func (t *sheet) endAt(above, fall, grain, lost float32) ending {
	above += 0.05 * (grain - 0.5)
	soft := max(0.012, 0.9*fall/(t.scale*t.k)) // about one pixel of the sheet
	soft += 0.16 * lost
	return ending{above, fall, raster.Smoothstep(-soft, soft, above), lost}
}

// finish ends a wash of absorbance v.
func (e ending) finish(v, look float32) float32 {
	if e.above <= 0 {
		return v * e.cover
	}
	slope := max(e.fall, 0.002)
	rim := 0.42*ridge(e.above, 2.6*slope) + 0.20*ridge(e.above, 9*slope)
	return v*e.cover + rim*min(v, 0.6)*(1-look)*(1-e.lost)
}
