package matting

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

// search cuts the view from each belief that may hold, and returns the best cut and the belief that led to it, and votes:
// for each pixel how many of the cuts hold it, the better ones counting more; of those below a face where the best is one. Without
// faces the best is the one whose sides differ most in colour along the outline; with faces it is the one of the best
// estimate, where one below a face has a start. It is nil when the context has ended.
func (v *view) search(ctx context.Context, faces []face.Face, seed uint64) (at int, best *segment, votes *raster.Plane) {
	stands := v.saliency(ctx)
	defer stands.Free()
	beliefs := v.beliefs(faces, stands, every)
	found := v.tries(ctx, beliefs, stands, seed)
	most := float32(-2)
	for k, s := range found {
		worth := v.plain(s)
		if len(faces) > 0 {
			worth = s.evidence.estimate() + beliefs[k].credit
		}
		if worth > most {
			at, best, most = k, s, worth
		}
	}
	switch {
	case best == nil:
	case beliefs[at].person:
		votes = v.poll(people(found, beliefs), personPatience, (*segment).parted)
	default:
		votes = v.poll(found, patience, v.plain)
	}
	return at, best, votes
}

// plain is how much a cut is worth that began from no face: how well colours part along its outline, if it is no ground.
func (v *view) plain(s *segment) float32 { return s.evidence[apart] - v.spans(s.in) }

// parted is how much a cut is worth that began below a face.
func (s *segment) parted() float32 { return s.evidence[apart] + s.evidence[distinct] }

// people are the cuts that began below a face.
func people(found []*segment, beliefs []*belief) []*segment {
	var out []*segment
	for k, s := range found {
		if beliefs[k].person {
			out = append(out, s)
		}
	}
	return out
}

// spans is the part of the height along which a cut comes near the frame on the left and on the right: what reaches from side
// to side is the ground more often than the subject.
func (v *view) spans(in []bool) float32 {
	left, right, near := 0, 0, v.w/20
	for y := range v.h {
		if in[y*v.w+near] {
			left++
		}
		if in[y*v.w+v.w-1-near] {
			right++
		}
	}
	return float32(min(left, right)) / float32(v.h)
}

// How much less than the best a cut may be worth to count a third of it. The cuts below a face differ in how far the arms
// reach, and each may be right somewhere.
const (
	patience       = 0.03
	personPatience = 0.2
)

// poll is the share of the cuts that hold each pixel, 0…1.
func (v *view) poll(found []*segment, patience float32, worth func(s *segment) float32) *raster.Plane {
	votes := raster.New(v.w, v.h)
	most, total := worth(found[0]), float32(0)
	for _, s := range found {
		most = max(most, worth(s))
	}
	for _, s := range found {
		weight := float32(math.Exp(float64((worth(s) - most) / patience)))
		total += weight
		for i, in := range s.in {
			if in {
				votes.P[i] += weight
			}
		}
	}
	for i := range votes.P {
		votes.P[i] /= total
	}
	return votes
}

// tries cuts from every belief and weighs the results; nil when the context has ended.
func (v *view) tries(ctx context.Context, beliefs []*belief, stands *raster.Plane, seed uint64) []*segment {
	found := make([]*segment, len(beliefs))
	one := raster.WithWorkers(ctx, 1)
	raster.Each(ctx, len(beliefs), func() struct{} { return struct{}{} }, func(_ struct{}, k int) {
		s := v.cut(one, beliefs[k], nil, 3, raster.Rand(seed, "cut", k))
		s.evidence, s.credit = v.weighs(s, stands, v.tidy(s.in, beliefs[k])), beliefs[k].credit
		found[k] = s
	})
	if ctx.Err() != nil {
		return nil
	}
	for i, s := range found {
		sum := float32(0)
		for j, other := range found {
			if i != j {
				sum += same(s.in, other.in)
			}
		}
		s.evidence[agreement] = sum / float32(max(len(found)-1, 1))
	}
	return found
}

// places are where subjects are, as the middle and the spread in shares of the frame.
var places = [...][3]float32{
	{0.5, 0.5, 0.3}, {0.33, 0.53, 0.28}, {0.67, 0.53, 0.28}, {0.5, 0.55, 0.42},
	{0.5, 0.48, 0.2}, {0.33, 0.58, 0.19}, {0.67, 0.58, 0.19}, {0.5, 0.48, 0.13},
}

// A face is sure from this score on; a cut below a sure face is credited more.
const (
	sureScore  = 60
	sureCredit = 0.25
	someCredit = 0.12
)

// beliefs are where the subject may be: below the faces, and here or there, large or small, where no face is sure. They are
// every one, or only one of them.
func (v *view) beliefs(faces []face.Face, stands *raster.Plane, only int) []*belief {
	var ways []func() *belief
	sure := false
	for _, f := range faces {
		sure = sure || f.Score >= sureScore
	}
	if likely := plausible(faces); len(likely) > 0 {
		ways = v.portraits(likely, stands, sure)
	}
	if !sure {
		for _, p := range places {
			ways = append(ways, func() *belief { return v.about(p[0], p[1], p[2], 1.25*p[2], stands) })
		}
		ways = append(ways, func() *belief { return v.closeUp(stands) })
	}
	if only != every {
		ways = ways[only : only+1]
	}
	all := make([]*belief, len(ways))
	for k, way := range ways {
		all[k] = way()
	}
	return all
}

// closeUp expects a subject that is larger than the frame and may leave it on any side.
func (v *view) closeUp(stands *raster.Plane) *belief {
	b := v.about(0.5, 0.55, 0.55, 0.65, stands)
	clear(b.fixed)
	return b
}

// portraits expect people below their faces: with colours that belong to places, with colours that are met anywhere, and
// with arms that reach out.
func (v *view) portraits(faces []face.Face, stands *raster.Plane, sure bool) []func() *belief {
	placed := func() *belief {
		b := v.portrait(faces, stands, 1)
		b.credit = someCredit
		if sure {
			b.credit = sureCredit
		}
		return b
	}
	loose := func(wide float32) func() *belief {
		return func() *belief {
			b := v.portrait(faces, stands, wide)
			b.dims, b.trust = 3, looseTrust
			return b
		}
	}
	return []func() *belief{placed, loose(1), loose(armsOut)}
}

const (
	armsOut    = 1.7 // how much wider a body with its arms out is
	looseTrust = 0.8 // weight of such beliefs against the colours
)

// plausible are the faces with pupils or a good score; the rest are more often foliage than people.
func plausible(faces []face.Face) []face.Face {
	var out []face.Face
	for _, f := range faces {
		if f.HasEyes || f.Score >= sureScore {
			out = append(out, f)
		}
	}
	return out
}
