package provenance

import (
	"encoding/binary"
)

// Bits of the extended header's first byte.
const (
	webpXMP   = 1 << 2
	webpAlpha = 1 << 4
	webpICC   = 1 << 5
	webpMoves = 1 << 1
)

// WebP returns the file in the extended form with the mark after its pixels. EXIF and packets in it are dropped;
// colour profile, alpha and frames stay.
func WebP(data []byte, m Mark) ([]byte, error) {
	var body []byte
	var flags byte
	var w, h uint32
	err := eachRIFF(data, func(kind string, b []byte) {
		switch kind {
		case "EXIF", "XMP ", "C2PA":
			return
		case "VP8X":
			if len(b) >= 10 {
				flags = b[0] & (webpAlpha | webpICC | webpMoves)
				w, h = u24(b[4:])+1, u24(b[7:])+1
			}
			return
		case "VP8 ", "VP8L":
			if w == 0 {
				var alpha bool
				if w, h, alpha = bitstream(kind, b); alpha {
					flags |= webpAlpha
				}
			}
		}
		body = appendRIFF(body, kind, b)
	})
	if err != nil {
		return nil, err
	}
	if w == 0 || h == 0 {
		return nil, ErrFormat
	}
	x := []byte{flags | webpXMP, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
	out := append(make([]byte, 0, len(data)+2048), "RIFF\x00\x00\x00\x00WEBP"...)
	out = append(appendRIFF(out, "VP8X", x), body...)
	out = appendRIFF(out, "XMP ", Packet(m))
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

// bitstream reads size and alpha of a picture in the simple form.
func bitstream(kind string, b []byte) (w, h uint32, alpha bool) {
	switch {
	case kind == "VP8L" && len(b) >= 5 && b[0] == 0x2f:
		v := binary.LittleEndian.Uint32(b[1:])
		return v&0x3fff + 1, v>>14&0x3fff + 1, v>>28&1 == 1
	case kind == "VP8 " && len(b) >= 10:
		return uint32(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), uint32(binary.LittleEndian.Uint16(b[8:]) & 0x3fff), false
	}
	return 0, 0, false
}

func u24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// eachRIFF visits the chunks of a WebP.
func eachRIFF(data []byte, visit func(kind string, body []byte)) error {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" {
		return ErrFormat
	}
	for b := data[12:]; len(b) >= 8; {
		n := uint64(binary.LittleEndian.Uint32(b[4:]))
		if 8+n > uint64(len(b)) {
			return ErrFormat
		}
		visit(string(b[:4]), b[8:8+n])
		b = b[min(8+n+n&1, uint64(len(b))):]
	}
	return nil
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

func webpPackets(data []byte) (out [][]byte, err error) {
	err = eachRIFF(data, func(kind string, body []byte) {
		if kind == "XMP " {
			out = append(out, body)
		}
	})
	return out, err
}
