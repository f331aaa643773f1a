package ingest

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"easel/internal/sitter"
)

// outcome is what one awkward file must lead to. Sizes and colours come from other programs (libjpeg, libpng,
// libwebp, libheif, libavif, Little CMS), not from this package.
type outcome struct {
	file     string
	reason   Reason // of the refusal, whose sentence holds what says holds; else:
	says     string
	format   string
	w, h     int    // upright
	quarters string // mean colour over white of the four quarters: top left, top right, bottom left, bottom right
	alpha    int    // mean alpha; 0 here means opaque
	small    bool   // too small by the default limits, so decoded without the lower limit as well
	note     string
}

var outcomes = []outcome{
	{file: "adobergb-photo.jpg", format: "jpeg", w: 1900, h: 1263, quarters: "826c68 3f5845 545659 48534e"},
	{file: "alpha.avif", reason: "broken", says: "damaged"},
	{file: "anim-lossy.webp", format: "webp", w: 200, h: 200, quarters: "f7f7f7 ffffff d4d4d4 ffffff", alpha: 24},
	{file: "anim-many-frames.webp", format: "webp", w: 13, h: 169, quarters: "ffffff ffffff ffffff ffffff", small: true},
	{file: "anim-oddflags.webp", format: "webp", w: 265, h: 199, quarters: "72828a 64727b 6c7b83 606e76"},
	{file: "anim.gif", reason: "other-format", says: "a GIF"},
	{file: "anim.webp", format: "webp", w: 80, h: 80, quarters: "bfe2ed cad5de cad5df cad5de", alpha: 89, small: true},
	{file: "apng.png", format: "png", w: 100, h: 100, quarters: "f7f4f1 efeff0 e1e9e7 e6e9e2", alpha: 31, small: true},
	{file: "arith.jpg", reason: "variant", says: "arithmetic coding"},
	{file: "bad-header.jpg", reason: "cut-off", says: "cut off"},
	{file: "bad-quant.jpg", format: "jpeg", w: 300, h: 400, quarters: "4040fe 4040fe bfc0fe bfc0fe"},
	{file: "bomb-16384.png", reason: "too-many-pixels", says: "16384 × 16384"},
	{file: "bomb-17000.avif", reason: "too-many-pixels", says: "17000 × 17000"},
	{file: "bomb-65536.png", reason: "too-many-pixels", says: "65536 × 65536"},
	{file: "bomb-9643.jpg", reason: "too-many-pixels", says: "100 megapixels"},
	{file: "bomb-ztxt.png", format: "png", w: 1, h: 1, quarters: "000000 000000 000000 000000", small: true},
	{file: "cmyk-icc.jpg", format: "jpeg", w: 388, h: 218, quarters: "95d5d5 95d5d5 95d5d5 95d5d5"},
	{file: "cmyk-person-exif.jpg", format: "jpeg", w: 533, h: 800, quarters: "1a2911 272d1b 0a120a 1c1f15"},
	{file: "cmyk-small.jpg", format: "jpeg", w: 100, h: 100, quarters: "380709 240608 110506 0c0506", small: true},
	{file: "corrupt.jpg", reason: "broken", says: "damaged"},
	{file: "exif-huge-tag.jpg", reason: "cut-off", says: "cut off"},
	{file: "exif-loop.jpg", format: "jpeg", w: 8, h: 8, quarters: "f0efee cac2c3 98938b b2a79f", small: true},
	{file: "exif-max32.jpg", reason: "cut-off", says: "cut off"},
	{file: "ff00-header.jpg", format: "jpeg", w: 300, h: 225, quarters: "7a5350 77525b 794e4e 68483c"},
	{file: "fox-mono.avif", format: "avif", w: 1204, h: 800, quarters: "3f3f3f 3a3a3a 363636 2d2d2d"},
	{file: "fox10.avif", format: "avif", w: 1204, h: 800, quarters: "364249 3a3a39 2f383c 2e2c29"},
	{file: "fox12.avif", format: "avif", w: 1204, h: 800, quarters: "364248 3a3a39 2f383c 2e2c29"},
	{file: "fox8.avif", format: "avif", w: 1204, h: 800, quarters: "374249 3a3a3a 2f393c 2f2d29"},
	{file: "gainmap.jpg", format: "jpeg", w: 400, h: 300, quarters: "caced3 d2d5d9 94938b 70675a"},
	{file: "gps.jpg", format: "jpeg", w: 640, h: 480, quarters: "b4a565 a99752 817040 83673e"},
	{file: "gps2.jpg", format: "jpeg", w: 640, h: 480, quarters: "635a51 7d756a 4e433a 645647"},
	{file: "gradient.tif", reason: "other-format", says: "a TIFF"},
	{file: "gray-alpha.png", format: "png", w: 400, h: 300, quarters: "f9f9f9 f2f2f2 f6f6f6 f5f5f5", alpha: 95},
	{file: "gray-dotgain.jpg", format: "jpeg", w: 715, h: 483, quarters: "717171 676767 696969 4f4f4f"},
	{file: "gray.jpg", format: "jpeg", w: 800, h: 533, quarters: "2b2b2b 1e1e1e 242424 101010"},
	{file: "icc-gbr.jpg", format: "jpeg", w: 1000, h: 1000, quarters: "f1b60c f209b2 2afe73 2754ff"},
	{file: "icc-multichunk.jpg", format: "jpeg", w: 425, h: 250, quarters: "004692 034d9a 659fc3 87b5d2"},
	{file: "icc-rotated.avif", format: "avif", w: 800, h: 800, quarters: "510a2b 503940 0f2827 0e583f"},
	{file: "icc-rotated.jpg", format: "jpeg", w: 800, h: 800, quarters: "4f0a40 513e0a 0f2556 0f5723"},
	{file: "interlaced-gray16.png", format: "png", w: 32, h: 32, quarters: "939393 e4e4e4 afafaf d5d5d5", small: true},
	{file: "interlaced-rgb.png", format: "png", w: 32, h: 32, quarters: "ffdbdb ffd4d4 b7dbdb a8d4d4", small: true},
	{file: "interlaced-rgba.png", format: "png", w: 100, h: 100, quarters: "7878ff 7575ff c7c7ff c6c6ff", alpha: 195, small: true},
	{file: "iphone11-gps.heic", format: "heic", w: 2566, h: 3313, quarters: "838174 748968 776187 837474"},
	{file: "iphone13.heic", format: "heic", w: 3024, h: 4032, quarters: "725d49 847768 724b22 705a46"},
	{file: "iphone7-black.heic", format: "heic", w: 3024, h: 4032, quarters: "020201 020201 020201 020201"},
	{file: "iphone7-gps.heic", format: "heic", w: 4032, h: 3024, quarters: "769fd1 5f5e4e 77a3da 6e6d62"},
	{file: "jpeg-411.jpg", format: "jpeg", w: 602, h: 400, quarters: "374249 3a3a3a 30393d 2f2d29"},
	{file: "jpeg-440.jpg", format: "jpeg", w: 602, h: 400, quarters: "374249 3b3a3a 30393d 2f2d2a"},
	{file: "jpeg-named.heic", format: "jpeg", w: 500, h: 500, quarters: "61544e 837166 6e5f58 786459"},
	{file: "jpeg-prog-arith.jpg", reason: "variant", says: "arithmetic coding"},
	{file: "jpeg-restart.jpg", format: "jpeg", w: 602, h: 400, quarters: "374249 3a3a3a 2f393d 2f2d29"},
	{file: "jpeg-rgb.jpg", format: "jpeg", w: 602, h: 400, quarters: "374249 3a3a3a 2f393c 2f2d29"},
	{file: "jpeg12bit.jpg", reason: "variant", says: "12 bits"},
	{file: "junk-header.jpg", format: "jpeg", w: 1024, h: 768, quarters: "b8c5d2 9999a0 4b4037 39312b"},
	{file: "kimono-crop.avif", format: "avif", w: 385, h: 330, quarters: "dfd9ab dcd9a7 d1d0a9 a4b8a7"},
	{file: "kimono-mirror.avif", format: "avif", w: 722, h: 1024, quarters: "bdc4ab bfc8ae a5a2a4 998d88"},
	{file: "kimono-rot90.avif", format: "avif", w: 722, h: 1024, quarters: "bdc4ab bfc8ae a5a2a4 998d88"},
	{file: "looks-like-svg.webp", format: "webp", w: 256, h: 256, quarters: "c7cbc1 ffffff 7b816b ffffff", alpha: 72},
	{file: "lossless-1bpp.webp", format: "webp", w: 75, h: 100, quarters: "cfcfcf d9d9d9 f4f4f4 f3f3f3", small: true},
	{file: "lossless-alpha.webp", format: "webp", w: 400, h: 301, quarters: "e3a77c e9dcd2 c69e6e ddc9ad", alpha: 120},
	{file: "lossless.webp", format: "webp", w: 600, h: 400, quarters: "46484e 64585e 3a3a45 674f5b"},
	{file: "lossy-alpha.webp", format: "webp", w: 400, h: 301, quarters: "e3a77c e8dcd2 c69e6e ddc9ad", alpha: 120},
	{file: "lossy.webp", format: "webp", w: 400, h: 301, quarters: "e3a77c e8dcd2 c69e6e ddc9ad"},
	{file: "one-byte.jpg", reason: "unknown-format", says: "not a picture"},
	{file: "one-pixel.png", format: "png", w: 1, h: 1, quarters: "ffffff ffffff ffffff ffffff", small: true},
	{file: "ori-9-invalid.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-exif.png", format: "png", w: 512, h: 512, quarters: "918f8f 918f8f 908e8f 908e8f"},
	{file: "ori-l0.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-l1.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-l2.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-l3.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-l4.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-l5.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-l6.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-l7.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-l8.jpg", format: "jpeg", w: 1800, h: 1200, quarters: "8aa8cb 5d6c7e 515f67 525c68"},
	{file: "ori-p3.jpg", format: "jpeg", w: 1200, h: 1800, quarters: "919fa8 b2bcc4 7a858b 848f95"},
	{file: "ori-p6.jpg", format: "jpeg", w: 1200, h: 1800, quarters: "919fa8 b2bcc4 7a858b 848f95"},
	{file: "ori-p8.jpg", format: "jpeg", w: 1200, h: 1800, quarters: "919fa8 b2bcc4 7a858b 848f95"},
	{file: "ori-xmp.png", format: "png", w: 326, h: 268, quarters: "d3b583 c7a978 dbba8a ebca92"},
	{file: "ori6-gps-thumb.jpg", format: "jpeg", w: 1200, h: 1800, quarters: "919fa8 b2bcc4 7a858b 848f95"},
	{file: "ori6.avif", format: "avif", w: 3024, h: 4032, quarters: "937a60 9b9990 a37142 8a673f"},
	{file: "ori6.heic", format: "heic", w: 3024, h: 4032, quarters: "937a60 9a9990 a37142 8a673f"},
	{file: "ori6.webp", format: "webp", w: 391, h: 521, quarters: "7d7759 94836e b48e8f 776a53"},
	{file: "p3-photo.jpg", format: "jpeg", w: 600, h: 400, quarters: "765760 906a5f 312625 6e3e23"},
	{file: "p3-red.jpg", format: "jpeg", w: 1000, h: 1000, quarters: "ff0000 ff0000 ff0000 ff0909"},
	{file: "p3-red.png", format: "png", w: 1000, h: 1000, quarters: "ff0100 ff0100 ff0100 ff0807"},
	{file: "pal-alpha.png", format: "png", w: 300, h: 225, quarters: "b5a6cf bcc6ad eddfda eedfd9", alpha: 74},
	{file: "pal-indexed.png", format: "png", w: 290, h: 442, quarters: "80766f 85796d 7f766f 817567"},
	{file: "pal-trns-small.png", format: "png", w: 32, h: 32, quarters: "c8ceb6 c7b1c1 b5e6b5 b9b9df", alpha: 142, small: true},
	{file: "photo.avif", format: "avif", w: 800, h: 533, quarters: "626544 c1c6c3 5c5d48 67664c"},
	{file: "photo.jxl", reason: "other-format", says: "a JPEG XL"},
	{file: "png-1bit.png", format: "png", w: 512, h: 256, quarters: "b7b7b7 b7b7b7 8f8f8f 8f8f8f"},
	{file: "png-named.jpg", format: "png", w: 32, h: 32, quarters: "c8ceb6 c7b1c1 b5e6b5 b9b9df", alpha: 142, small: true},
	{file: "png16-flag.png", format: "png", w: 900, h: 600, quarters: "c9676f c9676f 6c84b2 6c84b2"},
	{file: "png16-graya.png", format: "png", w: 109, h: 96, quarters: "f8f8f8 f8f8f8 f8f8f8 f8f8f8", alpha: 7, small: true},
	{file: "png16-rgb.png", format: "png", w: 149, h: 227, quarters: "384956 3b4954 61717e 738692"},
	{file: "png16-rgba.png", format: "png", w: 1350, h: 600, quarters: "ecf4f7 f5f0f2 eef5f7 f8f6ef", alpha: 28},
	{file: "poly-gif-js.gif", reason: "other-format", says: "a GIF"},
	{file: "poly-jpg-html.jpg", format: "jpeg", w: 320, h: 240, quarters: "909485 8c967a 8a8b8d 808774"},
	{file: "poly-jpg-mp3.jpg", format: "jpeg", w: 6, h: 2, quarters: "a7560c 0e56a5 a7560c 0e56a5", small: true},
	{file: "poly-jpg-zip.jpg", format: "jpeg", w: 320, h: 240, quarters: "909485 8c967a 8a8b8d 808774"},
	{file: "poly-png-html.png", format: "png", w: 32, h: 32, quarters: "c8ceb6 c7b1c1 b5e6b5 b9b9df", alpha: 142, small: true},
	{file: "progressive-cat.jpg", format: "jpeg", w: 320, h: 240, quarters: "909485 8c967a 8a8b8d 808774"},
	{file: "progressive.jpg", format: "jpeg", w: 650, h: 470, quarters: "808281 767c7e 787f80 828886"},
	{file: "prophoto.jpg", format: "jpeg", w: 1680, h: 1050, quarters: "162d41 26293d 1b1724 23232e"},
	{file: "rec2020-green.jpg", format: "jpeg", w: 1000, h: 1000, quarters: "01ff02 01ff02 01ff02 0aff0b"},
	{file: "small.bmp", reason: "other-format", says: "a BMP"},
	{file: "stereo.mpo", format: "jpeg", w: 640, h: 480, quarters: "6c6457 544336 878077 9b8c88"},
	{file: "svg-named.png", reason: "other-format", says: "an SVG"},
	{file: "trunc-mid.png", reason: "cut-off", says: "cut off"},
	{file: "trunc-near-end.jpg", reason: "cut-off", says: "cut off"},
	{file: "trunc-progressive.jpg", reason: "cut-off", says: "cut off"},
	{file: "trunc.avif", reason: "cut-off", says: "cut off"},
	{file: "trunc.heic", reason: "cut-off", says: "cut off"},
	{file: "trunc.jpg", reason: "cut-off", says: "cut off"},
	{file: "trunc.png", reason: "cut-off", says: "cut off"},
	{file: "trunc.webp", reason: "cut-off", says: "cut off"},
	{file: "two-images.heic", format: "heic", w: 1280, h: 854, quarters: "9baec2 8c9ba6 4e493a 766742"},
	{file: "xyb.jpg", format: "jpeg", w: 290, h: 442, quarters: "7e746f 81786c 7c746f 7d7465"},
	{file: "ycck-icc.jpg", format: "jpeg", w: 1080, h: 1080, quarters: "f1f3f2 fdfdfd edf1f0 fdfdfd"},
	{file: "ycck-noicc.jpg", format: "jpeg", w: 1080, h: 1080, quarters: "f0f5f2 fdfdfd ecf5ef fdfdfd"},
	{file: "zero.jpg", reason: "empty", says: "empty"},
}

func TestAwkwardFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(sitter.Photos(t), "awkward")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]outcome{}
	for _, o := range outcomes {
		known[o.file] = o
	}
	for _, e := range entries {
		want, ok := known[e.Name()]
		if !ok {
			t.Errorf("%s has no expected outcome", e.Name())
			continue
		}
		delete(known, e.Name())
		t.Run(e.Name(), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			want.check(t, data)
		})
	}
	for name := range known {
		t.Errorf("%s is not there", name)
	}
}

func (o outcome) check(t *testing.T, data []byte) {
	t.Helper()
	if testing.Short() && o.w*o.h > 5_000_000 {
		t.Skip("a large photo in a slow format")
	}
	before := string(data)
	lim := DefaultLimits()
	pic, err := Decode(t.Context(), data, lim)
	if o.format == "heic" && !withHEIC {
		o.reason = Variant
	}
	if o.small {
		checkRefusal(t, err, TooSmall)
		lim.MinSide = 1
		pic, err = Decode(t.Context(), data, lim)
	}
	if string(data) != before {
		t.Error("the bytes were changed")
	}
	if o.reason != "" {
		checkRefusal(t, err, o.reason)
		if !strings.Contains(err.Error(), o.says) || o.says == "" && o.format == "" {
			t.Errorf("%q does not say %q", err, o.says)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if pic.Format != o.format || pic.Image.Rect != image.Rect(0, 0, o.w, o.h) {
		t.Fatalf("%s of %v, not %s of %d×%d", pic.Format, pic.Image.Rect, o.format, o.w, o.h)
	}
	if got := fmt.Sprint(pic.Notes); got != "[]" && o.note == "" || o.note != "" && got != "["+o.note+"]" {
		t.Errorf("notes %q", pic.Notes)
	}
	got, alpha := quarters(pic.Image)
	if want := max(o.alpha, 0); want != 0 && want != alpha || want == 0 && alpha != 255 {
		t.Errorf("mean alpha is %d, not %d", alpha, want)
	}
	if farApart(t, got, o.quarters) {
		t.Errorf("quarters are %s, not %s", got, o.quarters)
	}
}

func checkRefusal(t *testing.T, err error, reason Reason) {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("got %v, not a refusal", err)
	}
	if r.Reason != reason {
		t.Errorf("refused as %s, not %s: %s", r.Reason, reason, r.Say)
	}
	if r.Say == "" || r.Say[len(r.Say)-1] != '.' {
		t.Errorf("not a sentence: %q", r.Say)
	}
}

// quarters gives the mean colour over white of each quarter, in hexadecimal, and the mean alpha.
func quarters(img *image.NRGBA) (string, int) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var sum [4][3]float64
	var count [4]float64
	alpha := 0.0
	midX, midY := max(w/2, 1), max(h/2, 1)
	for y := range h {
		for x := range w {
			p := img.Pix[y*img.Stride+4*x:]
			a := float64(p[3]) / 255
			alpha += a
			var at []int // with one row or column, a pixel belongs to both halves
			for q := range 4 {
				right, low := q&1 == 1, q&2 == 2
				if (x >= midX == right || w == 1) && (y >= midY == low || h == 1) {
					at = append(at, q)
				}
			}
			for _, q := range at {
				count[q]++
				for k := range 3 {
					sum[q][k] += float64(p[k])*a + 255*(1-a)
				}
			}
		}
	}
	s := ""
	for q := range 4 {
		if s += " "; q == 0 {
			s = ""
		}
		for k := range 3 {
			s += fmt.Sprintf("%02x", int(sum[q][k]/count[q]+0.5))
		}
	}
	return s, int(alpha/float64(w*h)*255 + 0.5)
}

// farApart tells whether any mean differs by more than rounding and other programs' filters explain.
func farApart(t *testing.T, a, b string) bool {
	t.Helper()
	var p, q [4]int
	for _, s := range []struct {
		text string
		to   *[4]int
	}{{a, &p}, {b, &q}} {
		if n, err := fmt.Sscanf(s.text, "%06x %06x %06x %06x", &s.to[0], &s.to[1], &s.to[2], &s.to[3]); n != 4 {
			t.Fatalf("%q: %v", s.text, err)
		}
	}
	for i := range p {
		for shift := 0; shift < 24; shift += 8 {
			if d := p[i]>>shift&255 - q[i]>>shift&255; d > 3 || d < -3 {
				return true
			}
		}
	}
	return false
}
