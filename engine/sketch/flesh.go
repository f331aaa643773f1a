package sketch

import (
	"context"

	"easel/engine/face"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// flesh models large faces with the side of the lead, by the range of tones of each: light strokes at the slant of the
// hand, which tell a forehead from its lights.
func (a *artist) flesh(ctx context.Context) {
	if len(a.Faces) == 0 {
		return
	}
	target := raster.New(a.W, a.H)
	defer target.Free()
	for n, f := range a.Faces {
		a.model(ctx, n, f, target)
	}
	tx, ty := stroke.Turn(1, 0, slant)
	a.sheet.Shade(ctx, target, stroke.Straight{TX: tx, TY: ty}, stroke.Pass{
		Length: 34 * a.K, Width: 1.8 * a.K, Dark: 0.36, Spacing: 5.5 * a.K, Threshold: 0.035, Jitter: 0.06, Stop: 0.3, Rounds: 2,
	}, a.seed, "flesh", nil)
}

// model says how dark a face is modelled. One that fills the sheet has strokes enough, and stays light.
func (a *artist) model(ctx context.Context, n int, f face.Face, target *raster.Plane) {
	const shade, own, leastRange = 0.08, 0.09, 0.25
	c, most := a.tones[n], (1-a.dabbed[n])*(1-0.8*raster.Smoothstep(360, 700, f.Size/a.K))
	if most == 0 {
		return
	}
	r := int(0.85 * f.Size)
	x0, x1 := max(int(f.X)-r, 0), min(int(f.X)+r, a.W)
	top, bottom := max(int(f.Y)-r, 0), min(int(f.Y)+r, a.H)
	raster.Rows(ctx, max(bottom-top, 0), func(y0, y1 int) {
		for y := top + y0; y < top+y1; y++ {
			for x := x0; x < x1; x++ {
				i := y*a.W + x
				share := most * a.skin.P[i] * a.subject.P[i]
				if share == 0 || a.nearest(float32(x), float32(y)) != n {
					continue
				}
				v := raster.Clamp((c.light-a.form.P[i])/max(c.light-c.deep, leastRange), 0, 1)
				lit := raster.Smoothstep(c.light+0.1, c.light-0.05, a.form.P[i])
				target.P[i] = a.sheet.Forced(share * (shade*v + own*lit) * (1 - eyed(f, float32(x), float32(y))))
			}
		}
	})
}

// eyed is 1 on the eyes of a face, whose whites stay white, and falls to 0 around them.
func eyed(f face.Face, x, y float32) float32 {
	if !f.HasEyes {
		return 0
	}
	lx, ly, rx, ry := x-f.LeftEye.X, y-f.LeftEye.Y, x-f.RightEye.X, y-f.RightEye.Y
	return raster.Smoothstep(0.12*0.12, 0.07*0.07, min(lx*lx+ly*ly, rx*rx+ry*ry)/(f.Size*f.Size))
}
