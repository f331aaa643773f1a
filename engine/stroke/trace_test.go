package stroke

import (
	"context"
	"math"
	"testing"

	"easel/engine/raster"
)

// picture is a grey picture of a dark ring and a dark bar on white, with its flow and line response.
func picture(t *testing.T) (*raster.Plane, *raster.Flow) {
	t.Helper()
	ctx := context.Background()
	c := raster.NewRGB(200, 140)
	for y := range 140 {
		for x := range 200 {
			ring := math.Abs(math.Hypot(float64(x-60), float64(y-70)) - 40)
			bar := math.Abs(float64(x - 150))
			if y < 20 || y > 120 {
				bar = 9
			}
			v := float32(min(1, min(ring, bar)/3))
			for i := range c {
				c[i].P[y*200+x] = v
			}
		}
	}
	f := raster.NewFlow(ctx, c, 2, 2)
	r := raster.FDoG(ctx, c[0], f, 1.5, 4, 0.995)
	for i, v := range r.P {
		r.P[i] = -v
	}
	return r, f
}

func TestTraceFindsRingAndBar(t *testing.T) {
	t.Parallel()
	r, f := picture(t)
	high := r.Percentile(0.95, nil)
	lines := Trace(r, f, Tracing{High: high, Low: high / 2, Apart: 4, Smooth: 2, Step: 4, Shortest: func(_, _ float32) float32 { return 60 }})
	if len(lines) < 2 || len(lines) > 5 {
		t.Fatalf("%d lines, want a ring and a bar", len(lines))
	}
	ring, bar := float32(0), float32(0)
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			d := l[i-1 : i+1].Length()
			switch {
			case math.Abs(math.Hypot(float64(l[i].X-60), float64(l[i].Y-70))-40) < 2.5:
				ring += d
			case math.Abs(float64(l[i].X-150)) < 2.5:
				bar += d
			default:
				t.Fatalf("point (%.0f, %.0f) lies on neither", l[i].X, l[i].Y)
			}
		}
	}
	if ring < 180 || ring > 330 {
		t.Errorf("the ring of 251 pixels was drawn over %.0f", ring)
	}
	if bar < 80 || bar > 130 {
		t.Errorf("the bar of 100 pixels was drawn over %.0f", bar)
	}
}

func TestResampleKeepsEndsAndSpacing(t *testing.T) {
	t.Parallel()
	var raw Line
	for i := range 41 {
		raw = append(raw, Point{X: float32(i), Y: float32(i) / 2, Strength: 1})
	}
	got := resample(smooth(raw, 3), 4)
	if got[0] != raw[0] || got[len(got)-1] != raw[40] {
		t.Errorf("ends %v … %v moved", got[0], got[len(got)-1])
	}
	for i := 1; i < len(got); i++ {
		if d := got[i-1 : i+1].Length(); d < 3.5 || d > 4.6 {
			t.Errorf("spacing %v at %d", d, i)
		}
	}
	if s := got.Strength(); s < 0.999 || s > 1.001 {
		t.Errorf("strength %v", s)
	}
}

func TestNoiseIsBoundedAndSmooth(t *testing.T) {
	t.Parallel()
	n := NewNoise(raster.Rand(1, "noise", 0))
	last := n.At(-3)
	for u := float32(-3); u < 80; u += 0.01 {
		v := n.At(u)
		if v < -1 || v > 1 || math.Abs(float64(v-last)) > 0.05 {
			t.Fatalf("value %v after %v at %v", v, last, u)
		}
		last = v
	}
}

func TestOnlySmallRingsCurl(t *testing.T) {
	t.Parallel()
	along := func(at func(u float64) (x, y float64)) Line {
		var l Line
		for i := range 17 {
			x, y := at(float64(i) / 16)
			l = append(l, Point{X: float32(x), Y: float32(y)})
		}
		return l
	}
	ring := func(r, share float64) Line {
		return along(func(u float64) (x, y float64) {
			sin, cos := math.Sincos(2 * math.Pi * share * u)
			return r * cos, -r * sin
		})
	}
	for _, c := range []struct {
		name string
		line Line
		want bool
	}{
		{"a ring", ring(10, 1), true},
		{"most of a ring", ring(10, 0.8), true},
		{"half a ring", ring(10, 0.5), false},
		{"a wheel", ring(40, 1), false},
		{"a wave", along(func(u float64) (x, y float64) { return 60 * u, 8 * math.Sin(4*math.Pi*u) }), false},
		{"a point", Line{{X: 1, Y: 1}}, false},
	} {
		if got := c.line.Curls(100); got != c.want {
			t.Errorf("%s curls: %v, want %v", c.name, got, c.want)
		}
	}
}
