package provenance

import (
	"bytes"
	"encoding/binary"
)

const (
	jpegXMP = "http://ns.adobe.com/xap/1.0/\x00"
)

// JPEG returns the file with the mark as its first application segment after JFIF's. EXIF, comments, IPTC and
// packets in it are dropped; colour profile and Adobe marker stay.
func JPEG(data []byte, m Mark) ([]byte, error) {
	packet := Packet(m)
	if len(jpegXMP)+len(packet)+2 > 0xffff {
		return nil, ErrFormat
	}
	var head, rest []byte
	tail, err := eachSegment(data, func(marker byte, whole, body []byte) {
		switch {
		case marker == 0xe0 && bytes.HasPrefix(body, []byte("JFIF\x00")) && head == nil:
			head = whole
		case marker == 0xe2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")), marker == 0xee, marker < 0xe0:
			rest = append(rest, whole...)
		}
	})
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(data)+len(packet)+64)
	out = append(append(out, 0xff, 0xd8), head...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(2+len(jpegXMP)+len(packet)))
	out = append(append(out, jpegXMP...), packet...)
	return append(append(out, rest...), tail...), nil
}

// eachSegment visits the segments before the first scan and returns the rest of the file, which begins with it.
func eachSegment(data []byte, visit func(marker byte, whole, body []byte)) (tail []byte, err error) {
	if !bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
		return nil, ErrFormat
	}
	b := data[2:]
	for len(b) >= 4 && b[0] == 0xff {
		marker := b[1]
		switch marker {
		case 0xff: // fill
			b = b[1:]
			continue
		case 0xda:
			return b, nil
		}
		n := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if n < 4 || n > len(b) {
			return nil, ErrFormat
		}
		visit(marker, b[:n], b[4:n])
		b = b[n:]
	}
	return nil, ErrFormat
}

func jpegPackets(data []byte) (out [][]byte, err error) {
	_, err = eachSegment(data, func(marker byte, _, body []byte) {
		if packet, ok := bytes.CutPrefix(body, []byte(jpegXMP)); ok && marker == 0xe1 {
			out = append(out, packet)
		}
	})
	return out, err
}
