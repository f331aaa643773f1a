package ingest

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/hex"
	"image/png"
	"io"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	maxProfile   = 4 << 20 // of an inflated ICC profile
	maxNote      = 1 << 20 // of an inflated text that may hold the orientation
)

// pngHeader is what the chunks of a PNG say beside its pixels.
type pngHeader struct {
	w, h        int
	orientation int
	tag         colourTag
	complete    bool // the end chunk is there
	pixels      bool // image data has begun
}

// readPNG walks the chunks. Of all texts only the ones that may hold an orientation are inflated, each once and
// only so far.
func readPNG(data []byte) (h pngHeader, ok bool) {
	var exif, raw, xmp int
	pos := len(pngSignature)
	for pos+12 <= len(data) {
		n := int(binary.BigEndian.Uint32(data[pos:]))
		kind := string(data[pos+4 : pos+8])
		if n < 0 || n > len(data)-pos-12 {
			h.pixels = h.pixels || kind == "IDAT"
			break
		}
		body := data[pos+8 : pos+8+n]
		if pos == len(pngSignature) {
			if kind != "IHDR" || n != 13 {
				return h, false
			}
			w, ht := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
			h.w, h.h, ok = int(w&0x7fffffff), int(ht&0x7fffffff), w>>31 == 0 && ht>>31 == 0
		}
		switch kind {
		case "IDAT":
			h.pixels = true
		case "IEND":
			h.complete = true
		case "eXIf":
			exif = readEXIF(body).orientation
		case "tEXt", "zTXt", "iTXt":
			if raw == 0 || xmp == 0 {
				r, x := pngText(kind, body)
				raw, xmp = max(raw, r), max(xmp, x)
			}
		default:
			h.colour(kind, body)
		}
		if h.complete {
			break
		}
		pos += 12 + n
	}
	for _, o := range []int{xmp, raw, exif} {
		if o != 0 {
			h.orientation = o
		}
	}
	return h, ok
}

func (h *pngHeader) colour(kind string, body []byte) {
	switch kind {
	case "iCCP":
		if i := bytes.IndexByte(body, 0); i >= 0 && i+2 <= len(body) && h.tag.icc == nil {
			h.tag.icc = inflate(body[i+2:], maxProfile)
		}
	case "sRGB":
		h.tag.srgb = true
	case "cICP":
		if len(body) >= 4 {
			h.tag.cicp = &cicp{int(body[0]), int(body[1]), int(body[2]), body[3] != 0}
		}
	case "gAMA":
		if len(body) == 4 {
			h.tag.gamma = float64(binary.BigEndian.Uint32(body)) / 100_000
		}
	case "cHRM":
		if len(body) == 32 {
			for i := range h.tag.chroma {
				h.tag.chroma[i] = float64(binary.BigEndian.Uint32(body[4*i:])) / 100_000
			}
		}
	}
}

// pngText reads the orientation from a text chunk: ImageMagick's hexadecimal EXIF, or an XMP packet.
func pngText(kind string, body []byte) (raw, xmp int) {
	i := bytes.IndexByte(body, 0)
	if i < 0 {
		return 0, 0
	}
	key, text := string(body[:i]), body[i+1:]
	switch key {
	case "Raw profile type exif", "Raw profile type APP1", "XML:com.adobe.xmp", "Raw profile type xmp":
	default:
		return 0, 0
	}
	switch {
	case kind == "zTXt" && len(text) > 1:
		text = inflate(text[1:], maxNote)
	case kind == "iTXt" && len(text) > 2:
		packed := text[0] == 1
		parts := bytes.SplitN(text[2:], []byte{0}, 3)
		if text = parts[len(parts)-1]; packed {
			text = inflate(text, maxNote)
		}
	}
	if key == "XML:com.adobe.xmp" {
		return 0, xmpOrientation(text)
	}
	// "\nexif\n    1234\n4578…": a name, a length, then hexadecimal in lines.
	lines := bytes.Fields(text)
	if len(lines) < 3 {
		return 0, 0
	}
	digits := bytes.Join(lines[2:], nil)
	plain := make([]byte, hex.DecodedLen(len(digits)))
	n, _ := hex.Decode(plain, digits[:len(digits)&^1])
	if o := readEXIF(plain[:n]).orientation; o != 0 {
		return o, 0
	}
	return 0, xmpOrientation(plain[:n])
}

// inflate opens a zlib stream up to a limit; beyond it, or when it is broken, there is nothing.
func inflate(b []byte, limit int) []byte {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil || len(out) > limit {
		return nil
	}
	return out
}

func decodePNG(ctx context.Context, data []byte, lim Limits) (*Picture, error) {
	h, ok := readPNG(data)
	if !ok && len(data) < 33 {
		return nil, cutOff(io.ErrUnexpectedEOF)
	}
	if !ok {
		return nil, broken(io.ErrUnexpectedEOF)
	}
	if err := lim.check(h.w, h.h); err != nil {
		return nil, err
	}
	var notes []string
	if !h.complete {
		data = append(data[:len(data):len(data)], "\x00\x00\x00\x00IEND\xaeB`\x82"...)
		notes = append(notes, "The file's end marker is missing; the picture itself is whole.")
	}
	img, err := png.Decode(bytes.NewReader(data))
	switch {
	case err != nil && (ended(err) || !h.complete):
		return nil, cutOff(err)
	case err != nil:
		return nil, broken(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, note := toSRGB(ctx, img, h.tag, jfif())
	if note != "" {
		notes = append(notes, note)
	}
	return finish(ctx, out, h.orientation, "png", notes)
}
