package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"sort"
)

// jpegHeader is what the markers of a JPEG say, up to the end of its first picture; a second picture in the file
// (stereo pair, gain map, preview) is not looked at.
type jpegHeader struct {
	sof           byte // the frame's marker: 0xc0 baseline, 0xc2 progressive, …
	precision     int
	w, h          int
	components    int
	scans         int
	adobe         bool // an Adobe marker says how four channels are stored
	complete      bool // the end marker is there
	cut           bool // the file stops inside a marker's segment
	exif          exifFacts
	icc           []byte
	iccParts      map[byte][]byte
	iccPartsTotal int
}

// readJPEG walks the markers. Junk between segments is skipped, as decoders do.
func readJPEG(data []byte) jpegHeader {
	var h jpegHeader
	pos := 2
	for {
		i := bytes.IndexByte(data[min(pos, len(data)):], 0xff)
		if i < 0 {
			break
		}
		for pos += i; pos < len(data) && data[pos] == 0xff; pos++ {
		}
		if pos >= len(data) {
			break
		}
		marker := data[pos]
		pos++
		switch {
		case marker == 0xd9:
			h.complete = true
			h.joinICC()
			return h
		case marker == 0, marker == 1, marker >= 0xd0 && marker <= 0xd8: // stuffed byte, or no segment
			continue
		}
		if pos+2 > len(data) {
			h.cut = true
			break
		}
		n := int(binary.BigEndian.Uint16(data[pos:]))
		if n < 2 || pos+n > len(data) {
			h.cut = n >= 2
			if h.cut {
				break
			}
			continue
		}
		h.segment(marker, data[pos+2:pos+n])
		pos += n
	}
	h.joinICC()
	return h
}

func (h *jpegHeader) segment(marker byte, body []byte) {
	switch {
	case marker == 0xda:
		h.scans++
	case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
		if h.sof == 0 && len(body) >= 6 {
			h.sof, h.precision, h.components = marker, int(body[0]), int(body[5])
			h.h, h.w = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
		}
	case marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
		if h.exif == (exifFacts{}) {
			h.exif = readEXIF(body)
		}
	case marker == 0xe2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")) && len(body) > 14:
		if h.iccParts == nil {
			h.iccParts = map[byte][]byte{}
		}
		h.iccParts[body[12]], h.iccPartsTotal = body[14:], int(body[13])
	case marker == 0xee && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
		h.adobe = true
	}
}

// joinICC puts the parts of a profile together in their order; a profile with a part missing is none.
func (h *jpegHeader) joinICC() {
	if len(h.iccParts) == 0 || len(h.iccParts) != h.iccPartsTotal {
		return
	}
	order := make([]int, 0, len(h.iccParts))
	for n := range h.iccParts {
		order = append(order, int(n))
	}
	sort.Ints(order)
	for _, n := range order {
		h.icc = append(h.icc, h.iccParts[byte(n)]...)
	}
}

// check refuses what cannot or should not be decoded.
func (h *jpegHeader) check(lim Limits) error {
	const ask = "Open it in a photo program and save it as an ordinary JPEG or PNG."
	switch {
	case h.sof == 0 && !h.complete:
		return cutOff(errors.New("no frame before the end"))
	case h.sof == 0:
		return broken(errors.New("no frame"))
	}
	if err := lim.check(h.w, h.h); err != nil {
		return err
	}
	switch {
	case h.sof >= 0xc9:
		return refuse(Variant, "This JPEG uses arithmetic coding, a rare kind that cannot be opened here. %s", ask)
	case h.sof == 0xc3:
		return refuse(Variant, "This is a lossless JPEG, a rare kind that cannot be opened here. %s", ask)
	case h.sof > 0xc2:
		return refuse(Variant, "This is a hierarchical JPEG, a rare kind that cannot be opened here. %s", ask)
	case h.precision != 8:
		return refuse(Variant, "This JPEG stores %d bits for each colour, a rare kind that cannot be opened here. %s", h.precision, ask)
	case h.scans == 0:
		return cutOff(errors.New("no scan"))
	case lim.Scans > 0 && h.scans > lim.Scans:
		return refuse(TooComplex, "This JPEG is stored in %d passes; photos have at most %d. %s", h.scans, lim.Scans, ask)
	}
	return nil
}

func decodeJPEG(ctx context.Context, data []byte, lim Limits) (*Picture, error) {
	h := readJPEG(data)
	if err := h.check(lim); err != nil {
		return nil, err
	}
	var notes []string
	inverted := h.components == 4 && !h.adobe
	if inverted { // The decoder asks for the marker; it then takes the inks as inverted, which is undone below.
		const app14 = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
		data = append([]byte("\xff\xd8"+app14), data[2:]...)
	}
	if !h.complete {
		// The last two bytes alone may be missing, with every pixel there; when pixels are missing, this does not help.
		data = append(data[:len(data):len(data)], 0xff, 0xd9)
		notes = append(notes, "The file's end marker is missing; the picture itself is whole.")
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	switch {
	case err != nil && (ended(err) || !h.complete):
		return nil, cutOff(err)
	case err != nil:
		return nil, broken(err)
	case img.Bounds().Dx() != h.w || img.Bounds().Dy() != h.h:
		return nil, broken(fmt.Errorf("decoded to %v, declared %d×%d", img.Bounds(), h.w, h.h))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c, ok := img.(*image.CMYK); ok && inverted {
		for i := range c.Pix {
			c.Pix[i] = ^c.Pix[i]
		}
	}
	tag := colourTag{icc: h.icc}
	if h.icc == nil && h.exif.adobeRGB {
		tag.known = adobeRGB()
	}
	out, note := toSRGB(ctx, img, tag, jfif())
	if note != "" {
		notes = append(notes, note)
	}
	return finish(ctx, out, h.exif.orientation, "jpeg", notes)
}
