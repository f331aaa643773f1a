package painting

import (
	"context"
	"math"

	"easel/engine/raster"
)

// abstraction is how boldly a layer's reference is simplified: the picture is made smaller by this factor before the
// edge-preserving filter.
type abstraction int

const (
	asSeen  abstraction = 1
	halfWay abstraction = 2
	broadly abstraction = 4
)

const (
	calming  = 3   // k pixels: radius of the edge-preserving filter, in the smaller picture
	combing  = 3.5 // k pixels: how far colours are evened along the forms, in the smaller picture
	combEnds = 2   // deviations after which combing stops
)

// reference is the picture as the painter sees it through half-closed eyes: flat shapes with clear edges, and the
// broader the brush the fewer shapes (anisotropic Kuwahara filter of Kyprianidis 2009). Unlike a blur it leaves no
// mixed colours along edges for the big brushes to pick up. Combing then joins the pieces into which the filter breaks
// thin things.
func reference(ctx context.Context, colours raster.RGB, flow *raster.Flow, a abstraction, k float32) raster.RGB {
	if a == asSeen {
		flat := raster.Kuwahara(ctx, colours, flow, max(2, calming*k))
		defer flat.Free()
		return comb(ctx, flat, flow, .6*combing*k)
	}
	var small raster.RGB
	for i := range small {
		small[i] = raster.Shrink(ctx, colours[i], int(a))
	}
	f := raster.NewFlow(ctx, small, max(1, calming*k), 3)
	flat := raster.Kuwahara(ctx, small, f, max(2, calming*k))
	combed := comb(ctx, flat, f, combing*k)
	f.Free()
	small.Free()
	flat.Free()
	var out raster.RGB
	for i := range out {
		out[i] = raster.Enlarge(ctx, combed[i], colours.W(), colours.H())
	}
	combed.Free()
	return out
}

// comb averages colours along the flow with a Gaussian of deviation sigma pixels.
func comb(ctx context.Context, c raster.RGB, f *raster.Flow, sigma float32) raster.RGB {
	w, h := c.W(), c.H()
	out := raster.NewRGB(w, h)
	weights := make([]float32, int(combEnds*sigma)+1)
	for i := range weights {
		weights[i] = float32(math.Exp(-float64(i*i) / float64(2*sigma*sigma)))
	}
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				i := y*w + x
				sum := [3]float32{c[0].P[i], c[1].P[i], c[2].P[i]}
				total := float32(1)
				for _, sign := range [...]float32{1, -1} {
					total += combSide(&sum, c, f, weights, x, y, sign)
				}
				for j := range out {
					out[j].P[i] = sum[j] / total
				}
			}
		}
	})
	return out
}

// combSide adds the colours on one side of a pixel and returns their weight.
func combSide(sum *[3]float32, c raster.RGB, f *raster.Flow, weights []float32, x, y int, sign float32) (total float32) {
	w, h := c.W(), c.H()
	i := y*w + x
	px, py := float32(x), float32(y)
	vx, vy := sign*f.Tx.P[i], sign*f.Ty.P[i]
	for _, weight := range weights[1:] {
		px, py = px+vx, py+vy
		qx, qy := int(px+.5), int(py+.5)
		if px < 0 || py < 0 || qx >= w || qy >= h {
			break
		}
		i = qy*w + qx
		for j := range sum {
			sum[j] += weight * c[j].P[i]
		}
		total += weight
		tx, ty := f.Tx.P[i], f.Ty.P[i]
		dot := tx*vx + ty*vy
		if dot < 0 {
			tx, ty, dot = -tx, -ty, -dot
		}
		if dot < sharpest {
			break
		}
		vx, vy = tx, ty
	}
	return total
}
