package ingest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"easel/internal/sitter"
)

// plain is a JPEG of one colour, with a segment put after its start.
func plain(t *testing.T, c color.NRGBA, marker byte, body []byte) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 136, 130))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	seg := []byte{0xff, marker}
	seg = binary.BigEndian.AppendUint16(seg, uint16(len(body)+2))
	return append(append(append([]byte{0xff, 0xd8}, seg...), body...), b.Bytes()[2:]...)
}

func TestAdobeRGBByMarkAlone(t *testing.T) {
	t.Parallel()
	exif := append([]byte("Exif\x00\x00"), exifBlock(binary.LittleEndian, 6)...)
	pic, err := Decode(t.Context(), plain(t, color.NRGBA{200, 100, 50, 255}, 0xe1, exif), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if pic.Image.Rect.Size() != image.Pt(130, 136) {
		t.Errorf("not turned: %v", pic.Image.Rect)
	}
	// Adobe RGB 200, 100, 50 is sRGB 227, 100, 42, by the standards' matrices.
	c := pic.Image.NRGBAAt(60, 60)
	if c.R < 223 || c.R > 231 || c.G < 96 || c.G > 104 || c.B < 38 || c.B > 46 {
		t.Errorf("colour is %v", c)
	}
}

func TestFourChannelsWithoutAdobesMark(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(sitter.Photos(t), "awkward", "cmyk-small.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(data, []byte("\xff\xee\x00\x0eAdobe")) // the first is in the thumbnail
	if i < 0 {
		t.Fatal("the file has no Adobe marker")
	}
	bare := append(append([]byte{}, data[:i]...), data[i+16:]...)
	lim := DefaultLimits()
	lim.MinSide = 1
	with, err := Decode(t.Context(), data, lim)
	if err != nil {
		t.Fatal(err)
	}
	without, err := Decode(t.Context(), bare, lim)
	if err != nil {
		t.Fatal(err)
	}
	// Inks stored upside down are inverted: where there was none, all are there now.
	white, black := 0, 0
	for k := 0; k < len(with.Image.Pix); k += 4 {
		if with.Image.Pix[k] > 250 && with.Image.Pix[k+1] > 250 && with.Image.Pix[k+2] > 250 {
			white++
			if without.Image.Pix[k] < 8 && without.Image.Pix[k+1] < 8 && without.Image.Pix[k+2] < 8 {
				black++
			}
		}
	}
	if white != black {
		t.Errorf("%d white pixels, of which %d turned black", white, black)
	}
	if bytes.Equal(with.Image.Pix, without.Image.Pix) {
		t.Error("the mark changes nothing")
	}
}

func TestOnlyTheEndMarkerMayBeMissing(t *testing.T) {
	t.Parallel()
	data := plain(t, color.NRGBA{90, 120, 60, 255}, 0xfe, []byte("a comment"))
	pic, err := Decode(t.Context(), data[:len(data)-2], DefaultLimits())
	if err != nil || len(pic.Notes) != 1 {
		t.Fatalf("without the end marker: %v", err)
	}
	for _, missing := range []int{10, len(data) / 3, len(data) - 30} {
		_, err := Decode(t.Context(), data[:len(data)-missing], DefaultLimits())
		checkRefusal(t, err, CutOff)
	}
}

func TestScansAreCounted(t *testing.T) {
	t.Parallel()
	data := plain(t, color.NRGBA{90, 120, 60, 255}, 0xfe, nil)
	i := bytes.Index(data, []byte{0xff, 0xda})
	scan := data[i : len(data)-2]
	bomb := append(bytes.Clone(data[:i]), bytes.Repeat(scan, 65)...)
	_, err := Decode(t.Context(), append(bomb, 0xff, 0xd9), DefaultLimits())
	checkRefusal(t, err, TooComplex)
}
