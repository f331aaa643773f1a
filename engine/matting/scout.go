package matting

import (
	"context"
	"image"
	"slices"

	"easel/engine/raster"
)

const (
	scoutSide = 900  // long side of the copy that closer looks are taken from
	looks     = 4    // closer looks at most
	likeness  = 0.75 // cuts that overlap by more are one
	room      = 12   // a look's box is a cut's with this part of it about it
)

// scouted is one place where the subject may be: what was found from afar and from near.
type scouted struct {
	look *look
	worth
}

// scout looks for the subject of a photo without faces: it cuts a small copy from all beliefs, looks closer at those cuts that
// differ, and orders what it found by worth. It is nil when the context has ended.
func (v *view) scout(ctx context.Context, c raster.RGB, width, height int, seed uint64) []scouted {
	stands, free := v.saliency(ctx), v.freed()
	defer raster.Free(stands, free)
	beliefs := v.everywhere(stands)
	beliefs = append(beliefs, v.standing(free))
	found := v.tries(ctx, beliefs, stands, seed)
	if found == nil {
		return nil
	}
	votes := v.poll(found, bestApart(found))
	defer votes.Free()
	all := image.Rect(0, 0, width, height)
	out := make([]scouted, 0, looks)
	for _, s := range distinctOf(found) {
		out = append(out, scouted{worth: v.afar(s, free, votes)})
		out[len(out)-1].box = v.boxOf(s, all)
		out[len(out)-1].from = s
	}
	one := raster.WithWorkers(ctx, 1)
	raster.Each(ctx, len(out), func() struct{} { return struct{}{} }, func(_ struct{}, k int) {
		p := &out[k]
		if p.look = newLook(one, c, surroundings(p.box, all), width, Hints{Box: p.box}, seed); p.look != nil {
			p.near(v, p.look, width)
		}
	})
	if ctx.Err() != nil {
		release(out)
		return nil
	}
	slices.SortStableFunc(out, func(a, b scouted) int {
		switch x, y := a.value(), b.value(); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return out
}

func release(all []scouted) {
	for _, s := range all {
		if s.look != nil {
			s.look.free()
		}
	}
}

// distinctOf are the cuts that differ from each other, the better ones first.
func distinctOf(found []*segment) []*segment {
	order := slices.Clone(found)
	promise := func(s *segment) float32 { return s.evidence[apart] + 0.3*(s.evidence[distinct]+s.evidence[agreement]) }
	slices.SortStableFunc(order, func(a, b *segment) int {
		switch x, y := promise(a), promise(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	var out []*segment
	for _, s := range order {
		if len(out) < looks && s.subject != nil && slices.Contains(s.in, true) &&
			!slices.ContainsFunc(out, func(o *segment) bool { return same(o.in, s.in) > likeness }) {
			out = append(out, s)
		}
	}
	return out
}

func bestApart(found []*segment) float32 {
	most := float32(-1)
	for _, s := range found {
		most = max(most, s.evidence[apart])
	}
	return most
}

// boxOf is the box about a cut of the view, with a little room, in a photo of the given size.
func (v *view) boxOf(s *segment, all image.Rectangle) image.Rectangle {
	var box image.Rectangle
	for i, in := range s.in {
		if in {
			box = box.Union(image.Rect(i%v.w, i/v.w, i%v.w+1, i/v.w+1))
		}
	}
	fx, fy := float64(all.Dx())/float64(v.w), float64(all.Dy())/float64(v.h)
	r := image.Rect(int(fx*float64(box.Min.X)), int(fy*float64(box.Min.Y)), int(fx*float64(box.Max.X)), int(fy*float64(box.Max.Y)))
	x, y := r.Dx()/room, r.Dy()/room
	return image.Rect(r.Min.X-x, r.Min.Y-y, r.Max.X+x, r.Max.Y+y).Intersect(all)
}

// figures are the shapes of subjects: the middle, and the spread along both sides, in shares of the frame.
var figures = [...][4]float32{
	{0.5, 0.5, 0.10, 0.32}, {0.34, 0.5, 0.10, 0.32}, {0.66, 0.5, 0.10, 0.32}, {0.5, 0.62, 0.3, 0.14},
	{0.36, 0.68, 0.2, 0.14}, {0.64, 0.68, 0.2, 0.14}, {0.75, 0.45, 0.13, 0.17}, {0.25, 0.45, 0.13, 0.17},
}

// everywhere are beliefs in a subject here or there, round, upright or lying.
func (v *view) everywhere(stands *raster.Plane) []*belief {
	var all []*belief
	for _, p := range places {
		all = append(all, v.about(p[0], p[1], p[2], 1.25*p[2], stands))
	}
	for _, p := range figures {
		all = append(all, v.about(p[0], p[1], p[2], p[3], stands))
	}
	return all
}

// standing believes in what stands free of the frame.
func (v *view) standing(free *raster.Plane) *belief {
	b := v.newBelief()
	copy(b.likely, free.P)
	v.fence(b)
	return b
}
