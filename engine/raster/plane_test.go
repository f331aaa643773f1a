package raster

import (
	"image"
	"slices"
	"testing"
)

func TestClassesHoldTheirSizes(t *testing.T) {
	t.Parallel()
	last := -1
	for n := 1; n < 1<<24; n += max(1, n/37) {
		index, size := class(n)
		if size < n || index >= classes {
			t.Fatalf("%d samples: class %d of %d", n, index, size)
		}
		if index < 0 {
			continue
		}
		if index < last {
			t.Fatalf("%d samples: class %d after %d", n, index, last)
		}
		last = index
		if spare := size - n; spare > n/classSteps {
			t.Errorf("%d samples: %d to spare", n, spare)
		}
		if again, whole := class(size); again != index || whole != size {
			t.Errorf("class %d of %d samples is not its own class: %d of %d", index, size, again, whole)
		}
	}
	if index, _ := class(1 << 40); index >= 0 {
		t.Error("a huge plane is kept")
	}
}

func TestNewIsZeroAfterFree(t *testing.T) {
	t.Parallel()
	for range 20 {
		p := New(100, 60)
		for i, v := range p.P {
			if v != 0 {
				t.Fatalf("sample %d is %v", i, v)
			}
		}
		p.Fill(7)
		p.Free()
		p.Free() // the second does nothing
		q := New(60, 99)
		if len(q.P) != 60*99 || q.W != 60 || q.H != 99 {
			t.Fatalf("a plane of %dx%d with %d samples", q.W, q.H, len(q.P))
		}
		q.Fill(3)
		q.Free()
	}
	var none *Plane
	none.Free()
	(&Plane{W: 2, H: 1, P: []float32{1, 2}}).Free()
}

func TestAtAndSampleOutside(t *testing.T) {
	t.Parallel()
	p := &Plane{W: 3, H: 2, P: []float32{1, 2, 3, 4, 5, 6}}
	for _, c := range []struct {
		x, y int
		want float32
	}{{-5, -1, 1}, {9, 0, 3}, {1, 7, 5}, {2, 1, 6}} {
		if got := p.At(c.x, c.y); got != c.want {
			t.Errorf("At(%d, %d) = %v, want %v", c.x, c.y, got, c.want)
		}
	}
	for _, c := range []struct{ x, y, want float32 }{{0.5, 0, 1.5}, {1, 0.5, 3.5}, {-3, 9, 4}, {5, 0.5, 4.5}} {
		if got := p.Sample(c.x, c.y); got != c.want {
			t.Errorf("Sample(%v, %v) = %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func TestACropIsACopyOfItsPart(t *testing.T) {
	t.Parallel()
	p := New(5, 4)
	for i := range p.P {
		p.P[i] = float32(i)
	}
	q := p.Crop(image.Rect(1, 2, 4, 4))
	p.Fill(-1)
	if want := []float32{11, 12, 13, 16, 17, 18}; q.W != 3 || q.H != 2 || !slices.Equal(q.P, want) {
		t.Errorf("%d×%d %v, want %v", q.W, q.H, q.P, want)
	}
}
