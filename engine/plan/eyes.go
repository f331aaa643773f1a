package plan

import (
	"cmp"
	"context"
	"math"
	"slices"

	"easel/engine/face"
	"easel/engine/raster"
)

// Eye is an animal's eye in work pixels.
type Eye struct {
	face.Point
	R     float32    // of its dark
	Light face.Point // the lamp or the sky in it, where LightR is not 0
	// LightR is the radius of that light; 0 where none was seen.
	LightR float32
}

// Eyes of animals are told in two ways. In light fur they are two compact darks beside each other, with fur on every
// side. In black fur nothing is darker than the fur, but an eye is wet: there is a small light in it, without a colour,
// with the dark of the eye all around and fur that is less dark around that. Single such lights are believed where no
// others are near, as they are in gravel, leaves and chrome; else only two beside each other, with a nose below.
const (
	darkDepth, darkLeast = 0.33, 0.25 // how much lighter the fur is around a dark, in the middle and on its darkest side
	darkMost             = 0.45       // luma of such a dark, at most
	lightLeast           = 0.24       // luma of a light in an eye
	lightOver            = 0.18       // and by how much it is lighter than
	ringMost, ringLight  = 0.13, 0.20 // the ring around it: its mean, and its lightest part but one
	lightGray            = 0.03       // chroma in OKLab of a light, at most
	furAround            = 0.42       // share of the directions in which what is further out is lighter than the ring
	eyeReach             = 4.2        // light radii from the middle of a light to the edge of the eye
	crowd                = 100        // k pixels in which no other light lies around a single one
	levelEyes            = 0.82       // tangent of the slope from eye to eye, at most
)

// findEyes looks for the eyes of animals.
func (p *Plan) findEyes(ctx context.Context) []Eye {
	if eyes := p.darkEyes(ctx); eyes != nil {
		return eyes
	}
	return p.wetEyes(ctx)
}

// darkEyes returns two compact darks of one size beside each other in light fur, the clearest first; nil if there are none.
func (p *Plan) darkEyes(ctx context.Context) []Eye {
	const size, nearest, farthest, unlike = 1.6, 3, 12, 1.8
	type dark struct {
		Eye
		clear float32
	}
	var darks []dark
	small := raster.Shrink(ctx, p.Luma, 2)
	defer small.Free()
	for _, sigma := range []float32{4, 5.6, 8, 11} {
		sigma *= p.K / 2
		soft := raster.Gaussian(ctx, small, sigma)
		extremes(soft, -1, int(2.8*sigma)+1, func(x, y int, v float32) {
			if v > darkMost || p.Matte.At(2*x, 2*y) < 0.5 {
				return
			}
			ring := ring(soft, x, y, 2.8*sigma)
			if least, middle := ring[2]-v, ring[8]-v; least > darkLeast && middle > darkDepth {
				darks = append(darks, dark{Eye{Point: face.Point{X: 2*float32(x) + 0.5, Y: 2*float32(y) + 0.5}, R: 2 * size * sigma}, least + middle})
			}
		})
		soft.Free()
	}
	slices.SortStableFunc(darks, func(a, b dark) int { return cmp.Compare(b.clear, a.clear) })
	for i, a := range darks {
		for _, b := range darks[:i] {
			d, r := distance(a.Point, b.Point), max(a.R, b.R)
			if d > nearest*r && d < farthest*r && r < unlike*min(a.R, b.R) && level(a.Point, b.Point) {
				return []Eye{b.Eye, a.Eye}
			}
		}
	}
	return nil
}

// wetEyes returns the eyes in which a light is seen: those with no other light near, or two with a nose below.
func (p *Plan) wetEyes(ctx context.Context) []Eye {
	const nearest, farthest, unlike = 3, 14, 1.8
	lights, crowded := p.eyeLights(ctx)
	var alone []Eye
	for i, a := range lights {
		if !crowded[i] {
			alone = append(alone, a)
		}
	}
	if alone != nil {
		return alone
	}
	soft := raster.Gaussian(ctx, p.Luma, 2.5*p.K)
	defer soft.Free()
	for i, a := range lights {
		for _, b := range lights[:i] {
			d, r := distance(a.Point, b.Point), max(a.R, b.R)
			third := slices.ContainsFunc(lights, func(c Eye) bool {
				near := min(distance(a.Point, c.Point), distance(b.Point, c.Point))
				return near > r && near < crowd*p.K
			})
			if d > nearest*r && d < farthest*r && r < unlike*min(a.R, b.R) && level(a.Point, b.Point) && !third && noseBelow(soft, a.Point, b.Point) {
				return []Eye{b, a}
			}
		}
	}
	return nil
}

