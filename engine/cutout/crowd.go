package cutout

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"easel/engine/face"
	"easel/engine/inpaint"
	"easel/engine/matting"
	"easel/engine/raster"
)

// Crowd is everybody but the main subject.
type Crowd struct {
	Mask    *raster.Plane // what will be taken out: 0 or 1, as large as the photo
	Subject *raster.Plane // what stays, 0 or 1; nothing is copied from it
	People  int           // found by their faces
	Main    int           // index in Faces of the person who stays; −1 when nobody's face shows
	Faces   []face.Face
}

// Mark is a person or thing that somebody pointed at: a line drawn over it.
type Mark = matting.Stroke

// Crowded finds whom to take out of a photo: people whose face shows, apart from the main one, and whatever marks say,
// the later mark winning: Keep puts something under protection. Errors are the context's.
func Crowded(ctx context.Context, src *image.NRGBA, marks []Mark, seed uint64) (*Crowd, error) {
	c := raster.FromNRGBA(ctx, src)
	defer c.Free()
	luma := raster.Luma(ctx, c)
	faces := face.Find(ctx, luma)
	main := principal(faces, luma)
	luma.Free()
	crowd := &Crowd{Mask: raster.New(c.W(), c.H()), Subject: raster.New(c.W(), c.H()), Main: main, Faces: faces}
	var own []face.Face
	if main >= 0 {
		own = faces[main : main+1]
	}
	stays, sure := matting.Subject(ctx, c, own, seed)
	if main >= 0 || sure >= Sure {
		lay(crowd.Subject, stays)
	}
	stays.Free()
	for i, f := range faces {
		if i == main || ctx.Err() != nil {
			continue
		}
		crowd.People++
		crowd.take(ctx, c, body(f), below(f), seed)
	}
	for _, m := range marks {
		crowd.mark(ctx, c, m, seed)
	}
	return crowd, ctx.Err()
}

// principal is the face of whom the photo is of: large, near the middle, in focus and certain. −1 without faces.
func principal(faces []face.Face, luma *raster.Plane) int {
	type rank struct {
		at    int
		worth float64
	}
	var ranks []rank
	for i, f := range faces {
		dx, dy := float64(f.X)/float64(luma.W)-0.5, float64(f.Y)/float64(luma.H)-0.45
		middle := math.Exp(-(dx*dx + dy*dy) / (2 * 0.35 * 0.35))
		ranks = append(ranks, rank{i, float64(f.Size) * middle * (0.3 + sharpness(f, luma)) * math.Log1p(float64(f.Score))})
	}
	if len(ranks) == 0 {
		return -1
	}
	return slices.MaxFunc(ranks, func(a, b rank) int { return cmp.Compare(a.worth, b.worth) }).at
}

// sharpness is the mean second difference in a face, in parts of what a sharp one has.
func sharpness(f face.Face, luma *raster.Plane) float64 {
	r := int(f.Size * 0.4)
	var sum float64
	n := 0
	for y := int(f.Y) - r; y <= int(f.Y)+r; y += 2 {
		for x := int(f.X) - r; x <= int(f.X)+r; x += 2 {
			v := 4*luma.At(x, y) - luma.At(x-1, y) - luma.At(x+1, y) - luma.At(x, y-1) - luma.At(x, y+1)
			sum, n = sum+math.Abs(float64(v)), n+1
		}
	}
	const sharp = 0.06
	return min(1, sum/float64(max(n, 1))/sharp)
}

// body is a line from the middle of a face to the chest.
func body(f face.Face) Mark {
	return Mark{Points: []image.Point{image.Pt(int(f.X), int(f.Y)), image.Pt(int(f.X), int(f.Y+1.5*f.Size))}, Radius: 0.22 * f.Size}
}

