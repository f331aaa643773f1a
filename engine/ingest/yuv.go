package ingest

import (
	"context"
	"image"

	"easel/engine/raster"
)

// yuv holds the tables that take 8-bit Y'CbCr to RGB, in 16-bit fixed point.
type yuv struct {
	y, rv, gu, gv, bu [256]int32
}

// newYUV builds the tables for a matrix, given by its red and blue weights, in full or studio range.
func newYUV(kr, kb float64, full bool) *yuv {
	t := new(yuv)
	kg := 1 - kr - kb
	yScale, cScale, black := 1.0, 1.0, 0.0
	if !full {
		yScale, cScale, black = 255.0/219, 255.0/224, 16
	}
	fix := func(v float64) int32 {
		if v < 0 {
			return int32(v*65536 - 0.5)
		}
		return int32(v*65536 + 0.5)
	}
	for i := range 256 {
		c := (float64(i) - 128) * cScale
		t.y[i] = fix((float64(i)-black)*yScale) + 1<<15
		t.rv[i] = fix(2 * (1 - kr) * c)
		t.bu[i] = fix(2 * (1 - kb) * c)
		t.gu[i] = fix(-2 * (1 - kb) * kb / kg * c)
		t.gv[i] = fix(-2 * (1 - kr) * kr / kg * c)
	}
	return t
}

// jfif is what JPEG means: Rec. 601 in full range.
func jfif() *yuv { return newYUV(0.299, 0.114, true) }

// studio601 is what lossy WebP means: Rec. 601 in studio range.
func studio601() *yuv { return newYUV(0.299, 0.114, false) }

func clamp8(v int32) uint8 { return uint8(min(max(v>>16, 0), 255)) }

// nrgba converts a picture, with alpha from its own plane when there is one. Chroma samples are interpolated where
// they are halved, as photo decoders do, so that red edges show no steps.
func (t *yuv) nrgba(ctx context.Context, src *image.YCbCr, alpha []uint8, alphaStride int) *image.NRGBA {
	b := src.Rect
	w, h := b.Dx(), b.Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	type rows struct{ mixed, cb, cr []uint8 }
	scratch := func() rows { return rows{make([]uint8, w), make([]uint8, w+4), make([]uint8, w+4)} }
	raster.RowsWith(ctx, h, scratch, func(s rows, y0, y1 int) {
		for y := y0; y < y1; y++ {
			yo := src.YOffset(b.Min.X, b.Min.Y+y)
			cb := chromaRow(src, src.Cb, y, s.mixed, s.cb)
			cr := chromaRow(src, src.Cr, y, s.mixed, s.cr)
			row := dst.Pix[y*dst.Stride : y*dst.Stride+4*w]
			for x, l := range src.Y[yo : yo+w] {
				yy, u, v := t.y[l], cb[x], cr[x]
				p := row[4*x : 4*x+4 : 4*x+4]
				p[0] = clamp8(yy + t.rv[v])
				p[1] = clamp8(yy + t.gu[u] + t.gv[v])
				p[2] = clamp8(yy + t.bu[u])
				p[3] = 255
			}
			if alpha != nil {
				for x, a := range alpha[y*alphaStride : y*alphaStride+w] {
					if row[4*x+3] = a; a == 0 {
						clear(row[4*x : 4*x+4])
					}
				}
			}
		}
	})
	return dst
}

// chromaRow returns row y of a chroma plane at full width. Where the plane has half the rows or columns, a sample is
// three parts the nearest and one part the next one (the triangle filter); four columns in one are repeated.
func chromaRow(src *image.YCbCr, plane []uint8, y int, mixed, wide []uint8) []uint8 {
	b := src.Rect
	w, h := b.Dx(), b.Dy()
	across, down := 0, false
	switch src.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		across = 1
	case image.YCbCrSubsampleRatio420:
		across, down = 1, true
	case image.YCbCrSubsampleRatio440:
		down = true
	case image.YCbCrSubsampleRatio411:
		across = 2
	case image.YCbCrSubsampleRatio410:
		across, down = 2, true
	}
	n := (w + 1<<across - 1) >> across
	at := func(y int) []uint8 {
		i := src.COffset(b.Min.X, b.Min.Y+min(max(y, 0), h-1))
		return plane[i : i+n]
	}
	row := at(y)
	if down {
		next, round := at(y-1), uint(1) // rounded up and down in turn, so that colour does not drift
		if y&1 == 1 {
			next, round = at(y+1), 2
		}
		mixed = mixed[:n]
		for i, v := range row {
			mixed[i] = uint8((3*uint(v) + uint(next[i]) + round) >> 2)
		}
		row = mixed
	}
	switch across {
	case 0:
		if down {
			row = wide[:copy(wide, row)]
		}
		return row
	case 1:
		last := n - 1
		for i, v := range row {
			wide[2*i] = uint8((3*uint(v) + uint(row[max(i-1, 0)]) + 1) >> 2)
			wide[2*i+1] = uint8((3*uint(v) + uint(row[min(i+1, last)]) + 2) >> 2)
		}
		return wide[:w]
	}
	for x := range w {
		wide[x] = row[x>>2]
	}
	return wide[:w]
}
