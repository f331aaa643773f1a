package provenance

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	pngKeyword   = "XML:com.adobe.xmp\x00"
)

// PNG returns the file with the mark before its pixels. Any other text, EXIF, time and packet in it is dropped.
func PNG(data []byte, m Mark) ([]byte, error) {
	text := pngText(m)
	out := make([]byte, 0, len(data)+len(text)+12)
	out = append(out, pngSignature...)
	done := false
	err := eachChunk(data, func(kind string, whole, _ []byte) {
		switch kind {
		case "tEXt", "zTXt", "iTXt", "eXIf", "tIME", "caBX":
			return
		case "IDAT":
			if !done {
				out, done = appendChunk(out, "iTXt", text), true
			}
		}
		out = append(out, whole...)
	})
	if err != nil || !done {
		return nil, ErrFormat
	}
	return out, nil
}

// eachChunk visits the chunks of a PNG to its end chunk, which must be there.
func eachChunk(data []byte, visit func(kind string, whole, body []byte)) error {
	if !bytes.HasPrefix(data, []byte(pngSignature)) {
		return ErrFormat
	}
	for b := data[len(pngSignature):]; len(b) >= 12; {
		n := binary.BigEndian.Uint32(b)
		if uint64(n)+12 > uint64(len(b)) {
			return ErrFormat
		}
		kind := string(b[4:8])
		visit(kind, b[:n+12], b[8:n+8])
		if kind == "IEND" {
			return nil
		}
		b = b[n+12:]
	}
	return ErrFormat
}

func appendChunk(dst []byte, kind string, body []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(body)))
	start := len(dst)
	dst = append(append(dst, kind...), body...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

func pngPackets(data []byte) (out [][]byte, err error) {
	err = eachChunk(data, func(kind string, _, body []byte) {
		rest, ok := bytes.CutPrefix(body, []byte(pngKeyword))
		if kind != "iTXt" || !ok || len(rest) < 4 {
			return
		}
		parts := bytes.SplitN(rest[2:], []byte{0}, 3)
		if len(parts) < 3 {
			return
		}
		text := parts[2]
		if rest[0] == 1 {
			r, err := zlib.NewReader(bytes.NewReader(text))
			if err != nil {
				return
			}
			if text, err = io.ReadAll(io.LimitReader(r, maxPacket)); err != nil {
				return
			}
		}
		out = append(out, text)
	})
	return out, err
}
