package ingest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"os"

	"golang.org/x/image/webp"
)

// drawing makes a picture like a result: paper with grain, dark strokes, a soft wash.
func drawing(w, h int, coloured bool) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	seed := uint32(1)
	for y := range h {
		for x := range w {
			seed = seed*1664525 + 1013904223
			v := 236 + float64(seed>>24)/16
			if math.Abs(math.Sin(float64(x*3+y*5)/40)) < 0.08 {
				v -= 150
			}
			c := color.NRGBA{uint8(v), uint8(v), uint8(v), 255}
			if coloured {
				c.R = uint8(max(0, v-60*float64(x)/float64(w)))
				c.B = uint8(max(0, v-40*float64(y)/float64(h)))
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func meanDifference(a *image.NRGBA, b image.Image) float64 {
	sum := 0.0
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			p := a.NRGBAAt(x, y)
			q := color.NRGBAModel.Convert(b.At(x, y)).(color.NRGBA)
			sum += math.Abs(float64(p.R)-float64(q.R)) + math.Abs(float64(p.G)-float64(q.G)) + math.Abs(float64(p.B)-float64(q.B))
		}
	}
	return sum / float64(3*a.Rect.Dx()*a.Rect.Dy())
}

func TestEncodersKeepThePicture(t *testing.T) {
	t.Parallel()
	for _, coloured := range []bool{false, true} {
		img := drawing(301, 203, coloured)
		var b bytes.Buffer
		if err := EncodePNG(&b, img); err != nil {
			t.Fatal(err)
		}
		back, err := png.Decode(&b)
		if err != nil || back.Bounds() != img.Rect {
			t.Fatal(err, back.Bounds())
		}
		if d := meanDifference(img, back); d != 0 {
			t.Errorf("coloured %v: PNG differs by %.2f", coloured, d)
		}
		if _, gray := back.(*image.Gray); gray == coloured {
			t.Errorf("coloured %v: PNG decodes to %T", coloured, back)
		}
		if err := EncodeJPEG(&b, img, JPEGQuality); err != nil {
			t.Fatal(err)
		}
		if back, err = jpeg.Decode(&b); err != nil {
			t.Fatal(err)
		}
		if d := meanDifference(img, back); d > 2.5 {
			t.Errorf("coloured %v: JPEG differs by %.2f", coloured, d)
		}
		if err := EncodeWebP(&b, img); err != nil {
			t.Fatal(err)
		}
		if back, err = webp.Decode(&b); err != nil {
			t.Fatal(err)
		}
		pic, _ := toSRGB(t.Context(), back, colourTag{}, studio601())
		if d := meanDifference(img, pic); d > 4 {
			t.Errorf("coloured %v: WebP differs by %.2f", coloured, d)
		}
	}
}

func TestEncodersTakePartsOfPictures(t *testing.T) {
	t.Parallel()
	img := drawing(160, 120, true).SubImage(image.Rect(20, 10, 121, 91)).(*image.NRGBA)
	for name, encode := range map[string]func(*bytes.Buffer) error{
		"png":  func(b *bytes.Buffer) error { return EncodePNG(b, img) },
		"jpeg": func(b *bytes.Buffer) error { return EncodeJPEG(b, img, JPEGQuality) },
		"webp": func(b *bytes.Buffer) error { return EncodeWebP(b, img) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		lim := DefaultLimits()
		lim.MinSide = 1
		pic, err := Decode(t.Context(), b.Bytes(), lim)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := pic.Image.Rect.Size(); got != image.Pt(101, 81) {
			t.Errorf("%s: size %v", name, got)
		}
		if d := meanDifference(pic.Image, shifted{img}); d > 4 {
			t.Errorf("%s: differs by %.2f", name, d)
		}
	}
}

// shifted is a part of a picture moved to (0, 0).
type shifted struct{ *image.NRGBA }

func (s shifted) At(x, y int) color.Color { return s.NRGBAAt(x+s.Rect.Min.X, y+s.Rect.Min.Y) }

func TestTransparencyIsLaidOnWhite(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 160, 160))
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+3] = 200, 128
	}
	var b bytes.Buffer
	if err := EncodeJPEG(&b, img, JPEGQuality); err != nil {
		t.Fatal(err)
	}
	back, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	r, g, _, _ := back.At(80, 80).RGBA()
	if r>>8 < 224 || r>>8 > 230 || g>>8 < 124 || g>>8 > 130 {
		t.Errorf("half-transparent red over white is %d, %d", r>>8, g>>8)
	}
	if img.Pix[3] != 128 {
		t.Error("the source was changed")
	}
}

