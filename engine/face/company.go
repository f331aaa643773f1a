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
	otherSide  = 544 // long side of another copy, whose pixels fall elsewhere on faces
)

// companions finds those that are less certain than the faces known, because they lean or turn away: what the cascade
// says of upright and turned copies of two sizes is added up. They are of the company's size, near its height, and have eyes.
func (m *models) companions(ctx context.Context, luma *raster.Plane, known []Face) []Face {
	var sizes []float32
	top, bottom := float32(luma.H), float32(0)
	for _, f := range known {
		sizes = append(sizes, f.Size)
		top, bottom = min(top, f.Y), max(bottom, f.Y)
	}
	slices.Sort(sizes)
	median := sizes[len(sizes)/2]
	sides := []int{firstSide}
	if long := max(luma.W, luma.H); long > otherSide {
		sides = append(sides, otherSide)
	}
	var hints []hint
	for _, angle := range []float32{0, leaning, -leaning, leaning / 2, -leaning / 2} {
		for _, side := range sides {
			g, v := copyOf(ctx, luma, side, angle)
			least, most := smallShare*median/v.step, largeShare*median/v.step
			for _, h := range cluster(m.face.scan(ctx, g, max(firstLeast/2, int(least)), int(most))) {
				at := v.out(h.x, h.y)
				if h.score < murmur || at.X < 0 || at.Y < top-2*median || at.Y > bottom+2*median || at.X >= float32(luma.W) {
					continue
				}
				hints = append(hints, hint{hit: hit{at.X, at.Y, h.size * v.step, h.score}, angle: angle})
			}
		}
	}
	var found []Face
	for _, h := range joined(hints) {
		if slices.ContainsFunc(slices.Concat(known, found), func(f Face) bool {
			return math.Hypot(float64(f.X-h.x), float64(f.Y-h.y)) < 0.8*float64(max(f.Size, h.size))
		}) {
			continue
		}
		f, firm := m.seen(ctx, luma, h)
		if f.HasEyes && (firm && h.score >= possible || h.score >= likely || len(known) >= crowd && h.score >= hinted) {
			found = append(found, f)
		}
	}
	return found
}

// seen measures the face that a hint shows: as the strongest of its copies has it, or else as another, or upright if it
// is seen best leaning because it looks aside.
func (m *models) seen(ctx context.Context, luma *raster.Plane, h hint) (f Face, firm bool) {
	for _, o := range append([]hint{h}, h.others...) {
		for _, angle := range slices.Compact([]float32{o.angle, 0}) {
			f = Face{X: o.x, Y: o.y, Size: o.size, Score: h.score, Tilt: angle}
			if firm = m.measure(ctx, luma, &f); f.HasEyes {
				return f, firm
			}
		}
	}
	return f, firm
}

// hint is a window cluster in a copy turned by an angle; its place and size are those in the picture.
type hint struct {
	hit

	angle  float32
	others []hint // from copies turned otherwise, whose scores are counted in this one's
}

// joined adds up what hints from differently turned copies say of the same place. The strongest one says where it is;
// copies of two sizes say the same thing twice, of which the stronger counts.
func joined(hints []hint) []hint {
	slices.SortStableFunc(hints, func(a, b hint) int { return cmp.Compare(b.score, a.score) })
	var out []hint
	for _, h := range hints {
		i := slices.IndexFunc(out, func(o hint) bool { return overlap(o.hit, h.hit) > together })
		if i < 0 {
			out = append(out, h)
		} else if o := &out[i]; o.angle != h.angle && !slices.ContainsFunc(o.others, func(other hint) bool { return other.angle == h.angle }) {
			o.score += h.score
			o.others = append(o.others, h)
		}
	}
	return out
}
