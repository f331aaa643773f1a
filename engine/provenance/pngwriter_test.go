package provenance

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"testing"
)

func TestPNGWriterGivesTheSameFileAsPNG(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 70, 50))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i)
	}
	for x := range 70 {
		img.SetNRGBA(x, 3, color.NRGBA{uint8(x), 2, 3, 255})
	}
	var plain bytes.Buffer
	if err := png.Encode(&plain, img); err != nil {
		t.Fatal(err)
	}
	mark := Mark{Studio: "portrait", Style: "artistic", Engine: "test", Version: "1", Seed: 9}
	want, err := PNG(plain.Bytes(), mark)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{1, 7, headBytes, 1 << 20} { // however it is cut
		var got bytes.Buffer
		w := PNGWriter(&got, mark)
		for b := plain.Bytes(); len(b) > 0; {
			n := min(step, len(b))
			if wrote, err := w.Write(b[:n]); err != nil || wrote != n {
				t.Fatalf("step %d: %d of %d bytes, %v", step, wrote, n, err)
			}
			b = b[n:]
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("in steps of %d the file differs from the one marked afterwards", step)
		}
	}
}

func TestPNGWriterTakesOnlyPNG(t *testing.T) {
	t.Parallel()
	if _, err := PNGWriter(new(bytes.Buffer), Mark{}).Write(bytes.Repeat([]byte("x"), 100)); !errors.Is(err, ErrFormat) {
		t.Errorf("writing something else: %v, want ErrFormat", err)
	}
	full := errors.New("the disk is full")
	if err := png.Encode(PNGWriter(failing{full}, Mark{}), image.NewGray(image.Rect(0, 0, 9, 9))); !errors.Is(err, full) {
		t.Errorf("a writer that fails: %v", err)
	}
}

// failing is a writer that takes nothing.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
