package ingest

import (
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"io"
)

// Colour types of PNG, by how many bytes a pixel has.
var pngKinds = [...]byte{1: 0, 3: 2, 4: 6}

// A packing is how rows are written: what is taken from each sample first, and how the rest is packed.
type packing struct {
	filter byte
	level  int
}

// The packings that are tried on some rows of a picture. The first takes a quarter of the time of an encoder that tries all
// filters for each row, and is smaller for photos and paintings, where hardly anything repeats; drawings with few colours
// and even grounds repeat.
var packings = [...]packing{{pngAverage, flate.HuffmanOnly}, {pngUp, flate.BestSpeed}}

const (
	pngUp      = 2    // the sample above is taken away,
	pngAverage = 3    // or the mean of that and the one before
	pngTried   = 16   // a packing is tried on one band of so many,
	pngBand    = 8    // of so many rows
	quickWorth = 1.03 // how much larger a file may be for being packed in half the time
	pngChunk   = 1 << 16
)

// pngPicture is a picture whose rows are being written.
type pngPicture struct {
	*image.NRGBA

	w, h       int
	bytes      int    // of a pixel
	above, row []byte // samples of the row before and of this one
	filtered   []byte // the row as it is packed, with its filter before it
}

// writePNG writes a picture as PNG: as gray or RGB where that loses nothing.
func writePNG(w io.Writer, img *image.NRGBA) error {
	p := &pngPicture{NRGBA: img, w: img.Rect.Dx(), h: img.Rect.Dy(), bytes: samples(img)}
	if p.w <= 0 || p.h <= 0 {
		return errors.New("a picture without pixels")
	}
	n := p.w * p.bytes
	p.above, p.row, p.filtered = make([]byte, n), make([]byte, n), make([]byte, n+1)
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(p.w)), uint32(p.h))
	head = append(head, 8, pngKinds[p.bytes], 0, 0, 0)
	if _, err := io.WriteString(w, "\x89PNG\r\n\x1a\n"); err != nil {
		return err
	}
	if err := writeChunk(w, "IHDR", head); err != nil {
		return err
	}
	body := &chunks{w: w}
	if err := p.pack(body); err != nil {
		return err
	}
	if err := body.flush(); err != nil {
		return err
	}
	return writeChunk(w, "IEND", nil)
}

// samples is how many bytes a pixel needs.
func samples(img *image.NRGBA) int {
	switch {
	case !img.Opaque():
		return 4
	case gray(img):
		return 1
	}
	return 3
}

// pack writes all rows in the packing that suits the picture.
func (p *pngPicture) pack(w io.Writer) error {
	var sizes [len(packings)]counter
	var packers [len(packings)]*zlib.Writer
	for k, q := range packings {
		var err error
		if packers[k], err = zlib.NewWriterLevel(&sizes[k], q.level); err != nil {
			return err
		}
		for band := min(p.h, pngTried*pngBand) / 2; band < p.h; band += pngTried * pngBand {
			if err := p.rows(packers[k], q.filter, band, min(band+pngBand, p.h)); err != nil {
				return err
			}
		}
		if err := packers[k].Close(); err != nil {
			return err
		}
	}
	k := 0
	if float64(sizes[0]) > quickWorth*float64(sizes[1]) {
		k = 1
	}
	packers[k].Reset(w)
	if err := p.rows(packers[k], packings[k].filter, 0, p.h); err != nil {
		return err
	}
	return packers[k].Close()
}

// rows packs the rows y0 … y1−1.
func (p *pngPicture) rows(to io.Writer, filter byte, y0, y1 int) error {
	if y0 == 0 {
		clear(p.above)
	} else {
		p.samples(p.above, y0-1)
	}
	p.filtered[0] = filter
	for y := y0; y < y1; y++ {
		p.samples(p.row, y)
		out := p.filtered[1:]
		if filter == pngUp {
			lessAbove(out, p.row, p.above)
		} else {
			lessMean(out, p.row, p.above, p.bytes)
		}
		if _, err := to.Write(p.filtered); err != nil {
			return err
		}
		p.above, p.row = p.row, p.above
	}
	return nil
}

// samples takes the samples of row y that are written.
func (p *pngPicture) samples(dst []byte, y int) {
	row := p.Pix[y*p.Stride:][:4*p.w]
	switch p.bytes {
	case 1:
		for x := range dst {
			dst[x] = row[4*x]
		}
	case 3:
		for x := range p.w {
			d, s := dst[3*x:3*x+3:3*x+3], row[4*x:4*x+3:4*x+3]
			d[0], d[1], d[2] = s[0], s[1], s[2]
		}
	default:
		copy(dst, row)
	}
}

func lessAbove(out, row, above []byte) {
	row, above = row[:len(out)], above[:len(out)]
	for i := range out {
		out[i] = row[i] - above[i]
	}
}

func lessMean(out, row, above []byte, n int) {
	for i := range n {
		out[i] = row[i] - above[i]/2
	}
	out = out[n:]
	before, row, above := row[:len(out)], row[n:][:len(out)], above[n:][:len(out)]
	for i := range out {
		out[i] = row[i] - uint8((uint(before[i])+uint(above[i]))/2)
	}
}

// counter counts what is written.
type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// chunks writes what it is given as chunks of pixels.
type chunks struct {
	w    io.Writer
	held []byte
}

func (c *chunks) Write(b []byte) (int, error) {
	if len(c.held)+len(b) > pngChunk {
		if err := c.flush(); err != nil {
			return 0, err
		}
	}
	c.held = append(c.held, b...)
	return len(b), nil
}

func (c *chunks) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	err := writeChunk(c.w, "IDAT", c.held)
	c.held = c.held[:0]
	return err
}

// writeChunk writes one chunk of a PNG.
func writeChunk(w io.Writer, kind string, body []byte) error {
	head := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), kind...)
	sum := crc32.Update(crc32.ChecksumIEEE(head[4:]), crc32.IEEETable, body)
	for _, part := range [][]byte{head, body, binary.BigEndian.AppendUint32(nil, sum)} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}