// mark adds what a line was drawn over: whatever is cut about it in its surroundings.
func (crowd *Crowd) mark(ctx context.Context, c raster.RGB, m Mark, seed uint64) {
	reach := about(m)
	if reach.box(c).Empty() || ctx.Err() != nil {
		return
	}
	if m.Keep {
		kept := crowd.cut(ctx, c, m, reach, seed)
		for i, v := range kept.P {
			if v > 0 {
				crowd.Subject.P[i], crowd.Mask.P[i] = 1, 0
			}
		}
		kept.Free()
		return
	}
	box := m.Bounds().Intersect(image.Rect(0, 0, c.W(), c.H()))
	if crowd.disputed(m, box) {
		clear(crowd.Subject.P) // we took for the subject what is to go
	}
	crowd.take(ctx, c, m, reach, seed)
	// What the line itself covers goes in any case, also out of what stays: somebody pointed at it.
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if m.Covers(x, y) {
				i := y*c.W() + x
				crowd.Mask.P[i], crowd.Subject.P[i] = 1, 0
			}
		}
	}
}

// disputed reports whether most of a line lies on what we took for the subject.
func (crowd *Crowd) disputed(m Mark, box image.Rectangle) bool {
	on, all := 0, 0
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if m.Covers(x, y) {
				all++
				if crowd.Subject.P[y*crowd.Subject.W+x] > 0.5 {
					on++
				}
			}
		}
	}
	return 2*on > all
}

// take adds one figure to what goes: a little more than is seen of it, for its edge is mixed with the ground.
func (crowd *Crowd) take(ctx context.Context, c raster.RGB, m Mark, reach reach, seed uint64) {
	figure := crowd.cut(ctx, c, m, reach, seed)
	defer figure.Free()
	if f := reach.head; f != nil { // hair is seldom like the face, and often like what is behind it
		for i := range figure.P {
			if head((float32(i%figure.W)-f.X)/f.Size, (float32(i/figure.W)-f.Y)/f.Size) {
				figure.P[i] = 1
			}
		}
	}
	away := raster.Distance(ctx, figure)
	defer away.Free()
	grow := edge + edgeShare*float32(reach.wide)
	for i, d := range away.P {
		if d <= grow && crowd.Subject.P[i] <= 0.5 {
			crowd.Mask.P[i] = 1
		}
	}
}

// How far beyond a figure's outline it is taken out: for its edge and the shadow along it, in pixels and in parts of half the
// figure's width.
const (
	edge      = 2.5
	edgeShare = 0.06
)

// cut is the figure that a line is drawn over, 0 or 1, without what stays.
func (crowd *Crowd) cut(ctx context.Context, c raster.RGB, m Mark, reach reach, seed uint64) *raster.Plane {
	near := reach.box(c)
	likely := reach.likely(near)
	defer likely.Free()
	for y := range likely.H {
		for x := range likely.W {
			if at := image.Pt(x, y).Add(near.Min); !m.Keep && crowd.Subject.P[at.Y*c.W()+at.X] > 0.5 && !m.Covers(at.X, at.Y) {
				likely.P[y*likely.W+x] = 0
			}
		}
	}
	return brushed(ctx, c, near, m, likely, seed)
}

// lay marks in to where a matte is mostly there.
func lay(to, alpha *raster.Plane) {
	for i, a := range alpha.P {
		if a > 0.5 {
			to.P[i] = 1
		}
	}
}

// Clear takes the crowd out of the photo. Errors are the context's or an *inpaint.Refusal.
func (crowd *Crowd) Clear(ctx context.Context, src *image.NRGBA, o inpaint.Options) (*image.NRGBA, error) {
	kept := raster.Distance(ctx, crowd.Subject)
	defer kept.Free()
	for i, d := range kept.P {
		if d <= 3 && crowd.Mask.P[i] < 0.5 {
			kept.P[i] = 1
		} else {
			kept.P[i] = 0
		}
	}
	return inpaint.Fill(ctx, src, crowd.Mask, kept, o)
}
