package cutout

import (
	"image"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
)

// reach is where the figure may lie that a line was drawn over: about a spine, which is the line drawn out to where head and
// feet are, and not farther from it than half a figure's width.
type reach struct {
	spine []image.Point
	far   []image.Point // the spine of somebody of whom the line covers a part only; nil for a thing
	wide  float64       // half the width
	head  *face.Face    // whose figure it is, where that is known
}

// How a figure lies about a line, in parts of the line's length: nobody draws over all of somebody.
const (
	above    = 0.2  // the line ends below the top of the head by this much, at most
	beneath  = 0.45 // and above the feet
	sideways = 0.30 // half the width of somebody upright
	across   = 0.60 // half the width of a thing, or of somebody who lies
	thick    = 2.5  // half the width in radii of the brush, at least
	tapped   = 4.0  // the same, where the line says nothing of how large the thing is
	overhead = 0.6  // the line may be drawn over the chest alone: how far above it somebody may go on,
	afoot    = 1.3  // and below
	wideFace = 1.3  // half the width of somebody upright, in sizes of their face
)

// about is the reach of a line.
func about(m Mark) reach {
	box := m.Bounds().Inset(int(math.Ceil(float64(m.Radius))))
	long, r := math.Hypot(float64(box.Dx()), float64(box.Dy())), float64(m.Radius)
	spine, wide := m.Points, max(across*long, tapped*r)
	var far []image.Point
	if first, last := spine[0], spine[len(spine)-1]; 2*box.Dy() > 3*box.Dx() { // somebody upright
		if first.Y > last.Y {
			first, last = last, first
		}
		top, foot := first, last
		top.Y -= int(above * long)
		foot.Y += int(beneath * long)
		spine = append([]image.Point{top}, append(append([]image.Point{}, m.Points...), foot)...)
		if m.Points[0].Y > m.Points[len(m.Points)-1].Y {
			spine[0], spine[len(spine)-1] = foot, top
		}
		wide = max(sideways*long, thick*r)
		far = []image.Point{first.Sub(image.Pt(0, int(overhead*long))), first, last, last.Add(image.Pt(0, int(afoot*long)))}
	}
	return reach{spine: spine, far: far, wide: wide + r}
}

// below is the reach of the figure that belongs to a face.
func below(f face.Face) reach {
	return reach{head: &f, wide: wideFace * float64(f.Size)}
}

// box is the part of the photo that the figure may lie in, with some ground about it.
func (r reach) box(c raster.RGB) image.Rectangle {
	var box image.Rectangle
	if r.head != nil {
		f, s := r.head, float64(r.head.Size)
		box = image.Rect(int(float64(f.X)-1.9*s), int(float64(f.Y)-1.3*s), int(float64(f.X)+1.9*s), int(float64(f.Y)+6.8*s))
	} else {
		for _, p := range r.spine {
			box = box.Union(image.Rect(p.X, p.Y, p.X+1, p.Y+1))
		}
		box = box.Inset(-int(1.3*r.wide) - 4)
	}
	return box.Intersect(image.Rect(0, 0, c.W(), c.H()))
}

// likely says how well each pixel of the box can be the figure's, 0…1; where it is 0 the ground begins.
func (r reach) likely(near image.Rectangle) *raster.Plane {
	p := raster.New(near.Dx(), near.Dy())
	for y := range p.H {
		for x := range p.W {
			p.P[y*p.W+x] = r.at(float64(x+near.Min.X), float64(y+near.Min.Y))
		}
	}
	return p
}

func (r reach) at(x, y float64) float32 {
	if f := r.head; f != nil {
		return bodily((float32(x)-f.X)/f.Size, (float32(y)-f.Y)/f.Size)
	}
	return 1 - raster.Smoothstep(0.35, 1, float32(along(r.spine, x, y)/r.wide))
}

// whole says how well a pixel can be of somebody with their arms, their hands, and what they carry, 0…1.
func (r reach) whole(x, y float64) float32 {
	if f := r.head; f != nil {
		return withArms((float32(x)-f.X)/f.Size, (float32(y)-f.Y)/f.Size)
	}
	if r.far == nil { // a thing: it has no arms
		return 0.5 * r.at(x, y)
	}
	// Likely where the search looked and a little beside; hardly where an arm may still reach; and up and down, as the line may
	// have been drawn over a part.
	near, far := along(r.spine, x, y)/r.wide, along(r.far, x, y)/r.wide
	return max(0.5*(1-raster.Smoothstep(0.35, 1, float32(near)/1.25)),
		0.2*(1-raster.Smoothstep(0.6, 1, float32(near)/1.9)),
		0.25*(1-raster.Smoothstep(0.35, 1, float32(far))))
}

// along is the distance of (x, y) from a line through points.
func along(line []image.Point, x, y float64) float64 {
	least := math.Inf(1)
	for i, p := range line {
		q := line[max(i-1, 0)]
		least = min(least, away(x, y, float64(q.X), float64(q.Y), float64(p.X), float64(p.Y)))
	}
	return least
}

// away is the distance of (x, y) from the line between two points.
func away(x, y, x0, y0, x1, y1 float64) float64 {
	dx, dy := x1-x0, y1-y0
	t := 0.0
	if long := dx*dx + dy*dy; long > 0 {
		t = min(max(((x-x0)*dx+(y-y0)*dy)/long, 0), 1)
	}
	return math.Hypot(x-x0-t*dx, y-y0-t*dy)
}

// head reports whether a point surely belongs to the head whose face is at the origin, its hair or hat with it; lengths are in
// sizes of the face.
func head(dx, dy float32) bool {
	x, y := dx/0.5, (dy+0.1)/0.7
	return x*x+y*y < 1
}

// features reports whether a point is of the face itself.
func features(dx, dy float32) bool {
	x, y := dx/0.35, (dy-0.05)/0.45
	return x*x+y*y < 1
}

// bodily is how likely a point belongs to the person whose face is at the origin; lengths are in sizes of the face. It is a
// head with hair, shoulders, and what is below them, standing or sitting.
func bodily(dx, dy float32) float32 {
	hx, hy := dx/0.7, (dy+0.1)/0.82
	head := 1 - raster.Smoothstep(0.7, 1.3, float32(math.Hypot(float64(hx), float64(hy))))
	y := dy - 0.45
	if y < 0 {
		return head
	}
	half := 0.4 + raster.Smoothstep(0, 0.6, y) + 0.12*min(2, y)
	aside := float32(math.Abs(float64(dx))) / half
	body := (1 - raster.Smoothstep(0.7, 1.25, aside)) * (1 - raster.Smoothstep(4, 6.5, dy))
	return max(head, body)
}

// withArms is bodily with arms that hang, are bent or lie on somebody's shoulder: less likely, but not surprising.
func withArms(dx, dy float32) float32 {
	half := 1.2 + 0.5*min(2, dy)
	arms := (1 - raster.Smoothstep(0.75, 1, float32(math.Abs(float64(dx)))/half)) * raster.Smoothstep(0.2, 0.6, dy) * (1 - raster.Smoothstep(3, 3.8, dy))
	return max(0.6*bodily(dx, dy), 0.3*arms)
}
