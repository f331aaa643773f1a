package inpaint

import (
	"context"

	"easel/engine/patch"
	"easel/engine/raster"
)

// What is odd.
const (
	oddFrom   = 2.5 // how many times less like anything else than what is calm about it, from where
	oddTo     = 7.0 // to where,
	aloneFrom = 0.1 // and how much less in parts of its own variance: what goes on along an edge is like itself
	aloneTo   = 0.3
	oddLeast  = 0.0006 // a mean squared difference that is none
)

// oddness is how much each pixel belongs to something that the photo has only once, 0…1: a switch on a wall, a bottle on a road. A
// copy of such a thing gives a filling away, however well it fits. Grass is nowhere like itself either, so what is about a pixel
// is the measure. like says how unlike each patch is to the most like it elsewhere.
func oddness(ctx context.Context, img *patch.Pixels, like *patch.Field) *raster.Plane {
	unlike, known := raster.New(like.W, like.H), raster.New(like.W, like.H)
	defer raster.Free(unlike, known)
	for i, from := range like.Source {
		if from >= 0 {
			known.P[i], unlike.P[i] = 1, like.Distance[i]/(3*patch.Side*patch.Side)
		}
	}
	calm := calmer(ctx, unlike, known)
	defer calm.Free()
	odd := raster.New(like.W, like.H)
	defer odd.Free()
	raster.Rows(ctx, like.H, func(y0, y1 int) {
		for i := y0 * like.W; i < y1*like.W; i++ {
			if known.P[i] > 0 {
				odd.P[i] = raster.Smoothstep(oddFrom, oddTo, unlike.P[i]/(calm.P[i]+oddLeast)) *
					raster.Smoothstep(aloneFrom, aloneTo, unlike.P[i]/(img.Variance(int32(i))+oddLeast))
			}
		}
	})
	return raster.Box(ctx, odd, 2)
}

// calmer is the mean of what is known about each pixel without what is above the mean: what a wall is like, and not what hangs on it.
func calmer(ctx context.Context, unlike, known *raster.Plane) *raster.Plane {
	wide := max(10, min(unlike.W, unlike.H)/5)
	mean := func(of, where *raster.Plane) *raster.Plane {
		share, sum := raster.Box(ctx, where, wide), raster.Box(ctx, of, wide)
		defer share.Free()
		for i, n := range share.P {
			sum.P[i] /= max(n, 1e-4)
		}
		return sum
	}
	all := mean(unlike, known)
	defer all.Free()
	low, where := raster.New(unlike.W, unlike.H), raster.New(unlike.W, unlike.H)
	defer raster.Free(low, where)
	for i, v := range unlike.P {
		if known.P[i] > 0 && v <= all.P[i] {
			low.P[i], where.P[i] = v, 1
		}
	}
	return mean(low, where)
}

// notice brings oddness to the mosaic's size.
func (m *mosaic) notice(odd *raster.Plane) {
	if odd == nil {
		return
	}
	w, h := m.scene.W(), m.scene.H()
	fx, fy := float32(odd.W)/float32(w), float32(odd.H)/float32(h)
	m.odd = make([]float32, w*h)
	for i := range m.odd {
		m.odd[i] = odd.Sample((float32(i%w)+0.5)*fx-0.5, (float32(i/w)+0.5)*fy-0.5)
	}
}
