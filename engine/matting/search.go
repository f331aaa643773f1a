package matting

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

// search cuts the view from each belief that may hold, and returns the best cut and the belief that led to it, and votes:
// for each pixel how many of the cuts hold it, the better ones counting more. Without faces the best is the one whose
// sides differ most in colour along the outline; with faces it is the one of the best estimate, where one below a face has
// a start. It is nil when the context has ended.
func (v *view) search(ctx context.Context, faces []face.Face, seed uint64) (at int, best *segment, votes *raster.Plane) {
	stands := v.saliency(ctx)
	defer stands.Free()
	beliefs := v.beliefs(faces, stands)
	found := v.tries(ctx, beliefs, stands, seed)
	most := float32(-1)
	for k, s := range found {
		worth := s.evidence[apart]
		if len(faces) > 0 {
			worth = s.evidence.estimate() + beliefs[k].credit
		}
		if worth > most {
			at, best, most = k, s, worth
		}
	}
	if best != nil {
		votes = v.poll(found, func(s *segment) float32 { return s.evidence[apart] })
	}
	return at, best, votes
}

// patience is how much less than the best a cut may be worth to count a third of it.
const patience = 0.1

// poll is the share of the cuts that hold each pixel, 0…1.
func (v *view) poll(found []*segment, worth func(s *segment) float32) *raster.Plane {
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
		s.evidence = v.weighs(s, stands, v.tidy(s.in, beliefs[k]))
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

// beliefs are where the subject may be: below the faces, and here or there, large or small, where no face is sure.
func (v *view) beliefs(faces []face.Face, stands *raster.Plane) []*belief {
	var all []*belief
	sure := false
	for _, f := range faces {
		sure = sure || f.Score >= sureScore
	}
	if likely := plausible(faces); len(likely) > 0 {
		placed, loose := v.portrait(likely, stands), v.portrait(likely, stands)
		loose.dims = 3
		placed.credit = someCredit
		if sure {
			placed.credit = sureCredit
		}
		all = append(all, placed, loose)
	}
	if !sure {
		for _, p := range places {
			all = append(all, v.about(p[0], p[1], p[2], 1.25*p[2], stands))
		}
	}
	return all
}

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
