package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"

	"github.com/gen2brain/avif"
)

// decodeHEIF opens HEIC and AVIF. Turning and cropping are properties of the picture in these files and EXIF's
// orientation is to be ignored, as the standard says.
func decodeHEIF(ctx context.Context, data []byte, lim Limits) (*Picture, error) {
	h, err := readHEIF(data)
	switch {
	case h != nil && h.film:
		return nil, refuse(OtherFormat, "This is a moving picture, which is not taken here. %s", sayAccept)
	case h != nil && h.cut:
		return nil, cutOff(err)
	case err != nil:
		return nil, broken(err)
	}
	if err := lim.check(h.w, h.h); err != nil {
		return nil, err
	}
	switch h.codec {
	case "av01":
		return decodeAVIF(ctx, data, h, lim)
	case "hvc1", "hev1":
		return decodeHEIC(ctx, data, h, lim)
	}
	return nil, refuse(Variant, "This file is a rare kind of HEIF picture that cannot be opened here. %s", sayAccept)
}

// tag is the picture's colours. A profile counts before code points.
func (h *heifHeader) tag() colourTag {
	if h.icc != nil {
		return colourTag{icc: h.icc}
	}
	return colourTag{cicp: h.cicp}
}

func decodeAVIF(ctx context.Context, data []byte, h *heifHeader, lim Limits) (*Picture, error) {
	img, err := avif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, broken(err)
	}
	if got := img.Bounds().Size(); got != image.Pt(h.w, h.h) {
		return nil, broken(fmt.Errorf("decoded to %v, declared %d×%d", got, h.w, h.h))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// When the pixels do not decode, the library still answers, with memory that it never filled.
	if o, ok := img.(interface{ Opaque() bool }); ok && !h.alpha && !o.Opaque() {
		return nil, broken(errors.New("holes in a picture without alpha"))
	}
	out, note := toSRGB(ctx, img, h.tag(), jfif())
	if h.alpha && blank(out) {
		return nil, broken(errors.New("nothing to be seen"))
	}
	for _, s := range h.steps {
		if s.crop != nil {
			out = crop(out, *s.crop)
			continue
		}
		out = upright(ctx, out, s.orientation)
	}
	if err := lim.check(out.Rect.Dx(), out.Rect.Dy()); err != nil {
		return nil, err
	}
	return finish(ctx, out, 1, "avif", noted(note))
}

func noted(note string) []string {
	if note == "" {
		return nil
	}
	return []string{note}
}

func blank(img *image.NRGBA) bool {
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] != 0 {
			return false
		}
	}
	return true
}

// crop cuts the clean aperture out; one that makes no sense leaves the picture whole.
func crop(img *image.NRGBA, v [8]int32) *image.NRGBA {
	if v[1] <= 0 || v[3] <= 0 || v[5] <= 0 || v[7] <= 0 {
		return img
	}
	w, h := int(v[0]/v[1]), int(v[2]/v[3])
	// The offsets are from the picture's centre to the aperture's.
	x := (float64(img.Rect.Dx()-w))/2 + float64(v[4])/float64(v[5])
	y := (float64(img.Rect.Dy()-h))/2 + float64(v[6])/float64(v[7])
	part := image.Rect(int(x), int(y), int(x)+w, int(y)+h)
	if w <= 0 || h <= 0 || x < 0 || y < 0 || !part.In(img.Rect) {
		return img
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Rect, img, part.Min, draw.Src)
	return out
}
