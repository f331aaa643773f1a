package plan

import (
	"context"
	"fmt"
	"math"

	"easel/engine/raster"
)

// Background is what a drawing makes of all that is behind its subject.
type Background uint8

// The backgrounds. The zero value leaves it to the style. SoftGround is the one that does not hang on the subject's
// outline: it is what to choose when that was found wrongly.
const (
	OwnGround   Background = iota // as the style likes it best
	NoGround                      // nothing: bare paper or canvas
	SoftGround                    // everything stays, quieter and quieter towards the edges of the sheet
	EdgedGround                   // the surroundings of the subject, ended by a painted, irregular edge
	PlainGround                   // one colour that goes with the photo's
)

// Check says whether the background exists.
func (b Background) Check() error {
	if b > PlainGround {
		return fmt.Errorf("background %d does not exist; choose 0 (the style's own) to %d (plain)", b, PlainGround)
	}
	return nil
}

// Strengths within which a drawing's force can be chosen, as a multiple of the style's own.
const (
	LeastStrength = 0.5
	MostStrength  = 1.5
)

// CheckStrength says whether a strength can be drawn; 0 is the style's own.
func CheckStrength(v float32) error {
	if v == 0 || v >= LeastStrength && v <= MostStrength {
		return nil
	}
	return fmt.Errorf("strength %v is neither 0 nor within %v to %v", v, LeastStrength, MostStrength)
}

// Strength is v, or 1 where nothing was chosen.
func Strength(v float32) float32 {
	if v == 0 {
		return 1
	}
	return v
}

// Kept is how much of each place a background leaves to be drawn, 0…1: all of the subject, and around it what the
// background asks for. A doubtful outline is taken generously, because a limb that is missing is worse than a piece of
// wall. It is meant for backgrounds other than the style's own. The caller owns the plane.
func (p *Plan) Kept(ctx context.Context, b Background, seed uint64) *raster.Plane {
	if b == OwnGround || b == SoftGround {
		return p.quiet(ctx)
	}
	doubt := 1 - raster.Smoothstep(0.4, 0.75, p.MatteConfidence)
	out := raster.Gaussian(ctx, p.Matte, (1.2+6*doubt)*p.K)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			out.P[i] = max(raster.Smoothstep(0.08, 0.55-0.3*doubt, out.P[i]), doubt*raster.Smoothstep(0.3, 0.7, p.Importance.P[i]))
		}
	})
	if b != EdgedGround {
		return out
	}
	near := raster.Gaussian(ctx, p.Matte, 110*p.K)
	reach := raster.FBM(ctx, p.W, p.H, max(2, 190*p.K), 3, seed+41)
	fray := raster.FBM(ctx, p.W, p.H, max(2, 40*p.K), 2, seed+42)
	defer raster.Free(near, reach, fray)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			v := 2*near.P[i] + 0.9*(reach.P[i]-0.5) + 0.25*(fray.P[i]-0.5)
			out.P[i] = max(out.P[i], raster.Smoothstep(0.40, 0.48, v))
		}
	})
	return out
}

// quiet falls from the place around which everything is drawn towards the corners, and away from the subject. It knows
// of no outline: what lies beside the subject is drawn as the subject is.
func (p *Plan) quiet(ctx context.Context) *raster.Plane {
	const away = 0.55 // force of what is far from the subject
	cx, cy := p.Middle()
	near := raster.Gaussian(ctx, p.Matte, 90*p.K)
	defer near.Free()
	out := raster.New(p.W, p.H)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row, imp := out.Row(y), p.Importance.Row(y)
			for x := range row {
				dx := (float32(x) - cx) / (0.62 * float32(p.W))
				dy := (float32(y) - cy) / (0.62 * float32(p.H))
				d := float32(math.Sqrt(float64(dx*dx + dy*dy)))
				v := raster.Smoothstep(1.25, 0.55, d) * (away + (1-away)*raster.Smoothstep(0, 0.4, near.P[y*p.W+x]))
				row[x] = max(v, raster.Smoothstep(0.25, 0.6, imp[x]))
			}
		}
	})
	return out
}

// Middle is the place around which a drawing is centred, in pixels: what matters most, and the subject.
func (p *Plan) Middle() (x, y float32) {
	var sx, sy, sum float64
	for j := 0; j < p.H; j += 4 {
		for i := 0; i < p.W; i += 4 {
			w := float64(p.Importance.P[j*p.W+i]) + 0.15*float64(p.Matte.P[j*p.W+i]) + 0.05
			sx, sy, sum = sx+w*float64(i), sy+w*float64(j), sum+w
		}
	}
	return float32(sx / sum), float32(sy / sum)
}

// Plain is the colour of a plain background: light, and of a hue that sets off the subject's, taken from the photo's
// palette where that has one.
func (p *Plan) Plain() raster.Lab {
	const light, least, most = 0.85, 0.025, 0.06
	var a, b, n float64
	for i, m := range p.Matte.P {
		if m > 0.5 && i%11 == 0 {
			c := raster.ToLab(p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i])
			a, b, n = a+float64(c.A), b+float64(c.B), n+1
		}
	}
	subject := raster.Lab{L: light}
	if n > 0 {
		subject.A, subject.B = float32(a/n), float32(b/n)
	}
	// The opposite of the subject, and as much vividness as a wall may have.
	best, chroma := raster.Lab{L: light, A: -subject.A, B: -subject.B}, max(vividness(subject), 1e-4)
	against := float32(-0.2) // cosine between the hues from which a colour of the photo sets the subject off
	for _, c := range p.Palette {
		v := vividness(c)
		if v < least {
			continue
		}
		if cos := (c.A*subject.A + c.B*subject.B) / (v * chroma); cos < against {
			best, against = c, cos
		}
	}
	k := raster.Clamp(0.6*vividness(best), least, most) / max(vividness(best), 1e-4)
	return inGamut(raster.Lab{L: light, A: best.A * k, B: best.B * k})
}
