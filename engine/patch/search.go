package patch

import (
	"context"
	"math"
	"math/rand/v2"

	"easel/engine/raster"
)

// Search is one picture, what may be matched in it, and with what.
type Search struct {
	Image   *Pixels
	Target  []bool  // by pixel: its patch is to be matched; inner pixels only
	Valid   []bool  // by pixel: its patch may be a match; inner pixels only
	Offsets []int32 // index differences that are tried for every target as well
	Seed    uint64

	rows    [][]int32 // the targets of each row, from left to right
	sources []int32
	least   int // squared pixels that a match must be away, at least
}

// Ready prepares the search; it must be called after Target or Valid have changed. It reports whether there is
// anything to match with.
func (s *Search) Ready() bool {
	s.rows, s.sources = make([][]int32, s.Image.H), s.sources[:0]
	for y := range s.Image.H {
		for x := range s.Image.W {
			i := y*s.Image.W + x
			if s.Target[i] {
				s.rows[y] = append(s.rows[y], int32(i))
			}
			if s.Valid[i] {
				s.sources = append(s.sources, int32(i))
			}
		}
	}
	return len(s.sources) > 0
}

// Random returns a field that matches every target with any source.
func (s *Search) Random(ctx context.Context) *Field {
	f := &Field{W: s.Image.W, H: s.Image.H, Source: make([]int32, len(s.Target)), Distance: make([]float32, len(s.Target))}
	for i := range f.Source {
		f.Source[i] = -1
	}
	s.fill(ctx, f)
	return f
}

// fill gives targets without a valid source a random one, and measures all.
func (s *Search) fill(ctx context.Context, f *Field) {
	raster.Rows(ctx, s.Image.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			r := raster.Rand(s.Seed, "patch start", y)
			for _, t := range s.rows[y] {
				if from := f.Source[t]; from < 0 || !s.Valid[from] {
					f.Source[t] = s.sources[r.IntN(len(s.sources))]
				}
			}
		}
	})
	s.Measure(ctx, f)
}

// Measure brings the field's distances up to the picture as it is now.
func (s *Search) Measure(ctx context.Context, f *Field) {
	raster.Rows(ctx, s.Image.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for _, t := range s.rows[y] {
				f.Distance[t] = s.Image.Distance(t, f.Source[t], math.MaxFloat32)
			}
		}
	})
}

// Scaled returns the field of a smaller picture as a first guess for this one.
func (s *Search) Scaled(ctx context.Context, small *Field) *Field {
	f := &Field{W: s.Image.W, H: s.Image.H, Source: make([]int32, len(s.Target)), Distance: make([]float32, len(s.Target))}
	fx, fy := float64(small.W)/float64(f.W), float64(small.H)/float64(f.H)
	for y := range f.H {
		for x := range f.W {
			i := y*f.W + x
			f.Source[i] = -1
			if !s.Target[i] {
				continue
			}
			sx, sy := min(int((float64(x)+0.5)*fx), small.W-1), min(int((float64(y)+0.5)*fy), small.H-1)
			from := small.Source[sy*small.W+sx]
			if from < 0 {
				continue
			}
			dx, dy := int(from)%small.W-sx, int(from)/small.W-sy
			nx, ny := x+int(math.Round(float64(dx)/fx)), y+int(math.Round(float64(dy)/fy))
			if s.Image.Inner(nx, ny) {
				f.Source[i] = int32(ny*f.W + nx)
			}
		}
	}
	s.fill(ctx, f)
	return f
}

// bandRows is the height of the bands that are searched at a time. Every other band is, then the rest: a band then reads
// its neighbours' matches while they stand still, and the result does not depend on the number of cores.
const bandRows = 32

// Improve runs one sweep: matches are handed on from pixel to pixel, downwards when the sweep's number is even and
// upwards when it is odd, and better ones are looked for at random around them.
func (s *Search) Improve(ctx context.Context, f *Field, sweep int) {
	bands := (s.Image.H + bandRows - 1) / bandRows
	for colour := range 2 {
		raster.Each(ctx, (bands+1-colour)/2, func() struct{} { return struct{}{} }, func(_ struct{}, i int) {
			band := 2*i + colour
			s.band(f, band, sweep, raster.Rand(s.Seed+uint64(sweep), "patch sweep", band))
		})
	}
}

func (s *Search) band(f *Field, band, sweep int, r *rand.Rand) {
	y0, y1 := band*bandRows, min((band+1)*bandRows, s.Image.H)
	back := sweep%2 == 1
	for n := range y1 - y0 {
		y := y0 + n
		if back {
			y = y1 - 1 - n
		}
		row := s.rows[y]
		for k := range row {
			t := row[k]
			if back {
				t = row[len(row)-1-k]
			}
			s.better(f, t, back, r)
		}
	}
}

// better tries for one target what its neighbours have, the offsets that occur often, and random places nearer and
// nearer to the best so far.
func (s *Search) better(f *Field, t int32, back bool, r *rand.Rand) {
	best, distance := f.Source[t], f.Distance[t]
	try := func(from int32) {
		if from < 0 || int(from) >= len(s.Valid) || !s.Valid[from] || from == best || s.near(t, from) {
			return
		}
		if d := s.Image.Distance(t, from, distance); d < distance {
			best, distance = from, d
		}
	}
	step := int32(1)
	if back {
		step = -1
	}
	for _, d := range [2]int32{step, step * int32(s.Image.W)} {
		if n := t - d; n >= 0 && int(n) < len(f.Source) && f.Source[n] >= 0 {
			try(f.Source[n] + d)
		}
	}
	for _, o := range s.Offsets {
		try(t + o)
	}
	w, h := s.Image.W, s.Image.H
	for radius := max(w, h); radius >= 1; radius /= 2 {
		x, y := int(best)%w, int(best)/w
		x0, x1 := max(Radius, x-radius), min(w-Radius-1, x+radius)
		y0, y1 := max(Radius, y-radius), min(h-Radius-1, y+radius)
		try(int32((y0+r.IntN(y1-y0+1))*w + x0 + r.IntN(x1-x0+1)))
	}
	f.Source[t], f.Distance[t] = best, distance
}

// near reports whether a match would be nearer than it may be.
func (s *Search) near(t, from int32) bool {
	if s.least == 0 {
		return false
	}
	dx, dy := int(from)%s.Image.W-int(t)%s.Image.W, int(from)/s.Image.W-int(t)/s.Image.W
	return dx*dx+dy*dy < s.least
}
