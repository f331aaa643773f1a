package ingest

import (
	"context"
	"image"

	"easel/engine/raster"
)

// upright returns the picture turned as EXIF orientation 1…8 says; any other value means 1, because that is what
// cameras that write it mean. The source's memory may be reused.
func upright(ctx context.Context, src *image.NRGBA, orientation int) *image.NRGBA {
	if orientation < 2 || orientation > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dw, dh := w, h
	if orientation >= 5 {
		dw, dh = h, w
	}
	// Source offset of destination (x, y) is base + x·dx + y·dy.
	right, down := 4, src.Stride
	last, bottom := (w-1)*4, (h-1)*src.Stride
	var base, dx, dy int
	switch orientation {
	case 2:
		base, dx, dy = last, -right, down
	case 3:
		base, dx, dy = last+bottom, -right, -down
	case 4:
		base, dx, dy = bottom, right, -down
	case 5:
		base, dx, dy = 0, down, right
	case 6:
		base, dx, dy = bottom, -down, right
	case 7:
		base, dx, dy = last+bottom, -down, -right
	case 8:
		base, dx, dy = last, down, -right
	}
	dst := image.NewNRGBA(image.Rect(0, 0, dw, dh))
	raster.Rows(ctx, dh, func(y0, y1 int) {
		// Columns outside: for a quarter turn a band then reads neighbours in each source row.
		for x := range dw {
			s := base + x*dx + y0*dy
			d := y0*dst.Stride + x*4
			for range y1 - y0 {
				copy(dst.Pix[d:d+4:d+4], src.Pix[s:s+4:s+4])
				s += dy
				d += dst.Stride
			}
		}
	})
	return dst
}
