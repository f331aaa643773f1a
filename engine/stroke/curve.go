package stroke

import (
	"math"
	"math/rand/v2"
)

// smooth filters a line along its length with a Gaussian that narrows towards the ends, so that they stay in place.
// The points are taken to be one pixel apart.
func smooth(line Line, sigma float32) Line {
	if sigma <= 0 || len(line) < 3 {
		return line
	}
	out := make(Line, len(line))
	for i := range line {
		s := min(sigma, float32(min(i, len(line)-1-i))/2)
		if s < 0.3 {
			out[i] = line[i]
			continue
		}
		var sum Point
		var weight float32
		r := int(2.5*s + 1)
		for j := max(0, i-r); j <= min(len(line)-1, i+r); j++ {
			d := float32(j-i) / s
			w := float32(math.Exp(float64(-d * d / 2)))
			sum.X, sum.Y, sum.Strength = sum.X+w*line[j].X, sum.Y+w*line[j].Y, sum.Strength+w*line[j].Strength
			weight += w
		}
		out[i] = Point{sum.X / weight, sum.Y / weight, sum.Strength / weight}
	}
	return out
}

// resample returns points that are step apart along the line, both ends kept.
func resample(line Line, step float32) Line {
	if len(line) < 2 {
		return line
	}
	pieces := max(int(line.Length()/step+0.5), 1)
	step = line.Length() / float32(pieces)
	out := Line{line[0]}
	want, gone := step, float32(0)
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		l := sqrt((b.X-a.X)*(b.X-a.X) + (b.Y-a.Y)*(b.Y-a.Y))
		for want <= gone+l && len(out) < pieces {
			t := (want - gone) / max(l, 1e-6)
			out = append(out, Point{a.X + t*(b.X-a.X), a.Y + t*(b.Y-a.Y), a.Strength + t*(b.Strength-a.Strength)})
			want += step
		}
		gone += l
	}
	return append(out, line[len(line)-1])
}

// Noise is smooth noise along a line, −1…1, for the tremor of a hand.
type Noise struct{ knots [64]float32 }

// NewNoise draws the noise's values from rng.
func NewNoise(rng *rand.Rand) *Noise {
	n := &Noise{}
	for i := range n.knots {
		n.knots[i] = 2*rng.Float32() - 1
	}
	return n
}

// At is the value at u, where one unit is one wavelength.
func (n *Noise) At(u float32) float32 {
	i := floor(u)
	f := u - float32(i)
	f = f * f * (3 - 2*f)
	a, b := n.knots[i&63], n.knots[(i+1)&63]
	return a + f*(b-a)
}
