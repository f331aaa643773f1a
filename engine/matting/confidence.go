package matting

import (
	"math"

	"easel/engine/raster"
)

// evidence is what speaks for a cut; each part is measured on the view.
type evidence struct {
	edge     float32 // contrast on the cut over the contrast nearby
	crossing float32 // share of the cut that runs along a clear edge
	solid    float32 // 1 - holes over area
	round    float32 // compactness: 4π area over squared perimeter, 0…1
	apart    float32 // how well colour alone tells the sides apart near the cut, 0…1
	area     float32 // share of the frame
	frame    float32 // share of the frame's border that the subject covers
	belief   float32 // mean belief inside minus mean belief outside
	stands   float32 // mean saliency inside minus outside
}

// weighs measures the evidence for a cut.
func (v *view) weighs(s *segment, b *belief, stands *raster.Plane, holes float32) evidence {
	e := evidence{solid: 1 - holes}
	n := len(s.in)
	area, cutLength := 0, 0
	onCut, clear := 0.0, 0
	mean := v.slope.Mean(nil)
	v.pairs(func(i, j, k int) {
		if k >= 2 || s.in[i] == s.in[j] {
			return
		}
		cutLength++
		g := max(v.slope.P[i], v.slope.P[j])
		onCut += float64(g)
		if g > 2*mean {
			clear++
		}
	})
	var inside, outside, sIn, sOut float64
	border, covered := 0, 0
	for i, in := range s.in {
		x, y := i%v.w, i/v.w
		rim := x == 0 || y == 0 || x == v.w-1 || y == v.h-1
		if rim {
			border++
		}
		if in {
			area++
			inside += float64(b.likely[i])
			sIn += float64(stands.P[i])
			if rim {
				covered++
			}
		} else {
			outside += float64(b.likely[i])
			sOut += float64(stands.P[i])
		}
	}
	if area == 0 || area == n || cutLength == 0 {
		return evidence{}
	}
	e.area = float32(area) / float32(n)
	e.frame = float32(covered) / float32(border)
	e.belief = float32(inside/float64(area) - outside/float64(n-area))
	e.stands = float32(sIn/float64(area) - sOut/float64(n-area))
	e.round = min(1, float32(4*math.Pi*float64(area)/math.Pow(0.85*float64(cutLength), 2)))
	near, hits, count := v.besideCut(s, max(3, max(v.w, v.h)/28))
	e.edge = float32(onCut/float64(cutLength)) / max(near, 1e-5)
	e.crossing = float32(clear) / float32(cutLength)
	e.apart = float32(hits) / float32(max(count, 1))
	return e
}

// besideCut looks at the pixels within reach of the cut: their mean contrast, how many there are and how many of them
// the colour models alone put on their side.
func (v *view) besideCut(s *segment, reach int) (mean float32, hits, count int) {
	near := make([]bool, len(s.in))
	v.pairs(func(i, j, k int) {
		if k >= 2 || s.in[i] == s.in[j] {
			return
		}
		x, y := i%v.w, i/v.w
		for a := max(0, y-reach); a <= min(v.h-1, y+reach); a++ {
			row := near[a*v.w : (a+1)*v.w]
			for b := max(0, x-reach); b <= min(v.w-1, x+reach); b++ {
				row[b] = true
			}
		}
	})
	sum := 0.0
	for i, ok := range near {
		if !ok {
			continue
		}
		count++
		sum += float64(v.slope.P[i])
		if s.subject != nil && (s.subject.nll(&v.pixel[i]) < s.ground.nll(&v.pixel[i])) == s.in[i] {
			hits++
		}
	}
	return float32(sum / float64(max(count, 1))), hits, count
}

// confidence is the product of edge agreement, compactness and separation.
func (e evidence) confidence() float32 {
	edge := raster.Smoothstep(0.8, 2.6, e.edge)
	apart := raster.Smoothstep(0.5, 1.0, e.apart)
	return edge * apart * e.solid * raster.Smoothstep(0.005, 0.05, e.area) * (1 - raster.Smoothstep(0.35, 0.8, e.frame)) * raster.Smoothstep(0.0, 0.35, e.stands)
}
