package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"

	"golang.org/x/image/webp"
)

// webpHeader is what the chunks of a WebP say, with the chunks that hold its first picture.
type webpHeader struct {
	w, h        int // of the canvas
	frame       image.Rectangle
	alpha       []byte // ALPH, of a lossy picture
	bits        []byte // VP8 or VP8L
	lossless    bool
	animated    bool
	orientation int
	icc         []byte
}

var errChunk = errors.New("a chunk is longer than the file")

// eachChunk calls visit for the chunks of a RIFF body until it returns false.
func eachChunk(b []byte, visit func(kind string, body []byte) bool) error {
	for len(b) >= 8 {
		n := int(binary.LittleEndian.Uint32(b[4:]))
		if n < 0 || n > len(b)-8 {
			return errChunk
		}
		if !visit(string(b[:4]), b[8:8+n]) {
			return nil
		}
		b = b[min(len(b), 8+n+n&1):]
	}
	return nil
}

func readWebP(data []byte) (h webpHeader, err error) {
	// Some writers count wrongly in the outer size, so chunks are believed and it is not; what follows the RIFF
	// chunk proper, as in files that are two formats at once, is left out.
	body := data[12:]
	if n := int(binary.LittleEndian.Uint32(data[4:])); n >= 12 && n <= len(data)-8 {
		body = data[12 : 8+n]
	}
	err = eachChunk(body, func(kind string, b []byte) bool {
		switch kind {
		case "VP8X":
			if len(b) >= 10 {
				h.animated = b[0]&2 != 0
				h.w, h.h = u24(b[4:])+1, u24(b[7:])+1
			}
		case "ICCP":
			h.icc = b
		case "EXIF":
			h.orientation = readEXIF(b).orientation
		case "XMP ":
			if h.orientation == 0 {
				h.orientation = xmpOrientation(b)
			}
		case "ANMF":
			if h.bits == nil && len(b) >= 16 {
				x, y := 2*u24(b), 2*u24(b[3:])
				h.frame = image.Rect(x, y, x+u24(b[6:])+1, y+u24(b[9:])+1)
				_ = eachChunk(b[16:], func(kind string, b []byte) bool { h.picture(kind, b); return true })
			}
		default:
			h.picture(kind, b)
		}
		return true
	})
	return h, err
}

func (h *webpHeader) picture(kind string, b []byte) {
	switch {
	case h.bits != nil:
	case kind == "ALPH":
		h.alpha = b
	case kind == "VP8 ", kind == "VP8L":
		h.bits, h.lossless = b, kind == "VP8L"
	}
}

// size reads the size that the bit stream itself declares, which is the one that decoding costs.
func (h *webpHeader) size() (w, ht int, ok bool) {
	b := h.bits
	switch {
	case h.lossless && len(b) >= 5 && b[0] == 0x2f:
		v := binary.LittleEndian.Uint32(b[1:])
		return int(v&0x3fff) + 1, int(v>>14&0x3fff) + 1, true
	case !h.lossless && len(b) >= 10 && string(b[3:6]) == "\x9d\x01\x2a":
		return int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff), true
	}
	return 0, 0, false
}

func u24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// still wraps the first picture alone, so that the decoder sees neither metadata nor animation.
func (h *webpHeader) still(w, ht int) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WEBP")
	if h.alpha != nil && !h.lossless {
		x := make([]byte, 10)
		x[0] = 0x10
		x[4], x[5], x[6] = byte(w-1), byte((w-1)>>8), byte((w-1)>>16)
		x[7], x[8], x[9] = byte(ht-1), byte((ht-1)>>8), byte((ht-1)>>16)
		b = appendRIFF(appendRIFF(b, "VP8X", x), "ALPH", h.alpha)
	}
	kind := "VP8 "
	if h.lossless {
		kind = "VP8L"
	}
	b = appendRIFF(b, kind, h.bits)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

func appendRIFF(dst []byte, kind string, body []byte) []byte {
	dst = append(dst, kind...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(body)))
	dst = append(dst, body...)
	if len(body)&1 == 1 {
		dst = append(dst, 0)
	}
	return dst
}

func decodeWebP(ctx context.Context, data []byte, lim Limits) (*Picture, error) {
	h, err := readWebP(data)
	if h.w != 0 {
		if err := lim.check(h.w, h.h); err != nil {
			return nil, err
		}
	}
	if h.bits == nil {
		if err != nil {
			return nil, cutOff(err)
		}
		return nil, broken(errors.New("no picture chunk"))
	}
	w, ht, ok := h.size()
	if !ok {
		return nil, broken(errors.New("bit stream header"))
	}
	part := lim
	if h.animated {
		part.MinSide = 0
	}
	if err := part.check(w, ht); err != nil {
		return nil, err
	}
	img, err := webp.Decode(bytes.NewReader(h.still(w, ht)))
	switch {
	case err != nil && ended(err):
		return nil, cutOff(err)
	case err != nil:
		return nil, broken(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, note := toSRGB(ctx, img, colourTag{icc: h.icc}, studio601())
	var notes []string
	if note != "" {
		notes = append(notes, note)
	}
	if h.animated {
		canvas := image.NewNRGBA(image.Rect(0, 0, h.w, h.h))
		draw.Draw(canvas, h.frame, out, image.Point{}, draw.Src)
		out = canvas
	}
	return finish(ctx, out, h.orientation, "webp", notes)
}
