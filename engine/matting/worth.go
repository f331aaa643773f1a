package matting

import (
	"image"
	"math"

	"easel/engine/raster"
)

// What is known of a place where the subject may be.
const (
	farApart = iota // evidence of the cut of the whole frame …
	farDistinct
	farAgreement
	farStands
	farFree   // stands free of the frame: inside less outside
	farVotes  // held by other beliefs' cuts: inside less outside
	nearApart // … and of the closer look
	nearDistinct
	nearAgreement
	nearStands
	nearSolid
	steady  // overlap of the two cuts
	central // how near the middle of the frame
	large   // side of a square as large, of the frame's
	rimmed  // share of the frame's upper sides that it covers
	signs
)

// worth is what speaks for a place.
type worth struct {
	box   image.Rectangle
	from  *segment
	signs [signs]float32
}

// afar measures a cut of the whole frame.
func (v *view) afar(s *segment, free, votes *raster.Plane) worth {
	var w worth
	w.signs[farApart], w.signs[farDistinct] = s.evidence[apart], s.evidence[distinct]
	w.signs[farAgreement], w.signs[farStands] = s.evidence[agreement], s.evidence[stands]
	w.signs[farFree], w.signs[farVotes] = lead(s.in, free), lead(s.in, votes)
	return w
}

// lead is a plane's mean inside a cut less that outside.
func lead(in []bool, p *raster.Plane) float32 {
	var sum, n [2]float64
	for i, is := range in {
		k := 0
		if is {
			k = 1
		}
		sum[k], n[k] = sum[k]+float64(p.P[i]), n[k]+1
	}
	return float32(sum[1]/math.Max(n[1], 1) - sum[0]/math.Max(n[0], 1))
}

// near adds what the closer look tells; v is the view of the whole photo, whose width is given.
func (w *worth) near(v *view, l *look, width int) {
	e := &l.cut.evidence
	w.signs[nearApart], w.signs[nearDistinct] = e[apart], e[distinct]
	w.signs[nearAgreement], w.signs[nearStands], w.signs[nearSolid] = e[agreement], e[stands], e[solid]
	in := make([]bool, len(v.pixel)) // the closer cut, seen from afar
	k := float64(width) / float64(v.w)
	f := float64(l.small.w) / float64(l.near.Dx())
	area, sx, sy := 0, 0.0, 0.0
	for i := range in {
		x := int((k*(float64(i%v.w)+0.5) - float64(l.near.Min.X)) * f)
		y := int((k*(float64(i/v.w)+0.5) - float64(l.near.Min.Y)) * f)
		if x >= 0 && y >= 0 && x < l.small.w && y < l.small.h && l.cut.in[y*l.small.w+x] {
			in[i] = true
			area, sx, sy = area+1, sx+float64(i%v.w)+0.5, sy+float64(i/v.w)+0.5
		}
	}
	w.signs[steady] = same(in, w.from.in)
	n := math.Max(float64(area), 1)
	dx, dy := sx/n/float64(v.w)-0.5, sy/n/float64(v.h)-0.5
	w.signs[central] = float32(math.Exp(-(dx*dx + dy*dy) / (2 * 0.2 * 0.2)))
	w.signs[large] = float32(math.Sqrt(float64(area) / float64(len(in))))
	on := 0
	for y := range v.h {
		for _, x := range [2]int{0, v.w - 1} {
			if in[y*v.w+x] {
				on++
			}
		}
	}
	for x := range v.w {
		if in[x] {
			on++
		}
	}
	w.signs[rimmed] = float32(on) / float32(2*v.h+v.w)
}

// scale is a linear function of the signs. Its constants are fitted by scripts/worth.
type scale struct {
	base    float32
	weights [signs]float32
}

// picking orders places by how well their cuts may overlap with the true subject.
func picking() scale {
	return scale{0.031, [signs]float32{
		0.076, 0.068, 0.085, 0.051, 0.047, 0.079, 0.179, 0.117, 0.084, 0.043, -0.058, 0.006, 0.080, 0.081, -0.046,
	}}
}

// foretelling is the overlap that a cut's signs let expect.
func foretelling() scale {
	return scale{-0.091, [signs]float32{
		-0.074, 0.034, 0.138, 0.060, 0.016, 0.246, 0.426, 0.314, 0.221, 0.043, -0.585, -0.039, 0.200, 0.328, -0.146,
	}}
}

func (s scale) of(w *worth) float32 {
	sum := s.base
	for i, x := range w.signs {
		sum += float32(s.weights[i] * x)
	}
	return sum
}

// value orders places.
func (w *worth) value() float32 { return picking().of(w) }

// confidence is the likelihood that the cut overlaps with the true subject by 0.8 or more.
func (w *worth) confidence() float32 {
	return float32(1 / (1 + math.Exp(5.08-9.07*float64(foretelling().of(w)))))
}
