package ingest

import (
	"context"
	"image"
	"image/draw"

	"easel/engine/raster"
)

// toSRGB turns whatever a decoder gave into 8-bit sRGB with straight alpha, by the colours that the file declares.
// The note says what could not be done about colour; it is empty when all is well.
func toSRGB(ctx context.Context, img image.Image, tag colourTag, t *yuv) (*image.NRGBA, string) {
	channels := 3
	switch img.(type) {
	case *image.Gray, *image.Gray16:
		channels = 1
	case *image.CMYK:
		channels = 4
	}
	p, note := tag.profile(channels)
	var out *image.NRGBA
	switch src := img.(type) {
	case *image.YCbCr:
		out = t.nrgba(ctx, src, nil, 0)
	case *image.NYCbCrA:
		out = t.nrgba(ctx, &src.YCbCr, src.A, src.AStride)
	case *image.CMYK:
		return fromCMYK(ctx, src, p), note
	case *image.Gray:
		return fromGray(ctx, src, p), note
	case *image.Gray16, *image.RGBA64, *image.NRGBA64:
		return from16(ctx, src, p), note
	case *image.NRGBA:
		out = src
		clearHidden(ctx, out)
	case *image.RGBA:
		out = unpremultiply(ctx, src)
	default: // palettes
		out = image.NewNRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
		draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
		clearHidden(ctx, out)
	}
	if p != nil {
		p.apply(ctx, out)
	}
	return out, note
}

func fromGray(ctx context.Context, src *image.Gray, p *profile) *image.NRGBA {
	var table [256][3]uint8
	for i := range table {
		v := uint8(i)
		table[i] = [3]uint8{v, v, v}
		if p != nil {
			table[i] = p.colour([4]float64{float64(i) / 255})
		}
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := dst.Pix[y*dst.Stride : y*dst.Stride+4*w]
			for x, v := range src.Pix[y*src.Stride : y*src.Stride+w] {
				c := &table[v]
				row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = c[0], c[1], c[2], 255
			}
		}
	})
	return dst
}

// from16 reduces 16-bit samples, rounding, and after the conversion of colours where there is one, so that linear
// or wide-gamut data keeps its darks.
func from16(ctx context.Context, src image.Image, p *profile) *image.NRGBA {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	at := sampler16(src)
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := dst.Pix[y*dst.Stride : y*dst.Stride+4*w]
			var last [4]uint16
			var known [3]uint8
			for x := range w {
				c := at(x, y)
				d := row[4*x : 4*x+4 : 4*x+4]
				if d[3] = narrow(c[3]); d[3] == 0 {
					continue
				}
				switch {
				case p == nil:
					d[0], d[1], d[2] = narrow(c[0]), narrow(c[1]), narrow(c[2])
					continue
				case x == 0 || c != last:
					last = c
					known = p.colour([4]float64{float64(c[0]) / 65535, float64(c[1]) / 65535, float64(c[2]) / 65535})
				}
				d[0], d[1], d[2] = known[0], known[1], known[2]
			}
		}
	})
	return dst
}

func narrow(v uint16) uint8 { return uint8((uint32(v) + 128) / 257) }

// sampler16 reads straight-alpha samples of the 16-bit kinds that decoders give.
func sampler16(src image.Image) func(x, y int) [4]uint16 {
	be := func(p []uint8, i int) uint16 { return uint16(p[i])<<8 | uint16(p[i+1]) }
	switch s := src.(type) {
	case *image.Gray16:
		return func(x, y int) [4]uint16 {
			v := be(s.Pix, y*s.Stride+2*x)
			return [4]uint16{v, v, v, 65535}
		}
	case *image.NRGBA64:
		return func(x, y int) [4]uint16 {
			i := y*s.Stride + 8*x
			return [4]uint16{be(s.Pix, i), be(s.Pix, i+2), be(s.Pix, i+4), be(s.Pix, i+6)}
		}
	}
	s, _ := src.(*image.RGBA64)
	return func(x, y int) [4]uint16 {
		i := y*s.Stride + 8*x
		c := [4]uint16{be(s.Pix, i), be(s.Pix, i+2), be(s.Pix, i+4), be(s.Pix, i+6)}
		if a := uint32(c[3]); a != 0 && a != 65535 {
			for k := range 3 {
				c[k] = uint16(min((uint32(c[k])*65535+a/2)/a, 65535))
			}
		}
		return c
	}
}

// unpremultiply reuses the picture's memory.
func unpremultiply(ctx context.Context, src *image.RGBA) *image.NRGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := src.Pix[y*src.Stride : y*src.Stride+4*w]
			for i := 0; i < len(row); i += 4 {
				a := uint32(row[i+3])
				switch a {
				case 255:
				case 0:
					clear(row[i : i+4])
				default:
					for k := range 3 {
						row[i+k] = uint8(min((uint32(row[i+k])*255+a/2)/a, 255))
					}
				}
			}
		}
	})
	return &image.NRGBA{Pix: src.Pix, Stride: src.Stride, Rect: image.Rect(0, 0, w, h)}
}

// clearHidden makes fully transparent pixels zero: what lies under them was never meant to be seen.
func clearHidden(ctx context.Context, img *image.NRGBA) {
	raster.Rows(ctx, img.Rect.Dy(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := img.Pix[y*img.Stride : y*img.Stride+4*img.Rect.Dx()]
			for i := 0; i < len(row); i += 4 {
				if row[i+3] == 0 {
					clear(row[i : i+4])
				}
			}
		}
	})
}

// fromCMYK converts inks. Without a profile they are taken as ideal: what screens showed before profiles, and what
// other programs do.
func fromCMYK(ctx context.Context, src *image.CMYK, p *profile) *image.NRGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			in, row := src.Pix[y*src.Stride:y*src.Stride+4*w], dst.Pix[y*dst.Stride:y*dst.Stride+4*w]
			var last [4]uint8
			var known [3]uint8
			for i := 0; i < len(row); i += 4 {
				ink := [4]uint8(in[i : i+4])
				if i == 0 || ink != last {
					last = ink
					if p != nil {
						known = p.colour([4]float64{float64(ink[0]) / 255, float64(ink[1]) / 255, float64(ink[2]) / 255, float64(ink[3]) / 255})
					} else {
						for k := range known {
							known[k] = uint8(((255-uint32(ink[k]))*(255-uint32(ink[3])) + 127) / 255)
						}
					}
				}
				row[i], row[i+1], row[i+2], row[i+3] = known[0], known[1], known[2], 255
			}
		}
	})
	return dst
}
