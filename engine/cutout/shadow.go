package cutout

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

// How a shadow is known: it begins at the feet, has the ground's colour but less of its light, and ends.
const (
	darkest   = 0.06 // of the ground's light
	lightest  = 0.86 // and no lighter than where the ground itself varies: so many of its deviations below its mean
	beyond    = 1.8
	tinge     = 0.05 // how far its colour may lie from the ground's, in OKLab's a and b for each L,
	sky       = 0.15 // and how much farther towards blue, where there is hardly any light
	underfoot = 0.18 // the lowest part of a figure, which stands on the ground
	farthest  = 0.9  // how far it reaches, in parts of the figure's height,
	upwards   = 0.12 // and above the feet
	openEnd   = 0.08 // the share of its edge that may lie at that bound: what goes on there is no shadow
	broadest  = 0.9  // in parts of the figure's area
)

// shadows adds to what goes the shadows that those who go cast on the ground, which an outline leaves behind.
func (crowd *Crowd) shadows(ctx context.Context, c raster.RGB) {
	s := crowd.newShading(ctx, c)
	cast := raster.New(s.w, s.h)
	defer cast.Free()
	for _, f := range s.figures() {
		s.cast(f, cast)
	}
	large := raster.Enlarge(ctx, cast, c.W(), c.H())
	defer large.Free()
	for i, v := range large.P {
		if v > 0.3 && crowd.Subject.P[i] <= 0.5 {
			crowd.figure.P[i] = 1
		}
	}
}

// shading is a small copy of the photo on which shadows are looked for.
type shading struct {
	w, h  int
	look  [3][]float32 // linear light, and a and b of OKLab for each L, without what is taken
	taken []bool       // by pixel: goes
	known []bool       // by pixel: ground, as far as anybody knows
	count *table       // of known pixels
	sum   *table       // of their light
}

// newShading shrinks the photo.
func (crowd *Crowd) newShading(ctx context.Context, c raster.RGB) *shading {
	k := min(1, gatherSide/float64(max(c.W(), c.H())))
	w, h := max(1, int(k*float64(c.W())+0.5)), max(1, int(k*float64(c.H())+0.5))
	s := &shading{w: w, h: h, taken: make([]bool, w*h), known: make([]bool, w*h)}
	small := raster.ResizeRGB(ctx, c, w, h)
	lab := small.Lab(ctx)
	defer raster.Free(small[0], small[1], small[2], lab[0], lab[1], lab[2])
	for i := range s.taken {
		x, y := min(int((float64(i%w)+0.5)/k), c.W()-1), min(int((float64(i/w)+0.5)/k), c.H()-1)
		j := y*c.W() + x
		s.taken[i] = crowd.figure.P[j] > 0.5
		s.known[i] = !s.taken[i] && crowd.Subject.P[j] <= 0.5
	}
	for n := range s.look {
		s.look[n] = make([]float32, w*h)
	}
	for i := range s.taken {
		l := lab[0].P[i]
		s.look[0][i], s.look[1][i], s.look[2][i] = l*l*l, lab[1].P[i]/max(l, 0.05), lab[2].P[i]/max(l, 0.05)
	}
	s.calm()
	one := func(i int) float64 { return 1 }
	s.count, s.sum = s.table(s.known, one), s.table(s.known, func(i int) float64 { return float64(s.look[0][i]) })
	return s
}

// calm smooths what is known, so that a grain of soil is no shadow.
func (s *shading) calm() {
	for n := range s.look {
		of := s.table(s.known, func(i int) float64 { return float64(s.look[n][i]) })
		count := s.table(s.known, func(int) float64 { return 1 })
		for i := range s.look[n] {
			if x, y := i%s.w, i/s.w; s.known[i] {
				s.look[n][i] = float32(of.within(x-1, y-1, x+2, y+2) / count.within(x-1, y-1, x+2, y+2))
			}
		}
	}
}

// table holds sums over all rectangles from the first pixel (Crow 1984).
type table struct {
	w, h int
	sum  []float64
}

func (s *shading) table(of []bool, value func(i int) float64) *table {
	t := &table{w: s.w, h: s.h, sum: make([]float64, (s.w+1)*(s.h+1))}
	for y := range s.h {
		row := 0.0
		for x := range s.w {
			if i := y*s.w + x; of[i] {
				row += value(i)
			}
			t.sum[(y+1)*(s.w+1)+x+1] = t.sum[y*(s.w+1)+x+1] + row
		}
	}
	return t
}

// within is the sum over a rectangle, as far as it lies in the picture.
func (t *table) within(x0, y0, x1, y1 int) float64 {
	x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, t.w), min(y1, t.h)
	n := t.w + 1
	return t.sum[y1*n+x1] - t.sum[y0*n+x1] - t.sum[y1*n+x0] + t.sum[y0*n+x0]
}

