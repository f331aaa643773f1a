package cutout

import (
	"context"
	"image"
	"math"

	"easel/engine/matting"
	"easel/engine/raster"
)

// solveSide is the long side at which the subject's own colours are estimated: they change slowly.
const solveSide = 1400

// colours are the subject's own: the photo's where the matte is whole, and estimated where it is partial.
func colours(ctx context.Context, c raster.RGB, alpha *raster.Plane) raster.RGB {
	scale := min(1, solveSide/float64(max(alpha.W, alpha.H)))
	w, h := max(1, int(float64(alpha.W)*scale)), max(1, int(float64(alpha.H)*scale))
	small, part := raster.ResizeRGB(ctx, c, w, h), raster.Resize(ctx, alpha, w, h)
	front := matting.Foreground(ctx, small, part)
	small.Free()
	part.Free()
	out := raster.NewRGB(alpha.W, alpha.H)
	fx, fy := float32(w)/float32(alpha.W), float32(h)/float32(alpha.H)
	raster.Rows(ctx, alpha.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range alpha.W {
				i := y*alpha.W + x
				own := raster.Smoothstep(0.9, 1, alpha.P[i])
				for k := range out {
					out[k].P[i] = c[k].P[i]
					if own < 1 && alpha.P[i] > 0 {
						f := front[k].Sample((float32(x)+0.5)*fx-0.5, (float32(y)+0.5)*fy-0.5)
						out[k].P[i] = f + own*(c[k].P[i]-f)
					}
				}
			}
		}
	})
	front.Free()
	return out
}

// Parameters of the shadow: how flat it lies, how soft and how dark it is, all in parts of the subject's size.
const (
	shadowFlat = 0.12
	shadowSoft = 1.0 / 60
	shadowDark = 0.35
)

// shade is the soft shadow on the ground below a subject: its matte, lying flat about its lowest edge.
func shade(ctx context.Context, alpha *raster.Plane) *raster.Plane {
	w, h := alpha.W, alpha.H
	top, bottom := h, -1
	for y := range h {
		for _, a := range alpha.Row(y) {
			if a > 0.5 {
				top, bottom = min(top, y), y
				break
			}
		}
	}
	flat := raster.New(w, h)
	if bottom < 0 {
		return flat
	}
	tall := float64(bottom - top + 1)
	for y := max(0, bottom-int(tall*shadowFlat)); y <= min(h-1, bottom+int(tall*shadowFlat/3)); y++ {
		from := float64(bottom) - (float64(bottom)-float64(y)+tall*shadowFlat/3)/(shadowFlat*4/3)
		row := flat.Row(y)
		for x := range row {
			row[x] = alpha.Sample(float32(x), float32(from))
		}
	}
	soft := raster.Gaussian(ctx, flat, float32(max(2, tall*shadowSoft)))
	flat.Free()
	for i := range soft.P {
		soft.P[i] *= shadowDark
	}
	return soft
}

// lift is the subject on nothing, with its shadow as a thin black.
func lift(ctx context.Context, own raster.RGB, alpha, shadow *raster.Plane) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, alpha.W, alpha.H))
	raster.Rows(ctx, alpha.H, func(y0, y1 int) {
		for i := y0 * alpha.W; i < y1*alpha.W; i++ {
			a, light := raster.Clamp(alpha.P[i], 0, 1), float32(1)
			if shadow != nil {
				s := shadow.P[i] * (1 - a)
				if a+s > 0 {
					light = a / (a + s)
				}
				a += s
			}
			for k := range own {
				out.Pix[4*i+k] = eight(own[k].P[i] * light)
			}
			out.Pix[4*i+3] = eight(a)
			if out.Pix[4*i+3] == 0 {
				copy(out.Pix[4*i:4*i+3], []uint8{0, 0, 0}) // nothing of the old ground is left to be dug out
			}
		}
	})
	return out
}

func eight(v float32) uint8 { return uint8(raster.Clamp(v, 0, 1)*255 + 0.5) }

