package painting

import (
	"context"
	"math"
	"testing"

	"easel/engine/plan"
	"easel/engine/raster"
)

func TestBackgroundsAreWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	ctx := context.Background()
	p := planned(t, scene(300, 240), 72_000)
	p.MatteConfidence = .95
	bare := p.Kept(ctx, plan.NoGround, 2)
	defer bare.Free()
	for b, allowed := range map[plan.Background]float32{plan.NoGround: .03, plan.PlainGround: .06} {
		c, pages := compose(ctx, p, Options{Seed: 2, Background: b}, func(string, float64) {})
		prime := primed(p, b)
		var off, n float32
		for i, v := range bare.P {
			if v < .01 {
				for j, plane := range c.colour {
					off += abs(plane.P[i]-prime[j]) / 3
				}
				n++
			}
		}
		if off/n > allowed {
			t.Errorf("background %d: what is behind differs from the canvas by %.3f, at most %v", b, off/n, allowed)
		}
		strokes, outside := 0, 0
		for _, pg := range pages {
			for i := range pg.sheets {
				sh := &pg.sheets[i]
				for j := range sh.marks {
					strokes++
					for _, q := range sh.path(&sh.marks[j]) {
						if q.X >= 0 && q.Y >= 0 && int(q.X+.5) < p.W && int(q.Y+.5) < p.H && bare.At(int(q.X+.5), int(q.Y+.5)) < covered-.1 {
							outside++
							break
						}
					}
				}
			}
		}
		if strokes < 100 || b == plan.NoGround && outside > strokes/50 || b == plan.PlainGround && outside < 30 {
			t.Errorf("background %d: %d of %d strokes lie behind the subject", b, outside, strokes)
		}
		c.free()
	}
}

func TestSoftBackgroundIsQuieter(t *testing.T) {
	t.Parallel()
	p := planned(t, scene(240, 200), 48_000)
	own, soft := scheme(context.Background(), p), scheme(context.Background(), p)
	if kept := backdrop(context.Background(), p, soft, plan.SoftGround, 1); kept != nil {
		t.Error("a soft background leaves places without paint")
	}
	prime := primed(p, plan.SoftGround)
	away := func(c raster.RGB, i int) (d float64) {
		for j := range c {
			d += math.Abs(float64(c[j].P[i] - prime[j]))
		}
		return d
	}
	if middle := p.H/2*p.W + p.W/2; away(soft, middle) < .8*away(own, middle) {
		t.Error("the subject fades")
	}
	if away(soft, 0) > .7*away(own, 0) {
		t.Error("the corner is as loud as it was")
	}
}

// TestStrengthThickensThePaint: a stronger hand takes broader brushes and lays the paint thicker.
func TestStrengthThickensThePaint(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	p := planned(t, scene(240, 200), 48_000)
	last := math.MaxInt
	lastFine := float32(0)
	for _, strength := range []float32{plan.LeastStrength, 0, plan.MostStrength} {
		c, pages := compose(context.Background(), p, Options{Seed: 2, Strength: strength}, func(string, float64) {})
		strokes := 0
		for _, pg := range pages {
			strokes += pg.strokes()
		}
		if strokes > last {
			t.Errorf("strength %v takes %d strokes, a weaker hand %d", strength, strokes, last)
		}
		img := c.light(context.Background(), p.Importance, p.K, plan.Strength(strength), 2)
		luma := raster.Luma(context.Background(), raster.FromNRGBA(context.Background(), img))
		smooth := raster.Gaussian(context.Background(), luma, 1.5)
		var fine float32
		for i, v := range luma.P {
			fine += abs(v-smooth.P[i]) / float32(len(luma.P))
		}
		if fine <= lastFine {
			t.Errorf("strength %v gives a relief of %.5f after %.5f", strength, fine, lastFine)
		}
		last, lastFine = strokes, fine
		c.free()
	}
}