func TestPDFIsOnePageThatViewersOpen(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"pdfinfo", "pdftoppm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: install poppler-utils, which judges the PDF", program)
		}
	}
	tests := []struct {
		name     string
		w, h     int
		coloured bool
		paper    Paper
		size     string
	}{
		{"upright A4", 200, 300, true, A4, "595.276 x 841.89 pts (A4)"},
		{"lying A4", 300, 200, false, Paper{}, "841.89 x 595.276 pts (A4)"},
		{"lying letter", 300, 180, true, Letter, "792 x 612 pts (letter)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			img := drawing(tt.w, tt.h, tt.coloured)
			path := filepath.Join(t.TempDir(), "page.pdf")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			o := PDFOptions{Paper: tt.paper, Title: "Porträt (1) 🖌", XMP: []byte(`<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>`)}
			if err := EncodePDF(f, img, o); err != nil {
				t.Fatal(err)
			}
			f.Close()
			info, err := exec.Command("pdfinfo", path).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, info)
			}
			for _, want := range []string{"Pages:           1\n", tt.size, "Title:           Porträt (1) 🖌\n", "Metadata Stream: yes"} {
				if !strings.Contains(string(info), want) {
					t.Errorf("pdfinfo lacks %q:\n%s", want, info)
				}
			}
			for _, bad := range []string{"Creat", "Producer", "Author", "ModDate", "rror"} {
				if strings.Contains(string(info), bad) {
					t.Errorf("pdfinfo shows %s:\n%s", bad, info)
				}
			}
			checkPage(t, path, img)
		})
	}
}

// checkPage renders the page and compares its middle and its margins with the picture.
func checkPage(t *testing.T, path string, img *image.NRGBA) {
	t.Helper()
	if out, err := exec.Command("pdftoppm", "-r", "36", "-png", "-singlefile", path, path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("pdftoppm: %v: %s", err, out)
	}
	data, err := os.ReadFile(path + ".png")
	if err != nil {
		t.Fatal(err)
	}
	page, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	w, h := page.Bounds().Dx(), page.Bounds().Dy()
	if r, g, b, _ := page.At(3, 3).RGBA(); min(r, g, b) < 0xff00 {
		t.Error("the margin is not white")
	}
	mean := func(m image.Image, x0, y0, x1, y1 int) (s [3]float64) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				r, g, b, _ := m.At(x, y).RGBA()
				s[0], s[1], s[2] = s[0]+float64(r>>8), s[1]+float64(g>>8), s[2]+float64(b>>8)
			}
		}
		for i := range s {
			s[i] /= float64((x1 - x0) * (y1 - y0))
		}
		return s
	}
	iw, ih := img.Rect.Dx(), img.Rect.Dy()
	got, want := mean(page, w*3/8, h*3/8, w*5/8, h*5/8), mean(img, iw*3/8, ih*3/8, iw*5/8, ih*5/8)
	for i := range got {
		if math.Abs(got[i]-want[i]) > 8 {
			t.Errorf("middle of the page is %.0f, of the picture %.0f", got, want)
			break
		}
	}
}

func TestEqualPicturesGiveEqualPDFs(t *testing.T) {
	t.Parallel()
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := EncodePDF(w, drawing(130, 140, true), PDFOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the files differ")
	}
}

func TestOwnProfilesAreSRGB(t *testing.T) {
	t.Parallel()
	for _, channels := range []int{1, 3} {
		p, err := parseICC(srgbICC(channels))
		if err != nil || p.channels != channels || !p.isSRGB() {
			t.Errorf("%d channels: %+v, %v", channels, p, err)
		}
	}
}

func benchmarkEncode(b *testing.B, encode func(*bytes.Buffer, *image.NRGBA) error) {
	for _, coloured := range []bool{false, true} {
		name := map[bool]string{false: "gray", true: "colour"}[coloured]
		b.Run(name, func(b *testing.B) {
			img := drawing(1224, 1632, coloured)
			var out bytes.Buffer
			b.SetBytes(int64(len(img.Pix)))
			for b.Loop() {
				out.Reset()
				if err := encode(&out, img); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(out.Len()), "bytes")
		})
	}
}

func BenchmarkEncodePNG2MP(b *testing.B) {
	benchmarkEncode(b, func(w *bytes.Buffer, img *image.NRGBA) error { return EncodePNG(w, img) })
}

func BenchmarkEncodeJPEG2MP(b *testing.B) {
	benchmarkEncode(b, func(w *bytes.Buffer, img *image.NRGBA) error { return EncodeJPEG(w, img, JPEGQuality) })
}

func BenchmarkEncodeWebP2MP(b *testing.B) {
	benchmarkEncode(b, func(w *bytes.Buffer, img *image.NRGBA) error { return EncodeWebP(w, img) })
}
