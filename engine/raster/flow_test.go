package raster

import (
	"context"
	"math"
	"testing"
)

// stripes returns a gray picture whose lines run along the given angle.
func stripes(w, h int, angle float64) RGB {
	c := NewRGB(w, h)
	for y := range h {
		for x := range w {
			across := -math.Sin(angle)*float64(x) + math.Cos(angle)*float64(y)
			v := float32(0.5 + 0.4*math.Sin(across/3))
			for _, p := range c {
				p.P[y*w+x] = v
			}
		}
	}
	return c
}

func TestFlowRunsAlongLines(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, degrees := range []float64{0, 17, 45, 80, 90, 120, 163} {
		angle := degrees * math.Pi / 180
		f := NewFlow(ctx, stripes(64, 64, angle), 2, 0)
		for y := 16; y < 48; y += 5 {
			for x := 16; x < 48; x += 5 {
				tx, ty := f.At(float32(x), float32(y))
				along := math.Abs(float64(tx)*math.Cos(angle) + float64(ty)*math.Sin(angle))
				if along < 0.9995 {
					t.Fatalf("%v degrees: tangent (%v, %v) at (%d, %d)", degrees, tx, ty, x, y)
				}
				if l := tx*tx + ty*ty; l < 0.999 || l > 1.001 {
					t.Fatalf("tangent of length² %v", l)
				}
				if c := f.Coherence.At(x, y); c < 0.98 {
					t.Fatalf("%v degrees: coherence %v", degrees, c)
				}
			}
		}
		f.Free()
	}
}

func TestFlowEnergyIsTheGradient(t *testing.T) {
	t.Parallel()
	c := NewRGB(40, 40)
	for y := range 40 {
		for x := range 40 {
			c[1].P[y*40+x] = 0.01*float32(x) + 0.02*float32(y)
		}
	}
	f := NewFlow(context.Background(), c, 1, 0)
	want := math.Hypot(0.01, 0.02)
	if got := float64(f.Energy.At(20, 20)); math.Abs(got-want) > 1e-5 {
		t.Errorf("energy %v, want %v", got, want)
	}
}

func TestFlowFillsFlatParts(t *testing.T) {
	t.Parallel()
	// One edge at 30 degrees; far from it nothing has a gradient, and the fill must bring its direction.
	const n = 128
	angle := 30 * math.Pi / 180
	c := NewRGB(n, n)
	for y := range n {
		for x := range n {
			if -math.Sin(angle)*float64(x-n/2)+math.Cos(angle)*float64(y-n/2) > 0 {
				c[0].P[y*n+x] = 1
			}
		}
	}
	f := NewFlow(context.Background(), c, 2, 4)
	tx, ty := f.At(40, 90)
	if along := math.Abs(float64(tx)*math.Cos(angle) + float64(ty)*math.Sin(angle)); along < 0.95 {
		t.Errorf("filled tangent (%v, %v)", tx, ty)
	}
	if e := f.Energy.At(40, 90); e > 1e-3 {
		t.Errorf("energy %v was filled too", e)
	}
}

func TestFlowOfAnEmptyPictureIsDefined(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 40} {
		f := NewFlow(context.Background(), NewRGB(size, size), 2, 4)
		if tx, ty := f.At(0, 0); tx != 1 || ty != 0 {
			t.Errorf("size %d: tangent (%v, %v), want (1, 0)", size, tx, ty)
		}
		if f.Coherence.P[0] != 0 {
			t.Errorf("size %d: coherence %v", size, f.Coherence.P[0])
		}
	}
}

func TestFlowDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	c := noisyRGB(90, 77)
	sameForAllWorkers(t, func(ctx context.Context) []*Plane {
		f := NewFlow(ctx, c, 2, 3)
		lines := FDoG(ctx, c[0], f, 1, 3, 0.99)
		k := Kuwahara(ctx, c, f, 3)
		return []*Plane{f.Tx, f.Ty, f.Coherence, f.Energy, lines, Normalise(ctx, c[0], 5), k[0], k[1], k[2]}
	})
}