// noseBelow says whether below two eyes there is a dark with lighter fur around the most of it.
func noseBelow(l *raster.Plane, a, b face.Point) bool {
	const nearest, farthest, aside = 0.5, 1.6, 0.6 // in eye distances
	const darkest, depth = 0.18, 0.15
	if a.X > b.X {
		a, b = b, a
	}
	d := distance(a, b)
	ux, uy := (b.X-a.X)/d, (b.Y-a.Y)/d
	for down := float32(nearest); down < farthest; down += 0.1 {
		for side := float32(-aside); side < aside; side += 0.1 {
			x := int((a.X+b.X)/2 + d*(side*ux-down*uy))
			y := int((a.Y+b.Y)/2 + d*(side*uy+down*ux))
			if v := l.At(x, y); v < darkest && ring(l, x, y, 0.4*d)[8] > v+depth {
				return true
			}
		}
	}
	return false
}

// eyeLights returns what may be eyes by their lights, the clearest first, and whether others are near.
func (p *Plan) eyeLights(ctx context.Context) (eyes []Eye, crowded []bool) {
	type light struct {
		Eye
		clear float32
		wet   bool
	}
	var all []light
	for _, r := range []float32{1.3, 1.9, 2.7} {
		r *= max(p.K, 0.5)
		soft := raster.Gaussian(ctx, p.Luma, 0.55*r)
		extremes(soft, 1, int(6*r)+2, func(x, y int, v float32) {
			near := ring(soft, x, y, 2.6*r)
			mean := float32(0)
			for _, u := range near[:12] {
				mean += u / 12
			}
			if v < 0.16 || mean > 0.55*v || near[13] > 0.62*v {
				return
			}
			at := face.Point{X: float32(x), Y: float32(y)}
			l := light{Eye: Eye{Point: at, R: eyeReach * r, Light: at, LightR: r}, clear: v - mean}
			i := y*p.W + x
			gray := vividness(raster.ToLab(p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i])) < lightGray
			l.wet = gray && v > lightLeast && v > mean+lightOver && mean < ringMost && near[13] < ringLight && lighterAround(soft, x, y, 6*r, mean+0.03)
			all = append(all, l)
		})
		soft.Free()
	}
	slices.SortStableFunc(all, func(a, b light) int { return cmp.Compare(b.clear, a.clear) })
	for i, a := range all {
		if !a.wet || slices.ContainsFunc(all[:i], func(b light) bool { return b.wet && distance(a.Point, b.Point) < 3*max(a.R, b.R)/eyeReach }) {
			continue
		}
		beside := slices.ContainsFunc(all, func(b light) bool {
			d := distance(a.Point, b.Point)
			return d > 0.8*a.R && d < crowd*p.K
		})
		a.Point = p.darkMiddle(a.Eye)
		eyes, crowded = append(eyes, a.Eye), append(crowded, beside)
	}
	return eyes, crowded
}

// darkMiddle is the middle of what is dark about the light in an eye, which the light itself seldom hits.
func (p *Plan) darkMiddle(e Eye) face.Point {
	const dark = 0.15
	var x, y, n float32
	for dy := -e.R; dy <= e.R; dy++ {
		for dx := -e.R; dx <= e.R; dx++ {
			if dx*dx+dy*dy > e.R*e.R {
				continue
			}
			w := raster.Smoothstep(dark, 0.5*dark, p.Luma.At(int(e.Light.X+dx+0.5), int(e.Light.Y+dy+0.5)))
			x, y, n = x+w*dx, y+w*dy, n+w
		}
	}
	if n < 1 {
		return e.Light
	}
	return face.Point{X: e.Light.X + x/n, Y: e.Light.Y + y/n}
}

// lighterAround says whether it is lighter than v at distance r in most directions.
func lighterAround(l *raster.Plane, x, y int, r, v float32) bool {
	n := 0
	far := ring(l, x, y, r)
	for _, u := range far {
		if u > v {
			n++
		}
	}
	return float32(n) > furAround*float32(len(far))
}

// extremes calls do for the local maxima (sign 1) or minima (sign -1) of a plane, margin pixels inside its borders.
func extremes(l *raster.Plane, sign float32, margin int, do func(x, y int, v float32)) {
	for y := margin; y < l.H-margin; y++ {
		above, row, below := l.Row(y-1), l.Row(y), l.Row(y+1)
		for x := margin; x < l.W-margin; x++ {
			v := sign * row[x]
			if v > sign*row[x-1] && v >= sign*row[x+1] && v > sign*above[x] && v >= sign*below[x] &&
				v > sign*above[x-1] && v > sign*above[x+1] && v >= sign*below[x-1] && v >= sign*below[x+1] {
				do(x, y, row[x])
			}
		}
	}
}

// ring returns the values of a plane at a distance from a place in 16 directions, the least first.
func ring(l *raster.Plane, x, y int, r float32) [16]float32 {
	var out [16]float32
	for i := range out {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(out)))
		out[i] = l.At(x+int(math.Round(float64(r)*cos)), y+int(math.Round(float64(r)*sin)))
	}
	slices.Sort(out[:])
	return out
}

func distance(a, b face.Point) float32 {
	return float32(math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)))
}

// level says whether two places lie beside each other rather than one above the other.
func level(a, b face.Point) bool {
	return math.Abs(float64(a.Y-b.Y)) < levelEyes*math.Abs(float64(a.X-b.X))
}
