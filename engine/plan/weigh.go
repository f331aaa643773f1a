package plan

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

const (
	skin        = 0.85 // importance of a face apart from eyes and mouth
	importantTo = 1.2  // face sizes around a face's middle in which it is important
	lightTone   = 0.70 // face tone at which a subject is judged light or dark
	lightMean   = 0.52 // mean tone from which a subject is light
	closeUp     = 0.55 // share of the short side from which a face fills the frame
	touchShare  = 0.12 // share of a border that the subject must cover to touch it
	doubtful    = 0.4  // matte confidence below which no vignette follows the matte
	darkEnough  = 0.42 // share of the darkest blob's strength that still counts as a feature
	leastRadius = 4    // pixels: subjects smaller than this have no features
)

// weigh sets what follows from faces and matte.
func (p *Plan) weigh(ctx context.Context) {
	if len(p.Faces) > 0 {
		p.Importance = p.faceImportance(ctx)
	} else {
		p.Importance = p.blobImportance(ctx)
		p.Eyes = p.findEyes(ctx)
		p.mindEyes()
	}
	tone := p.balanced(ctx, lightTone)
	defer tone.Free()
	p.LightSubject = tone.Mean(p.Matte) > lightMean
	p.FillsFrame = p.touched() >= 3 || p.MatteConfidence < doubtful
	for _, f := range p.Faces {
		if f.Size > closeUp*float32(min(p.W, p.H)) {
			p.FillsFrame = true
		}
	}
}

// ellipse is the distance of a point from a centre in units of two radii, along axes turned by a face's tilt.
func ellipse(x, y float32, at face.Point, rx, ry, cos, sin float32) float32 {
	dx, dy := x-at.X, y-at.Y
	u, v := (cos*dx+sin*dy)/rx, (-sin*dx+cos*dy)/ry
	return float32(math.Sqrt(float64(u*u + v*v)))
}

// faceImportance is high on faces and highest on eyes and mouths.
func (p *Plan) faceImportance(ctx context.Context) *raster.Plane {
	dst := raster.New(p.W, p.H)
	for _, f := range p.Faces {
		s := f.Size
		sin64, cos64 := math.Sincos(float64(f.Tilt))
		cos, sin := float32(cos64), float32(sin64)
		middle := face.Point{X: f.X, Y: f.Y + 0.02*s}
		mouth := face.Point{X: (f.MouthL.X + f.MouthR.X) / 2, Y: (f.MouthL.Y + f.MouthR.Y) / 2}
		p.within(ctx, f, importantTo, func(x, y float32, i int) {
			v := skin * (1 - raster.Smoothstep(0.7, 1.5, ellipse(x, y, middle, 0.62*s, 0.78*s, cos, sin)))
			near := float32(9)
			if f.HasEyes {
				near = min(near, ellipse(x, y, f.LeftEye, 0.12*s, 0.12*s, cos, sin), ellipse(x, y, f.RightEye, 0.12*s, 0.12*s, cos, sin))
			}
			if f.HasMouth {
				near = min(near, ellipse(x, y, mouth, 0.22*s, 0.11*s, cos, sin))
			}
			v += 0.3 * (1 - raster.Smoothstep(0.6, 1.2, near))
			dst.P[i] = max(dst.P[i], min(1, v))
		})
	}
	return dst
}

// within calls do for the pixels of a square around a face, reach face sizes to every side.
func (p *Plan) within(ctx context.Context, f face.Face, reach float32, do func(x, y float32, i int)) {
	r := reach * f.Size
	x0, x1 := max(0, int(f.X-r)), min(p.W, int(f.X+r)+1)
	top, bottom := max(0, int(f.Y-r)), min(p.H, int(f.Y+r)+1)
	raster.Rows(ctx, max(0, bottom-top), func(y0, y1 int) {
		for y := top + y0; y < top+y1; y++ {
			for x := x0; x < x1; x++ {
				do(float32(x), float32(y), y*p.W+x)
			}
		}
	})
}

