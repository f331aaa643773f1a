package ingest

import "encoding/binary"

const maxHEIFItems = 4096 // phones write about fifty, a tiled 200-megapixel photo under a thousand

// box is one box's type and body.
type box struct {
	kind string
	body []byte
	cut  bool // its size says more than there is
}

// boxes cuts a body into boxes; a last box that is too long is kept as far as it goes and marked.
func boxes(b []byte) (out []box) {
	for len(b) >= 8 && len(out) < maxHEIFItems {
		size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
		switch {
		case size == 1 && len(b) >= 16:
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		case size == 0:
			size = uint64(len(b))
		}
		if size < head {
			return out
		}
		n := min(size, uint64(len(b)))
		out = append(out, box{string(b[4:8]), b[head:n], size > uint64(len(b))})
		b = b[n:]
	}
	return out
}

func find(bs []box, kind string) (box, bool) {
	for _, b := range bs {
		if b.kind == kind {
			return b, true
		}
	}
	return box{}, false
}

// cursor reads big-endian numbers; beyond the end it reads zeros and remembers that it was bad.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.bad, c.b = true, nil
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u(n int) (v int) {
	for _, x := range c.take(n) {
		v = v<<8 | int(x)
	}
	return v
}