// before mixes subject and ground in linear light, as a lens does.
func before(ctx context.Context, own raster.RGB, alpha *raster.Plane, behind raster.RGB, shadow *raster.Plane) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, alpha.W, alpha.H))
	raster.Rows(ctx, alpha.H, func(y0, y1 int) {
		for i := y0 * alpha.W; i < y1*alpha.W; i++ {
			a, dim := raster.Clamp(alpha.P[i], 0, 1), float32(1)
			if shadow != nil {
				dim = 1 - shadow.P[i]
			}
			for k := range own {
				v := own[k].P[i]
				if a < 1 {
					v = raster.ToGamma(a*raster.ToLinear(raster.Clamp(v, 0, 1)) + (1-a)*dim*raster.ToLinear(raster.Clamp(behind[k].P[i], 0, 1)))
				}
				out.Pix[4*i+k] = eight(v)
			}
			out.Pix[4*i+3] = 255
		}
	})
	return out
}

// paint is the ground as large as the photo.
func (g Ground) paint(ctx context.Context, c raster.RGB, alpha *raster.Plane) raster.RGB {
	switch g.Kind {
	case Blurred:
		return blurred(ctx, c, alpha)
	case Picture:
		return fitted(ctx, g.Picture, alpha.W, alpha.H)
	}
	out := raster.NewRGB(alpha.W, alpha.H)
	for k := range out {
		out[k].Fill(float32(g.Colour[k]) / 255)
	}
	return out
}

// blurSide is the long side at which the ground is blurred; more would not be seen.
const blurSide = 900

// blurred is the photo's ground out of focus, without the subject: each point is the mean of the ground about it only.
func blurred(ctx context.Context, c raster.RGB, alpha *raster.Plane) raster.RGB {
	scale := min(1, blurSide/float64(max(alpha.W, alpha.H)))
	w, h := max(1, int(float64(alpha.W)*scale)), max(1, int(float64(alpha.H)*scale))
	small, part := raster.ResizeRGB(ctx, c, w, h), raster.Resize(ctx, alpha, w, h)
	defer small.Free()
	defer part.Free()
	sigma := float32(max(w, h)) / 45
	for i, a := range part.P {
		part.P[i] = max(0, 1-1.15*a)
		for k := range small {
			small[k].P[i] = raster.ToLinear(raster.Clamp(small[k].P[i], 0, 1)) * part.P[i]
		}
	}
	// Far inside the subject there is no ground near: coarser and coarser means stand in.
	out := raster.NewRGB(w, h)
	weight := raster.New(w, h)
	defer weight.Free()
	for s := sigma; s <= float32(max(w, h)); s *= 3 {
		add(ctx, out, weight, small, part, s)
	}
	for i, n := range weight.P {
		for k := range out {
			out[k].P[i] = raster.ToGamma(raster.Clamp(out[k].P[i]/max(n, 1e-6), 0, 1))
		}
	}
	large := raster.NewRGB(alpha.W, alpha.H)
	for k := range out {
		large[k].Free()
		large[k] = raster.Enlarge(ctx, out[k], alpha.W, alpha.H)
	}
	out.Free()
	return large
}

// add mixes in the means of one blur where finer ones know little.
func add(ctx context.Context, out raster.RGB, weight *raster.Plane, small raster.RGB, part *raster.Plane, sigma float32) {
	n := raster.Gaussian(ctx, part, sigma)
	defer n.Free()
	for k := range small {
		v := raster.Gaussian(ctx, small[k], sigma)
		for i := range v.P {
			room := max(0, 1-weight.P[i])
			out[k].P[i] += room * v.P[i]
		}
		v.Free()
	}
	for i := range n.P {
		weight.P[i] += max(0, 1-weight.P[i]) * n.P[i]
	}
}

// fitted is a picture cropped about its middle and brought to a size.
func fitted(ctx context.Context, p *image.NRGBA, w, h int) raster.RGB {
	c := raster.FromNRGBA(ctx, p)
	defer c.Free()
	scale := math.Max(float64(w)/float64(c.W()), float64(h)/float64(c.H()))
	wide, high := max(w, int(math.Round(float64(c.W())*scale))), max(h, int(math.Round(float64(c.H())*scale)))
	whole := raster.ResizeRGB(ctx, c, wide, high)
	defer whole.Free()
	out := raster.NewRGB(w, h)
	for k := range out {
		for y := range h {
			copy(out[k].Row(y), whole[k].Row(y + (high-h)/2)[(wide-w)/2:])
		}
	}
	return out
}
