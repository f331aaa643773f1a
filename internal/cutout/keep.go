package cutout

import (
	"bytes"
	"encoding/binary"
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

// get reads a picture that put has kept.
func get(h *memory.Handle, name string) (*image.NRGBA, error) {
	r, err := h.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it wipes a buffer and cannot fail
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("cutout: read a kept picture: %w", err)
	}
	img := image.NewNRGBA(image.Rect(0, 0, int(binary.BigEndian.Uint32(head[:4])), int(binary.BigEndian.Uint32(head[4:]))))
	if _, err := io.ReadFull(r, img.Pix); err != nil {
		return nil, fmt.Errorf("cutout: read a kept picture: %w", err)
	}
	return img, nil
}

// putMatte keeps a matte in eight bits, as a gray picture.
func putMatte(h *memory.Handle, p *raster.Plane) (string, error) {
	img := image.NewNRGBA(image.Rect(0, 0, p.W, p.H))
	for i, v := range p.P {
		g := uint8(raster.Clamp(v, 0, 1)*255 + 0.5)
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = g, g, g, 255
	}
	return put(h, img)
}

func getMatte(h *memory.Handle, name string) (*raster.Plane, error) {
	img, err := get(h, name)
	if err != nil {
		return nil, err
	}
	p := raster.New(img.Rect.Dx(), img.Rect.Dy())
	for i := range p.P {
		p.P[i] = float32(img.Pix[4*i]) / 255
	}
	return p, nil
}

// show keeps a file for a page and returns the item and its pass.
func show(h *memory.Handle, data []byte) (name, pass string, err error) {
	if name, _, err = h.Put(bytes.NewReader(data)); err != nil {
		return "", "", err
	}
	clear(data)
	if pass, err = h.Pass(name); err != nil {
		h.Drop(name)
		return "", "", err
	}
	return name, pass, nil
}
