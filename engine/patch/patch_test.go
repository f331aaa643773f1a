package patch_test

import (
	"math"
	"slices"
	"testing"

	"easel/engine/patch"
	"easel/engine/raster"
)

// speckled is a picture in which every patch is unlike every other, and its left half is repeated in the right one.
func speckled(w, h int) *patch.Pixels {
	p := patch.NewPixels(w, h)
	for y := range h {
		for x := range w {
			for c := range 3 {
				p.P[3*(y*w+x)+c] = raster.White(uint64(7+c), x%(w/2), y)
			}
		}
	}
	return p
}

func TestDistanceIsTheSumOfSquares(t *testing.T) {
	t.Parallel()
	p := speckled(40, 20)
	a, b := int32(8*40+5), int32(9*40+17)
	var want float64
	for dy := -patch.Radius; dy <= patch.Radius; dy++ {
		for dx := -patch.Radius; dx <= patch.Radius; dx++ {
			for c := range 3 {
				d := float64(p.P[3*(int(a)+dy*40+dx)+c] - p.P[3*(int(b)+dy*40+dx)+c])
				want += d * d
			}
		}
	}
	if got := p.Distance(a, b, math.MaxFloat32); math.Abs(float64(got)-want) > 1e-3 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := p.Distance(a, b, 1); got <= 1 || got > float32(want) {
		t.Errorf("with a limit of 1 got %v: it must be over the limit, and part of the sum", got)
	}
}

// halves matches the left half's patches with the right half's.
func halves(p *patch.Pixels, seed uint64) *patch.Search {
	s := &patch.Search{Image: p, Target: make([]bool, p.W*p.H), Valid: make([]bool, p.W*p.H), Seed: seed}
	for y := range p.H {
		for x := range p.W {
			if p.Inner(x, y) {
				s.Target[y*p.W+x], s.Valid[y*p.W+x] = x < p.W/2-patch.Radius, x >= p.W/2+patch.Radius
			}
		}
	}
	return s
}

func TestEveryPatchIsFound(t *testing.T) {
	t.Parallel()
	p := speckled(160, 100)
	s := halves(p, 1)
	if !s.Ready() {
		t.Fatal("there is nothing to match with")
	}
	f := s.Random(t.Context())
	for sweep := range 8 {
		s.Improve(t.Context(), f, sweep)
	}
	wrong, all := 0, 0
	for i, from := range f.Source {
		if from < 0 || i%160 < patch.Radius+3 { // whose twin has no whole patch on the right
			continue
		}
		all++
		if int(from) != i+80 {
			wrong++
		}
	}
	if all < 5000 || wrong > all/100 {
		t.Errorf("%d of %d patches are not matched with their twin", wrong, all)
	}
}

func TestTheSameOnAnyNumberOfCores(t *testing.T) {
	t.Parallel()
	p := speckled(120, 130)
	var first *patch.Field
	for _, workers := range []int{1, 2, 7} {
		ctx := raster.WithWorkers(t.Context(), workers)
		s := halves(p, 3)
		s.Ready()
		f := s.Random(ctx)
		for sweep := range 3 {
			s.Improve(ctx, f, sweep)
		}
		if first == nil {
			first = f
		} else if !slices.Equal(first.Source, f.Source) {
			t.Errorf("with %d workers the field differs", workers)
		}
	}
}

func TestAFieldGrowsWithItsPicture(t *testing.T) {
	t.Parallel()
	small := speckled(80, 60)
	s := halves(small, 1)
	s.Ready()
	f := s.Random(t.Context())
	for sweep := range 6 {
		s.Improve(t.Context(), f, sweep)
	}
	large := patch.NewPixels(160, 120)
	for y := range 120 {
		for x := range 160 {
			copy(large.P[3*(y*160+x):][:3], small.P[3*(y/2*80+x/2):][:3])
		}
	}
	l := halves(large, 1)
	l.Ready()
	g := l.Scaled(t.Context(), f)
	near, all := 0, 0
	for i, from := range g.Source {
		if from < 0 || i%160 < 20 || i%160 > 60 || i/160 < 10 || i/160 > 110 {
			continue
		}
		all++
		if d := int(from) - i - 80; d == 0 {
			near++
		}
	}
	if near < all*9/10 {
		t.Errorf("%d of %d scaled matches are where they should be", near, all)
	}
}

// Tiles repeat every 12 pixels across and 20 down.
func TestRepeatsOfTiles(t *testing.T) {
	t.Parallel()
	p := patch.NewPixels(150, 150)
	for y := range 150 {
		for x := range 150 {
			for c := range 3 {
				p.P[3*(y*150+x)+c] = raster.White(uint64(c), x%12, y%20)
			}
		}
	}
	known := make([]bool, 150*150)
	for y := range 150 {
		for x := range 150 {
			known[y*150+x] = p.Inner(x, y)
		}
	}
	steps, _ := patch.Repeats(t.Context(), p, known, 8, 6, 1)
	if len(steps) != 6 {
		t.Fatalf("%d steps, want 6", len(steps))
	}
	for _, step := range steps {
		if step[0]%12 != 0 || step[1]%20 != 0 {
			t.Errorf("the tiles do not repeat after %v", step)
		}
	}
}

func TestNothingToMatchWith(t *testing.T) {
	t.Parallel()
	p := speckled(40, 40)
	s := &patch.Search{Image: p, Target: make([]bool, 1600), Valid: make([]bool, 1600)}
	if s.Ready() {
		t.Error("a search without sources is ready")
	}
	if steps, like := patch.Repeats(t.Context(), p, make([]bool, 1600), 4, 3, 1); steps != nil || like != nil {
		t.Errorf("steps %v from nothing", steps)
	}
}

func BenchmarkDistance(b *testing.B) {
	p := speckled(200, 200)
	var sum float32
	for i := range b.N {
		sum += p.Distance(int32(5000+i%20000), int32(24000-i%18000), math.MaxFloat32)
	}
	_ = sum
}
