package face

import (
	"cmp"
	"context"
	"math"
	"slices"

	"easel/engine/raster"
)

// In company people turn to each other, and fewer of them look straight into the camera.
const (
	company    = 2   // faces from which more are looked for, leaning ones too
	crowd      = 3   // faces from which an uncertain one may be another
	murmur     = 3   // score of a window cluster that counts as a hint
	hinted     = 10  // sum of hints, upright and leaning, that are a face in a crowd
	smallShare = 0.6 // of the company's median size; faces of a company are about equally far away
	largeShare = 2   // the same
)

// companions finds those that are less certain than the faces known, because they lean or turn away: what the cascade
// says of upright and turned copies is added up. They are of the company's size, near its height, and have eyes.
func (m *models) companions(ctx context.Context, luma *raster.Plane, known []Face) []Face {
	var sizes []float32
	top, bottom := float32(luma.H), float32(0)
	for _, f := range known {
		sizes = append(sizes, f.Size)
		top, bottom = min(top, f.Y), max(bottom, f.Y)
	}
	slices.Sort(sizes)
	median := sizes[len(sizes)/2]
	var hints []hint
	for _, angle := range []float32{0, leaning, -leaning} {
		g, v := copyOf(ctx, luma, firstSide, angle)
		least, most := smallShare*median/v.step, largeShare*median/v.step
		for _, h := range cluster(m.face.scan(ctx, g, max(firstLeast/2, int(least)), int(most))) {
			at := v.out(h.x, h.y)
			if h.score < murmur || at.X < 0 || at.Y < top-2*median || at.Y > bottom+2*median || at.X >= float32(luma.W) {
				continue
			}
			hints = append(hints, hint{hit{at.X, at.Y, h.size * v.step, h.score}, angle})
		}
	}
	var found []Face
	for _, h := range joined(hints) {
		if slices.ContainsFunc(slices.Concat(known, found), func(f Face) bool {
			return math.Hypot(float64(f.X-h.x), float64(f.Y-h.y)) < 0.8*float64(max(f.Size, h.size))
		}) {
			continue
		}
		f := Face{X: h.x, Y: h.y, Size: h.size, Score: h.score, Tilt: h.angle}
		firm := m.measure(ctx, luma, &f)
		if !f.HasEyes && h.angle != 0 { // seen best leaning, because it looks aside
			f.Tilt = 0
			firm = m.measure(ctx, luma, &f)
		}
		if f.HasEyes && (firm && h.score >= possible || h.score >= likely || len(known) >= crowd && h.score >= hinted) {
			found = append(found, f)
		}
	}
	return found
}

// hint is a window cluster in a copy turned by an angle; its place and size are those in the picture.
type hint struct {
	hit

	angle float32
}

// joined adds up what hints from differently turned copies say of the same place. The strongest one says where it is.
func joined(hints []hint) []hint {
	slices.SortStableFunc(hints, func(a, b hint) int { return cmp.Compare(b.score, a.score) })
	var out []hint
	for _, h := range hints {
		i := slices.IndexFunc(out, func(o hint) bool { return overlap(o.hit, h.hit) > together })
		if i < 0 {
			out = append(out, h)
		} else if out[i].angle != h.angle {
			out[i].score += h.score
		}
	}
	return out
}
