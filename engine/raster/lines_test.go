package raster

import (
	"context"
	"math"
	"testing"
)

// drawn returns a gray picture with one dark line of width 2 through its middle along an angle.
func drawn(n int, angle float64) RGB {
	c := NewRGB(n, n)
	for y := range n {
		for x := range n {
			d := -math.Sin(angle)*float64(x-n/2) + math.Cos(angle)*float64(y-n/2)
			v := float32(0.8 - 0.5*math.Exp(-d*d/2))
			for _, p := range c {
				p.P[y*n+x] = v
			}
		}
	}
	return c
}

func TestFDoGAnswersDarkLinesAlikeInAllDirections(t *testing.T) {
	t.Parallel()
	for _, sigma := range []float32{0.8, 1.2, 2.5} {
		answersByDirection(t, sigma)
	}
}

func answersByDirection(t *testing.T, sigma float32) {
	t.Helper()
	ctx := context.Background()
	var answers []float64
	for _, degrees := range []float64{0, 20, 45, 70, 90, 110, 135, 150} {
		c := drawn(81, degrees*math.Pi/180)
		f := NewFlow(ctx, c, 2, 2)
		h := FDoG(ctx, c[0], f, sigma, 4, 1)
		on, off := h.At(40, 40), float32(1)
		for y := 5; y < 76; y++ {
			for x := 5; x < 76; x++ {
				d := math.Abs(-math.Sin(degrees*math.Pi/180)*float64(x-40) + math.Cos(degrees*math.Pi/180)*float64(y-40))
				if d > 4*float64(sigma)+4 {
					off = min(off, h.At(x, y))
				}
			}
		}
		if on > -0.03 {
			t.Errorf("sigma %v, %v degrees: the line answers %v", sigma, degrees, on)
		}
		if off < -1e-3 {
			t.Errorf("sigma %v, %v degrees: the empty part answers %v", sigma, degrees, off)
		}
		answers = append(answers, float64(on))
	}
	for _, a := range answers {
		if math.Abs(a/answers[0]-1) > 0.15 {
			t.Errorf("sigma %v: answers differ by direction: %v", sigma, answers)
			break
		}
	}
}

func TestFDoGOfAConstantIsOneMinusTau(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewRGB(30, 30)
	for _, p := range c {
		p.Fill(0.5)
	}
	h := FDoG(ctx, c[0], NewFlow(ctx, c, 1, 1), 1, 3, 0.98)
	want := New(30, 30)
	want.Fill(0.5 * 0.02)
	near(t, "FDoG", h, want, 1e-5)
}

func TestNormaliseEvensOutContrast(t *testing.T) {
	t.Parallel()
	// The same texture at two contrasts and two brightnesses.
	p := New(200, 60)
	for y := range 60 {
		for x := range 200 {
			v := White(3, x, y) - 0.5
			if x < 100 {
				p.P[y*200+x] = 0.2 + 0.3*v
			} else {
				p.P[y*200+x] = 0.6 + 0.8*v
			}
		}
	}
	n := Normalise(context.Background(), p, 12)
	half := func(left bool) float64 {
		sum, count := 0.0, 0
		for y := range 60 {
			for x := range 60 {
				at := x + 10
				if !left {
					at = x + 130
				}
				d := float64(n.At(at, y)) - 0.5
				sum += d * d
				count++
			}
		}
		return math.Sqrt(sum / float64(count))
	}
	a, b := half(true), half(false)
	if a < 0.12 || b > 0.26 || b/a > 1.7 {
		t.Errorf("deviations %v and %v, before 0.087 and 0.231", a, b)
	}
}

