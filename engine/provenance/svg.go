package provenance

import "bytes"

var (
	svgOpen  = []byte("<metadata>")
	svgClose = []byte("</metadata>")
)

// SVG returns the drawing with the mark in a metadata element behind its opening tag. It gives ErrFormat for anything
// that has no such tag.
func SVG(data []byte, m Mark) ([]byte, error) {
	tag := bytes.Index(data, []byte("<svg"))
	if tag < 0 {
		return nil, ErrFormat
	}
	end := bytes.IndexByte(data[tag:], '>')
	if end < 0 {
		return nil, ErrFormat
	}
	at := tag + end + 1
	return bytes.Join([][]byte{data[:at], svgOpen, Packet(m), svgClose, data[at:]}, nil), nil
}

// svgPackets returns the content of the metadata element.
func svgPackets(data []byte) [][]byte {
	_, rest, ok := bytes.Cut(data, svgOpen)
	if !ok {
		return nil
	}
	packet, _, ok := bytes.Cut(rest, svgClose)
	if !ok {
		return nil
	}
	return [][]byte{packet}
}
