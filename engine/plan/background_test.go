package plan

import (
	"math"
	"testing"
)

func TestWhatBackgroundsKeep(t *testing.T) {
	t.Parallel()
	p, err := New(t.Context(), pet(300, 300), Options{MaxPixels: 60_000})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	// Mean over a ring around the middle, with a radius in shares of the width; the animal's is 0.32.
	ring := func(b Background, radius float64) float32 {
		kept := p.Kept(t.Context(), b, 3)
		defer kept.Free()
		sum := float32(0)
		for k := range 90 {
			sin, cos := math.Sincos(float64(k) * math.Pi / 45)
			sum += kept.At(p.W/2+int(radius*cos*float64(p.W)), p.H/2+int(radius*sin*float64(p.W))) / 90
		}
		return sum
	}
	for _, c := range []struct {
		ground                   Background
		inside, beside, besideAt float32
		away                     float32
	}{
		{NoGround, 0.95, 0, 0.1, 0.05},
		{PlainGround, 0.95, 0, 0.1, 0.05},
		{SoftGround, 0.95, 0.3, 1, 0.4},
		{EdgedGround, 0.95, 0.3, 1, 0.1},
	} {
		if v := ring(c.ground, 0.15); v < c.inside {
			t.Errorf("background %d keeps %.2f of the subject", c.ground, v)
		}
		if v := ring(c.ground, 0.36); v < c.beside || v > c.besideAt {
			t.Errorf("background %d keeps %.2f beside the subject, want %v to %v", c.ground, v, c.beside, c.besideAt)
		}
		if v := ring(c.ground, 0.65); v > c.away {
			t.Errorf("background %d keeps %.2f of the corners, at most %v", c.ground, v, c.away)
		}
	}
}

// A soft background must not know the outline: a subject cut to half is kept whole.
func TestASoftBackgroundDoesNotCutWhatTheMatteHasLost(t *testing.T) {
	t.Parallel()
	p, err := New(t.Context(), pet(300, 300), Options{MaxPixels: 60_000})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	for i := range p.Matte.P {
		if i%p.W > p.W/2 {
			p.Matte.P[i] = 0
		}
	}
	kept := p.Kept(t.Context(), SoftGround, 3)
	defer kept.Free()
	if v := kept.At(p.W/2+int(0.15*float64(p.W)), p.H/2); v < 0.5 {
		t.Errorf("%.2f of a limb that the matte has lost is kept", v)
	}
}

func TestThePlainColourIsLightAndSetsTheSubjectOff(t *testing.T) {
	t.Parallel()
	p, err := New(t.Context(), pet(300, 300), Options{MaxPixels: 60_000})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	c := p.Plain()
	if c.L < 0.8 || c.L > 0.9 || vividness(c) < 0.015 || vividness(c) > 0.07 {
		t.Errorf("the plain colour is %+v", c)
	}
	if c.B > 0.005 {
		t.Errorf("behind a warm animal the colour is warm: %+v", c)
	}
}

func TestStrengths(t *testing.T) {
	t.Parallel()
	for v, ok := range map[float32]bool{0: true, 0.5: true, 1.5: true, 0.49: false, 1.51: false, -1: false, float32(math.Inf(1)): false} {
		if err := CheckStrength(v); (err == nil) != ok {
			t.Errorf("strength %v: %v", v, err)
		}
	}
	if CheckStrength(float32(math.NaN())) == nil || Strength(0) != 1 || Strength(0.7) != 0.7 {
		t.Error("no strength is drawn as usual, and what is no number not at all")
	}
	if (PlainGround+1).Check() == nil || PlainGround.Check() != nil {
		t.Error("there are five backgrounds")
	}
}
