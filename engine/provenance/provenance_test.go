package provenance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"easel/engine/ingest"
	"easel/internal/sitter"

	xwebp "golang.org/x/image/webp"
)

var mark = Mark{Studio: "portrait", Style: "rough-sketch", Engine: "built-in <1> & more", Version: "1.2.3", Seed: 18446744073709551615}

func picture() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 131, 140))
	for y := range 140 {
		for x := range 131 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	return img
}

// files encodes the picture in each format and marks it.
func files(t testing.TB, m Mark) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	img := picture()
	for name, f := range map[string]struct {
		encode func(*bytes.Buffer) error
		put    func([]byte, Mark) ([]byte, error)
	}{
		"a.png":  {func(b *bytes.Buffer) error { return ingest.EncodePNG(b, img) }, PNG},
		"a.jpg":  {func(b *bytes.Buffer) error { return ingest.EncodeJPEG(b, img, ingest.JPEGQuality) }, JPEG},
		"a.webp": {func(b *bytes.Buffer) error { return ingest.EncodeWebP(b, img) }, WebP},
		"a.pdf": {func(b *bytes.Buffer) error {
			return ingest.EncodePDF(b, img, ingest.PDFOptions{XMP: Packet(m)})
		}, func(b []byte, _ Mark) ([]byte, error) { return b, nil }},
	} {
		var b bytes.Buffer
		if err := f.encode(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		data, err := f.put(b.Bytes(), m)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = data
	}
	return out
}

func TestMarksAreReadBack(t *testing.T) {
	t.Parallel()
	for _, m := range []Mark{mark, {}, {Studio: "cutout", Made: Cut}, {Studio: "cutout", Made: Filled}, {Studio: "figure", Engine: "gemini", Made: Trained, Seed: 7}} {
		for name, data := range files(t, m) {
			got, err := Read(data)
			if err != nil || got != m {
				t.Errorf("%s: %+v, %v; want %+v", name, got, err, m)
			}
		}
	}
}

