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

	going  []someone     // who goes, while they are looked for
	figure *raster.Plane // and what was found of them, 0 or 1
}

// someone is a person or thing that goes.
type someone struct {
	reach reach
	line  Mark // drawn over them, by a person or down from their face
}

// surely reports whether a pixel is theirs, whatever it looks like.
func (s *someone) surely(x, y int) bool {
	if f := s.reach.head; f != nil && features((float32(x)-f.X)/f.Size, (float32(y)-f.Y)/f.Size) {
		return true
	}
	return s.line.Covers(x, y)
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
	crowd := &Crowd{Mask: raster.New(c.W(), c.H()), Subject: raster.New(c.W(), c.H()), Main: main, Faces: faces, figure: raster.New(c.W(), c.H())}
	defer crowd.looked()
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
	crowd.close(ctx, c, seed)
	return crowd, ctx.Err()
}

// close makes whole who goes, and lays the mask over them.
func (crowd *Crowd) close(ctx context.Context, c raster.RGB, seed uint64) {
	if len(crowd.going) == 0 || ctx.Err() != nil {
		return
	}
	crowd.gather(ctx, c, seed)
	crowd.shadows(ctx, c)
	crowd.cover(ctx)
}

// looked forgets what was only needed to look for them.
func (crowd *Crowd) looked() {
	crowd.figure.Free()
	crowd.figure, crowd.going = nil, nil
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
				crowd.Subject.P[i], crowd.figure.P[i] = 1, 0
			}
		}
		kept.Free()
		crowd.going = slices.DeleteFunc(crowd.going, func(s someone) bool { return crowd.disputed(s.line) })
		return
	}
	if crowd.disputed(m) {
		clear(crowd.Subject.P) // we took for the subject what is to go
	}
	crowd.take(ctx, c, m, reach, seed)
	crowd.under(m, func(i int) { crowd.Subject.P[i] = 0 }) // what the line itself covers goes in any case: somebody pointed at it
}

// inWhole is where sample i of a box lies in the whole, which is w wide.
func inWhole(box image.Rectangle, i, w int) int {
	return (box.Min.Y+i/box.Dx())*w + box.Min.X + i%box.Dx()
}

// under visits what a line covers.
func (crowd *Crowd) under(m Mark, visit func(i int)) {
	box := m.Bounds().Intersect(image.Rect(0, 0, crowd.Mask.W, crowd.Mask.H))
	for i, on := range m.Covered(box) {
		if on {
			visit(inWhole(box, i, crowd.Mask.W))
		}
	}
}

// disputed reports whether most of a line lies on what stays.
func (crowd *Crowd) disputed(m Mark) bool {
	on, all := 0, 0
	crowd.under(m, func(i int) {
		all++
		if crowd.Subject.P[i] > 0.5 {
			on++
		}
	})
	return 2*on > all
}

// take adds one figure to what goes.
func (crowd *Crowd) take(ctx context.Context, c raster.RGB, m Mark, reach reach, seed uint64) {
	crowd.going = append(crowd.going, someone{reach, m})
	found := crowd.cut(ctx, c, m, reach, seed)
	defer found.Free()
	for i, v := range found.P {
		if f := reach.head; v > 0 || f != nil && head((float32(i%found.W)-f.X)/f.Size, (float32(i/found.W)-f.Y)/f.Size) {
			crowd.figure.P[i] = 1 // hair is seldom like the face, and often like what is behind it
		}
	}
}

// cover lays the mask over all figures: a little more than is seen of them, for their edge is mixed with the ground.
func (crowd *Crowd) cover(ctx context.Context) {
	widest := 0.0
	for _, s := range crowd.going {
		widest = max(widest, s.reach.wide)
	}
	most := edge + edgeShare*float32(widest)
	far := raster.Distance(ctx, crowd.figure)
	defer far.Free()
	for i, d := range far.P {
		if crowd.Subject.P[i] <= 0.5 && d <= most && (d <= edge || d <= edge+edgeShare*crowd.wide(i%far.W, i/far.W)) {
			crowd.Mask.P[i] = 1
		}
	}
	for _, s := range crowd.going {
		crowd.under(s.line, func(i int) {
			if crowd.Subject.P[i] <= 0.5 {
				crowd.Mask.P[i] = 1
			}
		})
	}
}

// wide is half the width of whom a pixel lies nearest to.
func (crowd *Crowd) wide(x, y int) float32 {
	var most, wide float32
	for _, s := range crowd.going {
		if r := s.reach.whole(float64(x), float64(y)); r > most {
			most, wide = r, float32(s.reach.wide)
		}
	}
	return wide
}

// How far beyond a figure's outline it is taken out, for its edge, in pixels and in parts of half the figure's width.
const (
	edge      = 2.5
	edgeShare = 0.03
)

// cut is the figure that a line is drawn over, 0 or 1, without what stays.
func (crowd *Crowd) cut(ctx context.Context, c raster.RGB, m Mark, reach reach, seed uint64) *raster.Plane {
	near := reach.box(c)
	likely := reach.likely(near)
	defer likely.Free()
	for i, on := range m.Covered(near) {
		if !m.Keep && !on && crowd.Subject.P[inWhole(near, i, c.W())] > 0.5 {
			likely.P[i] = 0
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