// blobImportance finds eyes and noses of animals without a detector: small dark blobs well inside the subject.
func (p *Plan) blobImportance(ctx context.Context) *raster.Plane {
	area := 0
	for _, v := range p.Matte.P {
		if v > 0.5 {
			area++
		}
	}
	radius := float32(math.Sqrt(float64(area) / math.Pi))
	if radius < leastRadius {
		return p.fallback()
	}
	inner := p.core(ctx, 0.06*radius)
	defer inner.Free()
	best := raster.New(p.W, p.H)
	defer best.Free()
	for _, share := range []float32{0.016, 0.028, 0.045} {
		s := share * radius
		fine, wide := raster.Gaussian(ctx, p.Luma, s), raster.Gaussian(ctx, p.Luma, 1.8*s)
		for i, v := range fine.P {
			if inner.P[i] > 0.5 {
				best.P[i] = max(best.P[i], wide.P[i]-v)
			}
		}
		raster.Free(fine, wide)
	}
	most := float32(0)
	for _, v := range best.P {
		most = max(most, v)
	}
	if most < 0.01 {
		return p.fallback()
	}
	for i, v := range best.P {
		if v < darkEnough*most {
			best.P[i] = 0
		} else {
			best.P[i] = v / most
		}
	}
	soft := raster.Gaussian(ctx, best, 0.05*radius)
	for i, v := range soft.P {
		soft.P[i] = min(1, 4*v)
	}
	return soft
}

// mindEyes raises the importance of the eyes found, and in black fur of the head around two.
func (p *Plan) mindEyes() {
	const lids, lidsInBlack = 2, 2.6                   // radii of an eye to which what belongs to it reaches; in black fur its dark seems smaller
	const head, headReach, headDown = 0.28, 1.25, 0.45 // the latter in eye distances
	for _, e := range p.Eyes {
		reach := float32(lids)
		if e.LightR > 0 {
			reach = lidsInBlack
		}
		p.raise(e.Point, reach*e.R, 1)
	}
	if len(p.Eyes) == 2 && p.Eyes[0].LightR > 0 { // light fur shows a head by itself
		a, b := p.Eyes[0], p.Eyes[1]
		d := distance(a.Point, b.Point)
		p.raise(face.Point{X: (a.X + b.X) / 2, Y: (a.Y+b.Y)/2 + headDown*d}, 1.6*headReach*d, head)
	}
}

// raise brings the importance to at least v in a disc that fades from half its radius on.
func (p *Plan) raise(at face.Point, r, v float32) {
	for y := max(0, int(at.Y-r)); y < min(p.H, int(at.Y+r)+1); y++ {
		row := p.Importance.Row(y)
		for x := max(0, int(at.X-r)); x < min(p.W, int(at.X+r)+1); x++ {
			d := distance(at, face.Point{X: float32(x), Y: float32(y)}) / r
			row[x] = max(row[x], v*(1-raster.Smoothstep(0.5, 1, d)))
		}
	}
}

// fallback spreads importance evenly over the subject.
func (p *Plan) fallback() *raster.Plane {
	dst := raster.New(p.W, p.H)
	for i, v := range p.Matte.P {
		dst.P[i] = 0.6 * v
	}
	return dst
}

// core is 1 where the subject is at least r pixels deep.
func (p *Plan) core(ctx context.Context, r float32) *raster.Plane {
	outside := raster.New(p.W, p.H)
	defer outside.Free()
	for i, v := range p.Matte.P {
		if v <= 0.5 {
			outside.P[i] = 1
		}
	}
	deep := raster.Distance(ctx, outside)
	for i, v := range deep.P {
		deep.P[i] = 0
		if v > r {
			deep.P[i] = 1
		}
	}
	return deep
}

// touched counts the borders of which the subject covers more than a corner.
func (p *Plan) touched() int {
	var sides [4]int
	for x := range p.W {
		if p.Matte.P[x] > 0.5 {
			sides[0]++
		}
		if p.Matte.P[(p.H-1)*p.W+x] > 0.5 {
			sides[1]++
		}
	}
	for y := range p.H {
		if p.Matte.P[y*p.W] > 0.5 {
			sides[2]++
		}
		if p.Matte.P[y*p.W+p.W-1] > 0.5 {
			sides[3]++
		}
	}
	n := 0
	for i, side := range sides {
		of := p.W
		if i >= 2 {
			of = p.H
		}
		if float64(side) > touchShare*float64(of) {
			n++
		}
	}
	return n
}
