package matting

import (
	"context"

	"easel/engine/face"
	"easel/engine/raster"
)

// search cuts the view from each belief that may hold. It returns the cut whose sides differ most in colour along the
// outline, and which belief led to it; nil when the context has ended. With faces it is the cut with the most
// confidence, where one below a face has a start.
func (v *view) search(ctx context.Context, faces []face.Face, seed uint64) (int, *segment) {
	stands := v.saliency(ctx)
	defer stands.Free()
	beliefs := v.beliefs(faces, stands)
	found := v.tries(ctx, beliefs, stands, seed)
	if len(found) == 0 {
		return 0, nil
	}
	best, most := 0, float32(-1)
	for k, s := range found {
		worth := s.evidence[apart]
		if len(faces) > 0 {
			worth = s.confidence + beliefs[k].credit
		}
		if worth > most {
			best, most = k, worth
		}
	}
	return best, found[best]
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
		s.confidence = s.evidence.confidence()
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
		placed, free := v.portrait(likely, stands), v.portrait(likely, stands)
		free.dims = 3
		placed.credit = someCredit
		if sure {
			placed.credit = sureCredit
		}
		all = append(all, placed, free)
	}
	if !sure {
		for _, p := range places {
			all = append(all, v.about(p[0], p[1], p[2], stands, 0.3))
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
