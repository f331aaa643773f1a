package ingest

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"easel/engine/raster"

	"github.com/gen2brain/webp"
)

// JPEGQuality is the quality of results as JPEG: high enough that paper grain and pencil lines stay crisp.
const JPEGQuality = 92

// webpQuality and webpMethod were chosen on drawings and photos of two megapixels: method 2 takes a third of the time
// of the usual 4 for files that are at most 3 % larger.
const (
	webpQuality = 88
	webpMethod  = 2
)

// EncodePNG writes a picture as PNG, as gray or RGB where that loses nothing. It is quick rather than small: paper
// grain hardly packs, so that several times the work would save a tenth.
func EncodePNG(w io.Writer, img *image.NRGBA) error {
	if err := writePNG(w, img); err != nil {
		return fmt.Errorf("png: %w", err)
	}
	return nil
}

// EncodeJPEG writes a picture over white as JPEG of a quality from 1 to 100. Colour is halved in both directions
// (4:2:0), the one way that the encoder has; gray pictures are stored as gray.
func EncodeJPEG(w io.Writer, img *image.NRGBA, quality int) error {
	flat := OverWhite(img)
	src := smallest(flat)
	if src == image.Image(flat) { // opaque, so the two kinds are one, and the encoder is quicker with this
		src = &image.RGBA{Pix: flat.Pix, Stride: flat.Stride, Rect: flat.Rect}
	}
	if err := jpeg.Encode(w, src, &jpeg.Options{Quality: quality}); err != nil {
		return fmt.Errorf("jpeg: %w", err)
	}
	return nil
}

// EncodeWebP writes a picture as lossy WebP, alpha kept.
func EncodeWebP(w io.Writer, img *image.NRGBA) error {
	if err := webp.Encode(w, packed(img), webp.Options{Quality: webpQuality, Method: webpMethod}); err != nil {
		return fmt.Errorf("webp: %w", err)
	}
	return nil
}

// packed returns the picture without gaps between rows, starting at (0, 0).
func packed(img *image.NRGBA) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if img.Stride == 4*w && img.Rect.Min == (image.Point{}) && len(img.Pix) == 4*w*h {
		return img
	}
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		i := img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y+y)
		copy(dst.Pix[y*dst.Stride:(y+1)*dst.Stride], img.Pix[i:i+4*w])
	}
	return dst
}

// smallest returns the picture as gray where every pixel is opaque and gray, else as it is.
func smallest(img *image.NRGBA) image.Image {
	if !gray(img) || !img.Opaque() {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		row := img.Pix[y*img.Stride : y*img.Stride+4*w]
		for x := range w {
			g.Pix[y*g.Stride+x] = row[4*x]
		}
	}
	return g
}

// gray says whether the channels of every pixel are alike.
func gray(img *image.NRGBA) bool {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		row := img.Pix[y*img.Stride:][:4*w]
		for i := 0; i+3 < len(row); i += 4 {
			if row[i] != row[i+1] || row[i] != row[i+2] {
				return false
			}
		}
	}
	return true
}

// OverWhite returns the picture laid on white paper: itself when it is opaque, else a copy.
func OverWhite(img *image.NRGBA) *image.NRGBA {
	if img.Opaque() {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	raster.Rows(context.Background(), h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			in := img.Pix[y*img.Stride : y*img.Stride+4*w]
			out := dst.Pix[y*dst.Stride : y*dst.Stride+4*w]
			for i := 0; i < len(out); i += 4 {
				a := uint32(in[i+3])
				for k := range 3 {
					out[i+k] = uint8((uint32(in[i+k])*a + 255*(255-a) + 127) / 255)
				}
				out[i+3] = 255
			}
		}
	})
	return dst
}