func TestMarkedFilesStillDecode(t *testing.T) {
	t.Parallel()
	all := files(t, mark)
	for name, decode := range map[string]func([]byte) (image.Image, error){
		"a.png":  func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) },
		"a.jpg":  func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) },
		"a.webp": func(b []byte) (image.Image, error) { return xwebp.Decode(bytes.NewReader(b)) },
	} {
		img, err := decode(all[name])
		if err != nil || img.Bounds().Size() != image.Pt(131, 140) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnOlderMarkIsReplaced(t *testing.T) {
	t.Parallel()
	second := mark
	second.Style, second.Seed = "artistic", 5
	put := map[string]func([]byte, Mark) ([]byte, error){"a.png": PNG, "a.jpg": JPEG, "a.webp": WebP}
	for name, data := range files(t, mark) {
		if put[name] == nil {
			continue
		}
		again, err := put[name](data, second)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Read(again); err != nil || got != second {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if n := bytes.Count(again, []byte("<x:xmpmeta")); n != 1 {
			t.Errorf("%s holds %d packets", name, n)
		}
	}
}

// exiftool runs the program on files and returns what it read from each.
func exiftool(t *testing.T, args ...string) []map[string]any {
	t.Helper()
	if _, err := exec.LookPath("exiftool"); err != nil {
		t.Fatal("exiftool is missing: install libimage-exiftool-perl, which judges the marks independently")
	}
	out, err := exec.Command("exiftool", append([]string{"-j", "-G1", "-a", "-n"}, args...)...).Output()
	if err != nil {
		t.Fatalf("exiftool: %v: %s", err, out)
	}
	var list []map[string]any
	d := json.NewDecoder(bytes.NewReader(out))
	d.UseNumber()
	if err := d.Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestExiftoolReadsTheMarks(t *testing.T) {
	t.Parallel()
	for _, m := range []Mark{mark, {Studio: "figure", Style: "clay", Engine: "x", Version: "2", Seed: 3, Made: Trained}} {
		dir := t.TempDir()
		var paths []string
		for name, data := range files(t, m) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		for _, got := range exiftool(t, paths...) {
			name := fmt.Sprint(got["SourceFile"])
			for key, want := range map[string]string{
				"XMP-iptcExt:DigitalSourceType": m.SourceType(),
				"XMP-xmp:CreatorTool":           "Easel " + m.Version,
				"XMP-easel:Studio":              m.Studio,
				"XMP-easel:Style":               m.Style,
				"XMP-easel:Engine":              m.Engine,
				"XMP-easel:Seed":                fmt.Sprint(m.Seed),
			} {
				if s := fmt.Sprint(got[key]); s != want {
					t.Errorf("%s: %s is %q, not %q", filepath.Base(name), key, s, want)
				}
			}
			if w := got["ExifTool:Warning"]; w != nil {
				t.Errorf("%s: exiftool warns: %v", filepath.Base(name), w)
			}
		}
	}
}

// TestNothingOfTheSourceSurvives sends a photo full of personal notes the whole way.
func TestNothingOfTheSourceSurvives(t *testing.T) {
	t.Parallel()
	source := filepath.Join(sitter.Photos(t), "awkward", "ori6-gps-thumb.jpg")
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	secrets := personal(t, source)
	if len(secrets) < 5 {
		t.Fatalf("the source shows only %d personal values; is it the right file?", len(secrets))
	}
	pic, err := ingest.Decode(t.Context(), data, ingest.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	for name, encode := range map[string]func(*bytes.Buffer) error{
		"r.png":  func(b *bytes.Buffer) error { return ingest.EncodePNG(b, pic.Image) },
		"r.jpg":  func(b *bytes.Buffer) error { return ingest.EncodeJPEG(b, pic.Image, ingest.JPEGQuality) },
		"r.webp": func(b *bytes.Buffer) error { return ingest.EncodeWebP(b, pic.Image) },
		"r.pdf": func(b *bytes.Buffer) error {
			return ingest.EncodePDF(b, pic.Image, ingest.PDFOptions{XMP: Packet(mark)})
		},
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		marked := b.Bytes()
		switch filepath.Ext(name) {
		case ".png":
			marked, err = PNG(marked, mark)
		case ".jpg":
			marked, err = JPEG(marked, mark)
		case ".webp":
			marked, err = WebP(marked, mark)
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(out, name)
		if err := os.WriteFile(path, marked, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, fields := range exiftool(t, path) {
			for key := range fields {
				if strings.HasPrefix(key, "GPS") || strings.HasPrefix(key, "IFD") || strings.HasPrefix(key, "Exif") || strings.HasPrefix(key, "IPTC") {
					if key != "ExifTool:ExifToolVersion" {
						t.Errorf("%s holds %s", name, key)
					}
				}
			}
		}
		for _, s := range secrets {
			if bytes.Contains(marked, []byte(s)) {
				t.Errorf("%s holds %q of the source", name, s)
			}
		}
	}
}

// personal lists the longer texts in a photo's notes.
func personal(t *testing.T, path string) (out []string) {
	t.Helper()
	for key, v := range exiftool(t, path)[0] {
		s := fmt.Sprint(v)
		group, _, _ := strings.Cut(key, ":")
		switch group {
		case "System", "File", "ExifTool", "Composite", "ICC-header", "ICC_Profile", "SourceFile", "JFIF":
			continue
		}
		if len(s) >= 6 && strings.Trim(s, "0123456789. :+-") != "" {
			out = append(out, s)
		}
	}
	return out
}

func TestOtherFilesAreRefused(t *testing.T) {
	t.Parallel()
	all := files(t, mark)
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("hello, world"), "cut png": all["a.png"][:60], "cut jpeg": all["a.jpg"][:60],
		"cut webp": all["a.webp"][:60], "bare jpeg": []byte("\xff\xd8\xff"),
	} {
		if _, err := Read(data); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: read gives %v", name, err)
		}
		for kind, put := range map[string]func([]byte, Mark) ([]byte, error){"PNG": PNG, "JPEG": JPEG, "WebP": WebP} {
			if _, err := put(data, mark); !errors.Is(err, ErrFormat) {
				t.Errorf("%s: %s gives %v", name, kind, err)
			}
		}
	}
	var plain bytes.Buffer
	if err := png.Encode(&plain, picture()); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(plain.Bytes()); !errors.Is(err, ErrNone) {
		t.Errorf("a plain PNG gives %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, data := range files(f, mark) {
		f.Add(data[:min(len(data), 4096)])
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Read(data); err != nil && m != (Mark{}) {
			t.Errorf("an error with a mark: %+v, %v", m, err)
		}
		for _, put := range []func([]byte, Mark) ([]byte, error){PNG, JPEG, WebP} {
			out, err := put(data, mark)
			if err != nil {
				continue
			}
			if m, err := Read(out); err != nil || m != mark {
				t.Errorf("marked, but reads %+v, %v", m, err)
			}
		}
	})
}
