package provenance

import (
	"fmt"
	"io"
)

// headBytes is the signature and the header chunk, which always come first: 8 + 25.
const headBytes = len(pngSignature) + 25

// PNGWriter returns a writer that passes a PNG on to w as it comes and puts the mark after its header, so that a large
// picture need not be held in memory to be marked. It is for PNGs straight from an encoder: nothing is dropped.
func PNGWriter(w io.Writer, m Mark) io.Writer { return &pngWriter{w: w, mark: m} }

type pngWriter struct {
	w    io.Writer
	mark Mark
	head []byte // until it is whole
	done bool
}

func (p *pngWriter) Write(b []byte) (int, error) {
	if p.done {
		return p.w.Write(b)
	}
	n := min(len(b), headBytes-len(p.head))
	p.head = append(p.head, b[:n]...)
	if len(p.head) < headBytes {
		return n, nil
	}
	if string(p.head[:len(pngSignature)]) != pngSignature || string(p.head[12:16]) != "IHDR" {
		return 0, ErrFormat
	}
	p.done = true
	if _, err := p.w.Write(appendChunk(p.head, "iTXt", pngText(p.mark))); err != nil {
		return 0, fmt.Errorf("mark the picture: %w", err)
	}
	rest, err := p.w.Write(b[n:])
	return n + rest, err
}

// pngText is the body of the chunk that carries the mark.
func pngText(m Mark) []byte { return append([]byte(pngKeyword+"\x00\x00\x00\x00"), Packet(m)...) }
