package cutout

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"

	"easel/engine/raster"
	"easel/internal/memory"
)

// put keeps a picture's pixels as a sealed item: width, height, bytes for each pixel (three where nothing shows through, for twenty
// photos have to fit into a session; else four), and those.
func put(h *memory.Handle, img *image.NRGBA) (name string, err error) {
	deep := 4
	if img.Opaque() {
		deep = 3
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(img.Rect.Dx()))
	head = append(binary.BigEndian.AppendUint32(head, uint32(img.Rect.Dy())), byte(deep))
	s := &samples{img: img, deep: deep, row: make([]byte, deep*img.Rect.Dx())}
	defer clear(s.row)
	name, _, err = h.Put(io.MultiReader(bytes.NewReader(head), s))
	return name, err
}

// samples reads a picture's pixels row by row.
type samples struct {
	img       *image.NRGBA
	deep      int
	y         int
	row, left []byte // the row that is read, and what is still to be read of it
}

func (s *samples) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		if s.y == s.img.Rect.Dy() {
			return 0, io.EOF
		}
		from := s.img.Pix[s.img.PixOffset(s.img.Rect.Min.X, s.img.Rect.Min.Y+s.y):]
		for x := range s.img.Rect.Dx() {
			copy(s.row[s.deep*x:s.deep*(x+1)], from[4*x:4*x+4])
		}
		s.left = s.row
		s.y++
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

// opened opens a picture or matte that was kept, up to its samples. The caller closes it.
func opened(h *memory.Handle, name string) (r *memory.Reader, wide, tall int, err error) {
	if r, err = h.Open(name); err != nil {
		return nil, 0, 0, err
	}
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, 0, 0, errors.Join(fmt.Errorf("cutout: read a kept picture: %w", err), r.Close())
	}
	return r, int(binary.BigEndian.Uint32(head[:4])), int(binary.BigEndian.Uint32(head[4:])), nil
}

// get reads a picture that put has kept. Its pixels are the caller's to clear.
func get(h *memory.Handle, name string) (*image.NRGBA, error) {
	r, wide, tall, err := opened(h, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it wipes a buffer and cannot fail
	var deep [1]byte
	if _, err := io.ReadFull(r, deep[:]); err != nil {
		return nil, fmt.Errorf("cutout: read a kept picture: %w", err)
	}
	img := image.NewNRGBA(image.Rect(0, 0, wide, tall))
	d := int(deep[0])
	packed := img.Pix[(4-d)*wide*tall:] // the end of where they belong, so that each pixel moves to before what is still to be read
	if _, err := io.ReadFull(r, packed); err != nil {
		clear(img.Pix)
		return nil, fmt.Errorf("cutout: read a kept picture: %w", err)
	}
	if d == 3 {
		for i := range wide * tall {
			p := [3]byte(packed[3*i:])
			copy(img.Pix[4*i:], []byte{p[0], p[1], p[2], 255})
		}
	}
	return img, nil
}

// matteHead is what stands before a matte's samples.
const matteHead = 8

// putMatte keeps a matte in eight bits: width, height, and one byte for each pixel.
func putMatte(h *memory.Handle, p *raster.Plane) (name string, err error) {
	data := make([]byte, matteHead+len(p.P))
	defer clear(data)
	binary.BigEndian.PutUint32(data[:4], uint32(p.W))
	binary.BigEndian.PutUint32(data[4:], uint32(p.H))
	for i, v := range p.P {
		data[matteHead+i] = uint8(raster.Clamp(v, 0, 1)*255 + 0.5)
	}
	name, _, err = h.Put(bytes.NewReader(data))
	return name, err
}

func getMatte(h *memory.Handle, name string) (*raster.Plane, error) {
	r, wide, tall, err := opened(h, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it wipes a buffer and cannot fail
	data := make([]byte, wide*tall)
	defer clear(data)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, fmt.Errorf("cutout: read a kept matte: %w", err)
	}
	p := raster.New(wide, tall)
	for i, v := range data {
		p.P[i] = float32(v) / 255
	}
	return p, nil
}

// show keeps a file for a page and returns the item and its pass.
func show(h *memory.Handle, data []byte) (name, pass string, err error) {
	defer clear(data)
	if name, _, err = h.Put(bytes.NewReader(data)); err != nil {
		return "", "", err
	}
	if pass, err = h.Pass(name); err != nil {
		h.Drop(name)
		return "", "", err
	}
	return name, pass, nil
}