// standing is a figure, or several that hang together.
type standing struct {
	box  image.Rectangle
	area int
	feet []int // ground beside its lowest part
}

// figures are those that stand within the frame.
func (s *shading) figures() (all []standing) {
	seen := make([]bool, len(s.taken))
	for i, t := range s.taken {
		if !t || seen[i] {
			continue
		}
		var f standing
		part := flood(s.w, s.h, func(j int) bool { return j == i }, func(j int) bool { return s.taken[j] })
		for j, in := range part {
			if in {
				seen[j] = true
				f.area++
				f.box = f.box.Union(image.Rect(j%s.w, j/s.w, j%s.w+1, j/s.w+1))
			}
		}
		if f.box.Dy() < 8 || f.box.Max.Y >= s.h { // a dot, or somebody whose feet are not in the photo
			continue
		}
		f.feet = s.below(part, f.box)
		all = append(all, f)
	}
	return all
}

// below is the ground beside the lowest part of a figure.
func (s *shading) below(part []bool, box image.Rectangle) (feet []int) {
	const reach = 2
	low := box.Max.Y - int(math.Ceil(underfoot*float64(box.Dy())))
	all := image.Rect(0, 0, s.w, s.h)
	for y := low; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if !part[y*s.w+x] {
				continue
			}
			about := image.Rect(x-reach, y, x+reach+1, y+reach+1).Intersect(all)
			for j := about.Min.Y; j < about.Max.Y; j++ {
				for i := about.Min.X; i < about.Max.X; i++ {
					if s.known[j*s.w+i] {
						feet = append(feet, j*s.w+i)
					}
				}
			}
		}
	}
	return feet
}

// cast marks in to the shadow of a figure, where it has one.
func (s *shading) cast(f standing, to *raster.Plane) {
	high := float64(f.box.Dy())
	most, up := int(farthest*high), int(upwards*high)
	bound := image.Rect(f.box.Min.X-most, f.box.Max.Y-up, f.box.Max.X+most, f.box.Max.Y+most)
	dim := s.dimmed(bound, max(4, int(0.6*high)), max(3, int(0.12*high)))
	begins := map[int]bool{}
	for _, i := range f.feet {
		begins[i] = dim(i)
	}
	shadow := flood(s.w, s.h, func(i int) bool { return begins[i] }, func(i int) bool { return s.known[i] && dim(i) })
	area, open := 0, 0
	inner := bound.Inset(1)
	for i, in := range shadow {
		if in {
			area++
			if !image.Pt(i%s.w, i/s.w).In(inner) {
				open++
			}
		}
	}
	if float64(area) > broadest*float64(f.area) || float64(open) > openEnd*float64(area) {
		return
	}
	for i, in := range shadow {
		if in {
			to.P[i] = 1
		}
	}
}

// dimmed reports whether a pixel within the bound has the colour of the ground about it and less of its light. What is about it is a
// window of the given half width and height.
func (s *shading) dimmed(bound image.Rectangle, rx, ry int) func(i int) bool {
	lightly := make([]bool, len(s.known)) // not in the shade itself, as far as can be told
	for i, k := range s.known {
		x, y := i%s.w, i/s.w
		n := s.count.within(x-rx, y-ry, x+rx+1, y+ry+1)
		lightly[i] = k && float64(s.look[0][i]) >= 0.9*s.sum.within(x-rx, y-ry, x+rx+1, y+ry+1)/max(n, 1)
	}
	count := s.table(lightly, func(int) float64 { return 1 })
	var sums [3]*table
	for n := range sums {
		sums[n] = s.table(lightly, func(i int) float64 { return float64(s.look[n][i]) })
	}
	squares := s.table(lightly, func(i int) float64 { return float64(s.look[0][i]) * float64(s.look[0][i]) })
	return func(i int) bool {
		x, y := i%s.w, i/s.w
		if !image.Pt(x, y).In(bound) {
			return false
		}
		n := count.within(x-rx, y-ry, x+rx+1, y+ry+1)
		if n < 8 {
			return false
		}
		var ground [3]float64
		for k := range ground {
			ground[k] = sums[k].within(x-rx, y-ry, x+rx+1, y+ry+1) / n
		}
		light := max(ground[0], 1e-4)
		uneven := math.Sqrt(max(0, squares.within(x-rx, y-ry, x+rx+1, y+ry+1)/n-light*light)) / light
		part := float64(s.look[0][i]) / light
		a, b := float64(s.look[1][i])-ground[1], float64(s.look[2][i])-ground[2]
		if b < 0 { // the darker, the more of its light is the sky's
			b = min(0, b+sky*(1-part))
		}
		return part > darkest && part < min(lightest, 1-beyond*uneven) && math.Hypot(a, b) < tinge
	}
}
