package matting

import (
	"context"
	"math"

	"easel/engine/raster"
)

const (
	reachShare  = 0.26  // how far a limb may reach out of the cut, of the root of its area
	manySlopes  = 2.5   // times the slope of the ground beyond that from which there is an edge
	leastSlope  = 0.004 // least and
	mostSlope   = 0.05  // most slope of an edge, in OKLab a pixel: a ground with more is restless
	leastGround = 0.08  // share of the view that must lie beyond reach
	gap         = 2     // half the width of a gap in an edge through which the ground does not flow, in pixels of the view
	rind        = 5     // half the thickness of a limb at least
	limbShare   = 0.10  // of the cut's area that a limb may have at most
	leastLimb   = 24    // its least area, in pixels of the view
	leastLikely = 3     // how much likelier than the subject the ground may make a limb's colours, as a logarithm
)

// extend adds limbs that the cut has lost because all in all their colours are those of the ground: the dark ears of a
// gray cat before a dark wall. They still have an outline, which the ground around them has not. A limb hangs on the
// cut, ends within reach, is small beside it and is of colours that the subject has too. Where the ground is restless
// nothing is added.
func (v *view) extend(ctx context.Context, s *segment, b *belief) {
	if s.subject == nil {
		return
	}
	cut := raster.New(v.w, v.h)
	defer cut.Free()
	area := 0
	for i, is := range s.in {
		if is {
			cut.P[i], area = 1, area+1
		}
	}
	reach := min(reachShare*float32(math.Sqrt(float64(area))), float32(max(v.w, v.h))/6)
	if reach < rind {
		return
	}
	away := raster.Distance(ctx, cut)
	defer away.Free()
	shore := v.shore(ctx, away, reach)
	if shore == nil {
		return
	}
	defer shore.Free()
	open := make([]bool, len(s.in))
	for i := range open {
		open[i] = !s.in[i] && b.fixed[i] >= 0 && shore.P[i] > rind && away.P[i] <= reach
	}
	label, limbs := v.limbs(s, b, open, away)
	grown := raster.New(v.w, v.h)
	defer grown.Free()
	for i, l := range label {
		if l >= 0 && limbs[l].hangs(area, reach) {
			grown.P[i] = 1
		}
	}
	// The rind that parted the limbs from what else is dry comes back around those that stay.
	whole := raster.Distance(ctx, grown)
	defer whole.Free()
	for i, d := range whole.P {
		if d <= rind && shore.P[i] > gap+1 && b.fixed[i] >= 0 {
			s.in[i] = true
		}
	}
}

// limb is one piece beside the cut that may belong to it.
type limb struct {
	blob

	far  float32 // how far from the cut it reaches
	cost float32 // by how much its colours are likelier as the ground's, summed
	in   int     // pixels along the cut
}

// hangs says whether a piece is a limb of a cut of the given area.
func (l *limb) hangs(area int, reach float32) bool {
	return l.area >= leastLimb && float32(l.area) < limbShare*float32(area) && !l.frame && l.far < 0.95*reach &&
		l.cost < leastLikely*float32(l.area) && l.in*l.in > l.area/8
}

// limbs labels the open pixels' pieces and measures them.
func (v *view) limbs(s *segment, b *belief, open []bool, away *raster.Plane) ([]int32, []limb) {
	label, found := v.blobs(open, true, b)
	out := make([]limb, len(found))
	for k, p := range found {
		out[k].blob = p
	}
	for i, l := range label {
		if l < 0 {
			continue
		}
		k := &out[l]
		k.far = max(k.far, away.P[i])
		k.cost += s.subject.nll(&v.pixel[i]) - s.ground.nll(&v.pixel[i])
		if away.P[i] < 1.5 {
			k.in++
		}
	}
	return label, out
}

// shore is the distance from where the ground flows to. It flows from beyond the reach wherever the photo is about as
// smooth as it is there, and through no narrow gap. It is nil where the ground is too restless to say.
func (v *view) shore(ctx context.Context, away *raster.Plane, reach float32) *raster.Plane {
	slope := v.slope(ctx)
	defer slope.Free()
	beyond := raster.New(v.w, v.h)
	defer beyond.Free()
	for i, d := range away.P {
		if d > reach {
			beyond.P[i] = 1
		}
	}
	calm := max(leastSlope, manySlopes*slope.Percentile(0.7, beyond))
	if calm > mostSlope || beyond.Mean(nil) < leastGround {
		return nil
	}
	edges := raster.New(v.w, v.h)
	defer edges.Free()
	for i, s := range slope.P {
		if s > calm || away.P[i] == 0 {
			edges.P[i] = 1
		}
	}
	room := raster.Distance(ctx, edges)
	defer room.Free()
	sea := v.flood(beyond, room)
	defer sea.Free()
	return raster.Distance(ctx, sea)
}

// flood is 1 where one comes from the sources without passing where there is less room than half a gap.
func (v *view) flood(sources, room *raster.Plane) *raster.Plane {
	sea := raster.New(v.w, v.h)
	var edge []int32
	wet := func(i int) {
		if sea.P[i] == 0 && room.P[i] > gap {
			sea.P[i] = 1
			edge = append(edge, int32(i))
		}
	}
	for i, b := range sources.P {
		if b > 0 {
			wet(i)
		}
	}
	for len(edge) > 0 {
		i := int(edge[len(edge)-1])
		edge = edge[:len(edge)-1]
		x, y := i%v.w, i/v.w
		for k, j := range [4]int{i - 1, i + 1, i - v.w, i + v.w} {
			if [4]bool{x > 0, x < v.w-1, y > 0, y < v.h-1}[k] {
				wet(j)
			}
		}
	}
	return sea
}

// slope is how fast the colours change, in OKLab a pixel.
func (v *view) slope(ctx context.Context) *raster.Plane {
	out := raster.New(v.w, v.h)
	for _, plane := range v.lab {
		fine := raster.Gaussian(ctx, plane, 1)
		for y := range v.h {
			for x := range v.w {
				dx, dy := fine.At(x+1, y)-fine.At(x-1, y), fine.At(x, y+1)-fine.At(x, y-1)
				out.P[y*v.w+x] += (dx*dx + dy*dy) / 4
			}
		}
		fine.Free()
	}
	for i, s := range out.P {
		out.P[i] = float32(math.Sqrt(float64(s)))
	}
	return out
}
