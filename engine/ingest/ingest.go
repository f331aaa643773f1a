// Package ingest turns untrusted bytes into one upright, bounded sRGB picture, and pictures into files.
//
// Sizes are read from headers and checked before anything is decoded. Only pixels leave this package: position,
// camera, dates, thumbnails and every other note in a file stay behind, because results are encoded from pixels.
// Decoders of formats run to their end once begun, so a server decodes in a child process that it can stop.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
)

// Limits bounds the work that one file may cause.
type Limits struct {
	Bytes   int64 // of the file
	Pixels  int   // width × height
	Side    int   // the longest allowed side in pixels
	MinSide int   // the shortest allowed side in pixels; 0 allows any
	Scans   int   // passes over the pixels in a progressive JPEG
}

// DefaultLimits takes what phones and cameras make: 40 MB, 50 megapixels, sides from 128 to 12 000 pixels.
func DefaultLimits() Limits {
	return Limits{Bytes: 40 << 20, Pixels: 50_000_000, Side: 12_000, MinSide: 128, Scans: 64}
}

// Picture is a decoded photo: upright, sRGB, bounds starting at (0, 0). Fully transparent pixels are zero.
type Picture struct {
	Image  *image.NRGBA
	Format string   // "jpeg", "png", "webp", "heic" or "avif"
	Notes  []string // what was assumed or left out, in plain sentences; usually none
}

// Decode opens a JPEG, PNG, WebP, HEIC or AVIF photo, turns it upright as its orientation says and converts it to
// sRGB. Of animations it takes the first picture. It returns a *Refusal for a file that it does not take, and the
// context's error when that ends between steps.
func Decode(ctx context.Context, data []byte, lim Limits) (pic *Picture, err error) {
	defer func() {
		// The codecs are other people's code and this file is a stranger's: what they did not expect is a bad file.
		if r := recover(); r != nil {
			pic, err = nil, broken(fmt.Errorf("panic: %v", r))
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, refuse(Empty, "This file is empty. Choose the photo again.")
	}
	if lim.Bytes > 0 && int64(len(data)) > lim.Bytes {
		return nil, refuse(TooLarge, "This file is larger than %d MB. Send a smaller version of the photo.", lim.Bytes>>20)
	}
	switch f := sniff(data); f {
	case formatJPEG:
		return decodeJPEG(ctx, data, lim)
	case formatPNG:
		return decodePNG(ctx, data, lim)
	case formatWebP:
		return decodeWebP(ctx, data, lim)
	case formatHEIF:
		return decodeHEIF(ctx, data, lim)
	default:
		return nil, f.refusal()
	}
}

// check refuses a declared size before any pixel is made.
func (l Limits) check(w, h int) error {
	switch {
	case w <= 0 || h <= 0:
		return broken(errors.New("a side of zero pixels"))
	case l.Side > 0 && max(w, h) > l.Side:
		return refuse(TooManyPixels, "This picture is %d × %d pixels; at most %d a side can be opened. Send a smaller version.", w, h, l.Side)
	case l.Pixels > 0 && w > l.Pixels/h:
		return refuse(TooManyPixels, "This picture has %d megapixels; at most %d can be opened. Send a smaller version.", (w*h+500_000)/1_000_000, l.Pixels/1_000_000)
	case min(w, h) < l.MinSide:
		return refuse(TooSmall, "This picture is only %d × %d pixels. Send one with at least %d pixels on each side; 512 or more give a good picture.", w, h, l.MinSide)
	}
	return nil
}

// finish applies what the header said about colour and orientation to decoded pixels.
func finish(ctx context.Context, img *image.NRGBA, orientation int, format string, notes []string) (*Picture, error) {
	img = upright(ctx, img, orientation)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &Picture{Image: img, Format: format, Notes: notes}, nil
}

// ended tells a file that stops early from one that is wrong.
func ended(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
