//go:build !noheic

package ingest

import (
	"bytes"
	"context"
	"fmt"
	"image"

	"github.com/gen2brain/heic"
)

// decodeHEIC opens a HEVC picture. The library crops and turns it as the file says.
func decodeHEIC(ctx context.Context, data []byte, h *heifHeader, lim Limits) (*Picture, error) {
	// The library wants the codec's own brand first; some writers put the container's there.
	if string(data[8:12]) != "heic" {
		data = append([]byte(nil), data...)
		copy(data[8:], "heic")
	}
	img, err := heic.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, broken(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	size := img.Bounds().Size()
	if size.X*size.Y > h.w*h.h {
		return nil, broken(fmt.Errorf("decoded to %v, declared %d×%d", size, h.w, h.h))
	}
	if err := lim.check(size.X, size.Y); err != nil {
		return nil, err
	}
	if y, ok := img.(*image.YCbCr); ok && len(y.Y) == 0 {
		return nil, broken(fmt.Errorf("no samples"))
	}
	out, note := toSRGB(ctx, img, h.tag(), h.cicp.matrixTables())
	return finish(ctx, out, 1, "heic", noted(note))
}

// matrixTables picks the conversion from luma and chroma; phones that say nothing mean Rec. 601 in full range.
func (c *cicp) matrixTables() *yuv {
	if c == nil {
		return jfif()
	}
	switch c.matrix {
	case 1:
		return newYUV(0.2126, 0.0722, c.full)
	case 9, 10:
		return newYUV(0.2627, 0.0593, c.full)
	}
	return newYUV(0.299, 0.114, c.full)
}