func TestKuwaharaFlattensNoiseAndKeepsAnEdge(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewRGB(60, 60)
	for y := range 60 {
		for x := range 60 {
			v := 0.25 + 0.08*(White(7, x, y)-0.5)
			if x >= 30 {
				v += 0.5
			}
			for _, p := range c {
				p.P[y*60+x] = v
			}
		}
	}
	out := Kuwahara(ctx, c, NewFlow(ctx, c, 2, 2), 4)
	if l, r := out[0].At(28, 30), out[0].At(31, 30); l > 0.29 || r < 0.71 {
		t.Errorf("the edge became %v | %v", l, r)
	}
	rough, calm := 0.0, 0.0
	for y := 10; y < 50; y++ {
		for x := 8; x < 22; x++ {
			rough += math.Pow(float64(c[0].At(x, y))-0.25, 2)
			calm += math.Pow(float64(out[0].At(x, y))-0.25, 2)
		}
	}
	if calm > rough/4 {
		t.Errorf("noise energy %v, was %v", calm, rough)
	}
}

func TestKuwaharaKeepsConstantsAndTinyPictures(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, r := range []float32{1, 2.5, 6} {
		c := NewRGB(5, 4)
		c[1].Fill(0.4)
		out := Kuwahara(ctx, c, NewFlow(ctx, c, 1, 1), r)
		near(t, "Kuwahara", out[1], c[1], 1e-5)
	}
}

func TestShapeIndexFollowsTheAngle(t *testing.T) {
	t.Parallel()
	for i := range 720 {
		angle := float64(i) * math.Pi / 360
		got := shapeIndex(float32(math.Cos(angle)), float32(math.Sin(angle)), 0) / stretches
		off := math.Abs(float64(got)/directions-math.Mod(angle/math.Pi, 1)) * directions
		if off = min(off, directions-off); off > 0.6 {
			t.Fatalf("angle %v became step %d, off by %.2f", angle, got, off)
		}
	}
	if got := shapeIndex(0, 0, 2); got != stretches-1 {
		t.Errorf("no direction became %d", got)
	}
}

// What is asked for is the same as everywhere, and the rest is nothing.
func TestFDoGWithinAPartIsThatPart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewRGB(90, 70)
	for i := range c[0].P {
		x, y := float64(i%90), float64(i/90)
		v := float32(0.5 + 0.4*math.Sin(x/5+y/9)*math.Cos(y/7))
		c[0].P[i], c[1].P[i], c[2].P[i] = v, v, v
	}
	f := NewFlow(ctx, c, 1.5, 2)
	where := New(90, 70)
	for i := range where.P {
		if x, y := i%90, i/90; x > 20 && x < 33 && y > 30 && y < 41 || x == 70 {
			where.P[i] = 0.01
		}
	}
	all, part := FDoG(ctx, c[0], f, 1.2, 4, 0.99), FDoGWithin(ctx, c[0], f, 1.2, 4, 0.99, where, 0)
	for i, v := range part.P {
		if want := all.P[i]; where.P[i] > 0 && v != want || where.P[i] == 0 && v != 0 {
			t.Fatalf("sample %d,%d is %v, everywhere %v", i%90, i/90, v, want)
		}
	}
}

// What is left out as idle changes no line.
func TestIdlePartsChangeNoLine(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewRGB(120, 90)
	for i := range c[0].P {
		x, y := float64(i%120), float64(i/120)
		v := float32(0.6 + 0.02*math.Sin(x/3) - 0.3*math.Exp(-math.Pow(math.Hypot(x-60, y-45)-30, 2)/6))
		c[0].P[i], c[1].P[i], c[2].P[i] = v, v, v
	}
	f := NewFlow(ctx, c, 1.5, 2)
	all, part := FDoG(ctx, c[0], f, 1.2, 4, 0.99), FDoGWithin(ctx, c[0], f, 1.2, 4, 0.99, nil, 0.55)
	line, same := all.Percentile(0.12, nil), 0
	for i, v := range part.P {
		if all.P[i] < line && v != all.P[i] {
			t.Fatalf("sample %d,%d of a line is %v, without idling %v", i%120, i/120, v, all.P[i])
		}
		if v == all.P[i] {
			same++
		}
	}
	if same > len(part.P)*9/10 {
		t.Errorf("%d of %d samples were averaged all the same", same, len(part.P))
	}
}
