package face

import (
	"context"
	"image"
	"math"
	"testing"

	"easel/engine/raster"
)

// exposed changes the exposure of a picture by stops in linear light.
func exposed(c raster.RGB, stops float64) raster.RGB {
	out := c.Clone()
	k := float32(math.Exp2(stops))
	for _, p := range out {
		for i, v := range p.P {
			p.P[i] = raster.ToGamma(k * raster.ToLinear(v))
		}
	}
	return out
}

func blurred(ctx context.Context, c raster.RGB, sigma float32) raster.RGB {
	return raster.RGB{raster.Gaussian(ctx, c[0], sigma), raster.Gaussian(ctx, c[1], sigma), raster.Gaussian(ctx, c[2], sigma)}
}

func TestJudgePhotos(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	big := image.Pt(2000, 2000)
	for name, portrait := range map[string]bool{
		"people/astronaut.png": true, "people/obama.jpg": true, "people/passport-man.jpg": true,
		"people/beard-dark.jpg": true, "people/longhair-forest.jpg": true, "people/group-elders.jpg": false,
		"people/hikers-teide.jpg": false, "pets/samoyed.jpg": false,
	} {
		t.Run(name, func(t *testing.T) {
			c := photo(t, name, 560)
			faces := Find(ctx, raster.Luma(ctx, c))
			unit := float32(max(c.W(), c.H())) / judgeSide
			if len(faces) > 0 {
				unit = faces[0].Size / judgeFace
			}
			for _, v := range []struct {
				say     string
				c       raster.RGB
				blurred bool
				light   Kind // that must be said; without it neither Dark nor Bright may be
				all     bool // also for photos that are no portraits
			}{
				{"as it is", c, false, "", true},
				{"blurred a little", blurred(ctx, c, unit), false, "", true},
				{"blurred", blurred(ctx, c, 4*unit), true, "", false},
				{"1.5 stops darker", exposed(c, -1.5), false, "", false},
				{"4 stops darker", exposed(c, -4), false, Dark, true},
				{"3 stops lighter", exposed(c, 3), false, Bright, false},
			} {
				if !portrait && !v.all {
					continue
				}
				q := Judge(ctx, v.c, faces, big)
				if q.Has(Blurred) != v.blurred {
					t.Errorf("%s: blurred is %v at %.2f", v.say, q.Has(Blurred), q.Blur)
				}
				for _, kind := range []Kind{Dark, Bright} {
					if q.Has(kind) != (kind == v.light) {
						t.Errorf("%s: %s is %v at light %.2f, burnt %.2f", v.say, kind, q.Has(kind), q.Light, q.Burnt)
					}
				}
			}
		})
	}
}

func TestBlurIsMeasured(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	step := raster.New(80, 80)
	for i := range step.P {
		if i%80 > 40 {
			step.P[i] = 0.8
		}
	}
	for _, want := range []float64{1.5, 2, 3, 5} {
		got := float64(blur(ctx, raster.Gaussian(ctx, step, float32(want)), 1))
		if got = math.Hypot(got, lensBlur); math.Abs(got/want-1) > 0.2 {
			t.Errorf("a blur of %v was measured as %.2f", want, got)
		}
	}
	if got := blur(ctx, raster.New(40, 40), 1); got != 0 {
		t.Errorf("nothing to judge by gave %v", got)
	}
}

func TestJudgeSizes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := raster.NewRGB(100, 80)
	for i := range c[1].P {
		c[1].P[i] = float32(i%100) / 100
	}
	for _, v := range []struct {
		original image.Point
		faces    []Face
		want     []Kind
		not      []Kind
	}{
		{image.Pt(200, 4000), nil, []Kind{Tiny, NoFace}, []Kind{Small, SmallFace}},
		{image.Pt(700, 511), nil, []Kind{Small, NoFace}, []Kind{Tiny}},
		{image.Pt(1000, 800), []Face{{X: 50, Y: 40, Size: 7}}, []Kind{SmallFace}, []Kind{NoFace, Small}},
		{image.Pt(1000, 800), []Face{{X: 50, Y: 40, Size: 30}}, nil, []Kind{SmallFace, NoFace, Small}},
		{image.Pt(1000, 800), []Face{{X: 500, Y: 400, Size: 30}}, nil, []Kind{SmallFace}}, // outside: no panic
	} {
		q := Judge(ctx, c, v.faces, v.original)
		for _, kind := range v.want {
			if !q.Has(kind) {
				t.Errorf("%v: %s was not said", v.original, kind)
			}
		}
		for _, kind := range v.not {
			if q.Has(kind) {
				t.Errorf("%v: %s was said", v.original, kind)
			}
		}
		for _, issue := range q.Issues {
			if len(issue.Say) < 40 || issue.Say[len(issue.Say)-1] != '.' {
				t.Errorf("%s says %q", issue.Kind, issue.Say)
			}
		}
	}
}
