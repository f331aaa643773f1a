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

// put keeps a picture's pixels as a sealed item: width, height, and four bytes for each pixel.
func put(h *memory.Handle, img *image.NRGBA) (name string, err error) {
	var head [8]byte
	binary.BigEndian.PutUint32(head[:4], uint32(img.Rect.Dx()))
	binary.BigEndian.PutUint32(head[4:], uint32(img.Rect.Dy()))
	readers := []io.Reader{bytes.NewReader(head[:])}
	for y := range img.Rect.Dy() {
		i := img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y+y)
		readers = append(readers, bytes.NewReader(img.Pix[i:i+4*img.Rect.Dx()]))
	}
	name, _, err = h.Put(io.MultiReader(readers...))
	return name, err
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
	img := image.NewNRGBA(image.Rect(0, 0, wide, tall))
	if _, err := io.ReadFull(r, img.Pix); err != nil {
		return nil, fmt.Errorf("cutout: read a kept picture: %w", err)
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
