package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"testing"
)

// exifBlock is a TIFF directory with an orientation and, behind a pointer, an interoperability mark.
func exifBlock(order binary.ByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00")
	if order == binary.ByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*\x00\x00\x00\x08")
	}
	put := func(tag, kind uint16, count, value uint32, short bool) {
		e := make([]byte, 12)
		order.PutUint16(e, tag)
		order.PutUint16(e[2:], kind)
		order.PutUint32(e[4:], count)
		if short {
			order.PutUint16(e[8:], uint16(value))
		} else {
			order.PutUint32(e[8:], value)
		}
		b = append(b, e...)
	}
	count := func(n uint16) { b = append(b, 0, 0); order.PutUint16(b[len(b)-2:], n) }
	next := func() { b = append(b, 0, 0, 0, 0) }
	count(2)
	put(tagOrientation, 3, 1, uint32(orientation), true)
	put(tagExifIFD, 4, 1, 38, false)
	next()
	count(1)
	put(tagInteropIFD, 4, 1, 56, false)
	next()
	count(1)
	put(tagInteropName, 2, 4, 0, false)
	copy(b[len(b)-4:], "R03\x00")
	next()
	return b
}

func TestEXIF(t *testing.T) {
	t.Parallel()
	for o := range uint16(12) {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			want := exifFacts{orientation: int(o), adobeRGB: true}
			if o < 1 || o > 8 {
				want.orientation = 0
			}
			if got := readEXIF(append([]byte("Exif\x00\x00"), exifBlock(order, o)...)); got != want {
				t.Errorf("%v, %d: %+v", order, o, got)
			}
		}
	}
	loop := exifBlock(binary.LittleEndian, 6)
	binary.LittleEndian.PutUint32(loop[30:], 8) // the EXIF directory is the first one again
	if got := readEXIF(loop); got.orientation != 6 || got.adobeRGB {
		t.Errorf("a directory that points to itself: %+v", got)
	}
}

func TestXMPOrientation(t *testing.T) {
	t.Parallel()
	for packet, want := range map[string]int{
		`<rdf:Description tiff:Orientation="6"/>`:      6,
		`<tiff:Orientation>3</tiff:Orientation>`:       3,
		`<rdf:Description tiff:Orientation = '8' x=1>`: 8,
		`<tiff:Orientation>9</tiff:Orientation>`:       0,
		`<tiff:Orientation>12</tiff:Orientation>`:      0,
		`tiff:Orientation`:                             0,
		``:                                             0,
	} {
		if got := xmpOrientation([]byte(packet)); got != want {
			t.Errorf("%q: %d, not %d", packet, got, want)
		}
	}
}

// TestUprightUndoesEachOrientation numbers the pixels of a 3×2 picture and turns it.
func TestUprightUndoesEachOrientation(t *testing.T) {
	t.Parallel()
	for o, want := range map[int]string{
		0: "123/456", 1: "123/456", 2: "321/654", 3: "654/321", 4: "456/123", 9: "123/456",
		5: "14/25/36", 6: "41/52/63", 7: "63/52/41", 8: "36/25/14",
	} {
		img := image.NewNRGBA(image.Rect(0, 0, 3, 2))
		for i := range 6 {
			img.Pix[4*i] = uint8('1' + i)
		}
		out := upright(t.Context(), img, o)
		got := ""
		for y := range out.Rect.Dy() {
			if y > 0 {
				got += "/"
			}
			for x := range out.Rect.Dx() {
				got += string(rune(out.Pix[y*out.Stride+4*x]))
			}
		}
		if got != want {
			t.Errorf("orientation %d: %s, not %s", o, got, want)
		}
	}
}

