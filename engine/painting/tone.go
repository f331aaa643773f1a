package painting

import (
	"context"
	"image"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// inner is the part of a face that is mostly skin.
func inner(p *plan.Plan, f *face.Face) image.Rectangle {
	s := f.Size
	return image.Rect(int(f.X-.28*s), int(f.Y-.25*s), int(f.X+.28*s)+1, int(f.Y+.35*s)+1).Intersect(image.Rect(0, 0, p.W, p.H))
}

// onHead calls do for the pixels around a face: w is 1 on it and fades out between from and to times its radii.
func onHead(ctx context.Context, p *plan.Plan, f *face.Face, from, to float32, do func(i int, w float32)) {
	reach := .76 * to * f.Size
	x0, x1 := max(0, int(f.X-reach)), min(p.W, int(f.X+reach)+1)
	y0, y1 := max(0, int(f.Y-reach)), min(p.H, int(f.Y+reach)+1)
	raster.Rows(ctx, max(0, y1-y0), func(a, b int) {
		for y := y0 + a; y < y0+b; y++ {
			for x := x0; x < x1; x++ {
				dx, dy := (float32(x)-f.X)/(.56*f.Size), (float32(y)-f.Y-.04*f.Size)/(.74*f.Size)
				if w := 1 - raster.Smoothstep(from, to, sqrt(dx*dx+dy*dy)); w > 0 {
					do(y*p.W+x, w)
				}
			}
		}
	})
}

// modelled gives the lights of a face back what an even tone of its skin has taken, where that has: they are what makes
// it round.
func modelled(ctx context.Context, p *plan.Plan, tone *raster.Plane) {
	const lights, most = .45, .93
	const lifted, kept = 1.6, 1.1 // times its own tone that a face is given, from which its lights have enough, and to which not
	for n := range p.Faces {
		f := &p.Faces[n]
		box := inner(p, f)
		if box.Empty() {
			continue
		}
		part := tone.Crop(box)
		skin := part.Percentile(.55, nil)
		part.Free()
		share := lights * raster.Smoothstep(lifted, kept, skin/max(p.Skin(*f), .05))
		onHead(ctx, p, f, .8, 1.15, func(i int, w float32) {
			if v := tone.P[i]; v > skin && v < most {
				tone.P[i] += share * w * (v - skin) * (most - v) / (most - skin)
			}
		})
	}
}

// parted lightens the ground a little where a dark subject stands before the dark, and shows the folds in it: painters
// set dark against light there, or nobody sees where somebody ends.
func parted(ctx context.Context, p *plan.Plan, tone *raster.Plane) {
	const step, wide = 4, 36       // the latter in k pixels: how far the ground is lightened
	const alike, unlike = .05, .16 // differences of tone between both sides
	const deep, mid = .10, .28     // tones that are dark, and that are not
	const lighter, opened, folds = .10, .03, .8
	sure := certainty(p)
	own, l := raster.Shrink(ctx, p.Matte, step), raster.Shrink(ctx, tone, step)
	inside := l.Clone()
	for i, m := range own.P {
		inside.P[i] *= m
	}
	sigma := max(1, wide*p.K/step)
	gm, gl, gi := raster.Gaussian(ctx, own, sigma), raster.Gaussian(ctx, l, sigma), raster.Gaussian(ctx, inside, sigma)
	for i, m := range gm.P {
		in, out := gi.P[i]/max(m, .01), (gl.P[i]-gi.P[i])/max(1-m, .01)
		v := sure * raster.Smoothstep(unlike, alike, abs(in-out)) * raster.Smoothstep(mid, deep, max(in, out))
		gl.P[i] = lighter * v * raster.Smoothstep(.02, .35, m) * (1 - own.P[i])
		gi.P[i] = v * raster.Smoothstep(.02, .35, 1-m) * own.P[i]
	}
	around := raster.Enlarge(ctx, gl, p.W, p.H)
	base := raster.Guided(ctx, tone, tone, max(1, max(p.W, p.H)/60), .01)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			w := sure * p.Matte.P[i] * raster.Smoothstep(mid, deep, base.P[i])
			tone.P[i] += around.P[i] + w*(opened+folds*(tone.P[i]-base.P[i]))
		}
	})
	raster.Free(own, l, inside, gm, gl, gi, around, base)
}
