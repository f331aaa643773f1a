package paper

import (
	"context"
	"image"
	"math"
	"slices"
	"testing"

	"easel/engine/raster"
)

func moments(p *raster.Plane) (mean, deviation float64) {
	for _, v := range p.P {
		mean += float64(v)
	}
	mean /= float64(len(p.P))
	for _, v := range p.P {
		deviation += (float64(v) - mean) * (float64(v) - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(p.P)))
}

// correlation of the sheet with itself, moved by (dx, dy).
func correlation(p *raster.Plane, dx, dy int) float64 {
	mean, sd := moments(p)
	sum, n := 0.0, 0
	for y := 0; y+dy < p.H; y++ {
		for x := 0; x+dx < p.W; x++ {
			sum += (float64(p.At(x, y)) - mean) * (float64(p.At(x+dx, y+dy)) - mean)
			n++
		}
	}
	return sum / float64(n) / (sd * sd)
}

func TestHeightStatistics(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	for _, kind := range []Kind{Smooth, Sketch, ColdPress} {
		for _, k := range []float32{0.3, 1, 2.9} {
			p := Height(context.Background(), 600, 500, kind, k, 7)
			mean, sd := moments(p)
			if math.Abs(mean-0.5) > 0.015 || sd < 0.14 || sd > 0.20 {
				t.Errorf("kind %d, k %g: mean %.3f, deviation %.3f; want 0.5 and about 0.17", kind, k, mean, sd)
			}
			for _, v := range p.P {
				if v < 0 || v > 1 {
					t.Fatalf("kind %d, k %g: height %g", kind, k, v)
				}
			}
		}
	}
}

func TestHeightDoesNotRepeat(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	p := Height(context.Background(), 420, 420, ColdPress, 1, 3)
	if c := correlation(p, 1, 0); c < 0.5 {
		t.Errorf("neighbours correlate by %.2f: this is noise and not bumps", c)
	}
	for d := 24; d < 260; d += 4 {
		for _, v := range [][2]int{{d, 0}, {0, d}, {d, d}} {
			if c := correlation(p, v[0], v[1]); math.Abs(c) > 0.12 {
				t.Errorf("the sheet repeats after (%d, %d): correlation %.2f", v[0], v[1], c)
			}
		}
	}
}

func TestBumpsGrowWithTheUnit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	small, large := Height(ctx, 200, 200, ColdPress, 1, 5), Height(ctx, 200, 200, ColdPress, 3, 5)
	if a, b := correlation(small, 3, 0), correlation(large, 3, 0); b < a+0.2 {
		t.Errorf("three pixels apart: correlation %.2f at unit 1 and %.2f at unit 3", a, b)
	}
}

func TestWindowIsPartOfTheSheet(t *testing.T) {
	t.Parallel()
	for _, k := range []float32{0.5, 1, 2.9} {
		all := Height(context.Background(), 160, 120, ColdPress, k, 9)
		r := image.Rect(37, 50, 131, 101)
		part := Window(context.Background(), r, ColdPress, k, 9)
		for y := range part.H {
			for x := range part.W {
				if a, b := part.At(x, y), all.At(x+r.Min.X, y+r.Min.Y); a != b {
					t.Fatalf("unit %g at (%d, %d): %g in the window, %g on the sheet", k, x, y, a, b)
				}
			}
		}
	}
}

func TestHeightIsDeterministic(t *testing.T) {
	t.Parallel()
	one := Height(raster.WithWorkers(context.Background(), 1), 150, 170, Sketch, 1.3, 11)
	many := Height(raster.WithWorkers(context.Background(), 16), 150, 170, Sketch, 1.3, 11)
	if !slices.Equal(one.P, many.P) {
		t.Error("one worker and sixteen make different sheets")
	}
	other := Height(context.Background(), 150, 170, Sketch, 1.3, 12)
	if slices.Equal(one.P, other.P) {
		t.Error("two seeds make the same sheet")
	}
}

func BenchmarkHeight(b *testing.B) {
	for b.Loop() {
		Height(context.Background(), 1400, 1400, ColdPress, 1, 1).Free()
	}
}