func TestCancelledDecode(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Decode(ctx, []byte("\xff\xd8\xff"), DefaultLimits()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTransferCurves(t *testing.T) {
	t.Parallel()
	// ITU-R BT.2408: the white of a page is signal 0.58 in PQ and 0.75 in HLG.
	if v := pq(0.5807); v < 0.98 || v > 1.02 {
		t.Errorf("PQ white is %.3f", v)
	}
	if v := hlg(0.75); v < 0.98 || v > 1.02 {
		t.Errorf("HLG white is %.3f", v)
	}
	for kind, params := range map[int][7]float64{
		0: {2.2}, 1: {2.4, 1 / 1.055, 0.055 / 1.055}, 2: {2.2, 0.9, 0.1, 0.01}, 3: {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045}, 4: {1, 1, 0, 1, 0.5, 0.1, 0},
	} {
		c := curve{para: parametric(kind, params)}
		if a, b := c.at(0), c.at(1); a < 0 || a > 0.12 || b < 0.9 || b > 1.12 {
			t.Errorf("kind %d runs from %.3f to %.3f", kind, a, b)
		}
	}
}

// tiny limits keep a fuzzing run to the headers and to pictures that cost nothing.
func tiny() Limits { return Limits{Bytes: 1 << 20, Pixels: 1 << 12, Side: 256, Scans: 4} }

func FuzzHeaders(f *testing.F) {
	var b bytes.Buffer
	img := drawing(9, 7, true)
	for _, encode := range []func() error{
		func() error { return EncodePNG(&b, img) },
		func() error { return EncodeJPEG(&b, img, 80) },
		func() error { return EncodeWebP(&b, img) },
	} {
		b.Reset()
		if err := encode(); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(b.Bytes()))
	}
	f.Add([]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1\x00\x00\x00\x10meta\x00\x00\x00\x00pitm"))
	f.Add([]byte("\x00\x00\x00\x14ftypheic\x00\x00\x00\x00heic\x00\x00\x00\x2cmeta\x00\x00\x00\x00\x00\x00\x00\x0epitm\x00\x00\x00\x00\x00\x01\x00\x00\x00\x12iinf\x00\x00\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		readJPEG(data)
		if len(data) >= 12 {
			_, _ = readWebP(data)
		}
		readPNG(data)
		_, _ = readHEIF(data)
		hevcColour(data)
		pic, err := Decode(t.Context(), data, tiny())
		if (pic == nil) == (err == nil) {
			t.Errorf("%v with %v", pic, err)
		}
		if pic != nil && pic.Image.Rect.Min != (image.Point{}) {
			t.Errorf("bounds %v", pic.Image.Rect)
		}
	})
}

func FuzzEXIF(f *testing.F) {
	f.Add(exifBlock(binary.LittleEndian, 6))
	f.Add(exifBlock(binary.BigEndian, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := readEXIF(data).orientation; o < 0 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		if o := xmpOrientation(data); o < 0 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}

func FuzzICC(f *testing.F) {
	f.Add(srgbICC(3))
	f.Add(srgbICC(1))
	lut := []byte("mft1\x00\x00\x00\x00\x03\x03\x02\x00")
	f.Add(append(lut, make([]byte, 36+3*256+24+3*256)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		img := drawing(4, 4, true)
		for _, n := range []int{1, 3, 4} {
			if l, err := parseLUT(data, n, n == 4); err == nil {
				l.xyz([4]float64{0, 0.3, 1, 0.5})
			}
		}
		if p, err := parseICC(data); err == nil {
			p.isSRGB()
			p.colour([4]float64{0, 0.3, 1, 0.5})
			if p.channels == 3 {
				p.apply(t.Context(), img)
			}
		}
	})
}

func benchmarkJPEG(b *testing.B, w, h int) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, drawing(w, h, true), &jpeg.Options{Quality: 88}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(4 * w * h))
	for b.Loop() {
		if _, err := Decode(b.Context(), file.Bytes(), DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeJPEG1MP(b *testing.B)  { benchmarkJPEG(b, 1155, 866) }
func BenchmarkDecodeJPEG12MP(b *testing.B) { benchmarkJPEG(b, 4000, 3000) }
