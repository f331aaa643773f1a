package portrait_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"easel/engine/golden"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// How far a drawing may be from the one that is kept. Strokes are chaotic: on another processor a rounding error draws
// one more or one less, so forms and tones are compared and never pixels.
const (
	keptSSIM  = 0.985
	keptTones = 0.01 // chi-square distance of histograms
	keptTone  = 0.01 // mean difference of luma
	keptCount = 0.02 // of the number of strokes
	keptGrid  = 16
	keptSteps = 32
)

// TestDrawingsAreTheOnesKept compares drawings with what testdata keeps of them: pictures of the person made by code,
// and of the sitter numbers only, from which nobody can be seen. EASEL_KEPT=update keeps what is drawn now, after a
// change that is meant to be seen.
func TestDrawingsAreTheOnesKept(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures of working size are not drawn in short runs")
	}
	t.Run("made", func(t *testing.T) {
		each(t, person(240, 300), 72_000, func(t *testing.T, style portrait.Style, luma *raster.Plane, strokes int) {
			counted(t, "made", style, strokes)
			forms := raster.Gaussian(t.Context(), luma, 2)
			defer forms.Free()
			path := filepath.Join("testdata", "made-"+string(style)+".png")
			keep(t, path, func() []byte { return grey(t, forms) })
			same(t, forms, ungrey(t, path))
		})
	})
	t.Run("sitter", func(t *testing.T) {
		each(t, decode(t, sitter.Portrait(t)), 130_000, func(t *testing.T, style portrait.Style, luma *raster.Plane, strokes int) {
			counted(t, "sitter", style, strokes)
			grid := golden.Grid(t.Context(), luma, keptGrid)
			defer grid.Free()
			tones := golden.Histogram(luma, keptSteps)
			path := filepath.Join("testdata", "sitter-"+string(style)+".txt")
			keep(t, path, func() []byte { return numbers(append(append([]float32(nil), grid.P...), tones...)) })
			kept := read(t, path, keptGrid*keptGrid+keptSteps)
			same(t, grid, &raster.Plane{W: keptGrid, H: keptGrid, P: kept[:keptGrid*keptGrid]})
			if d := golden.Distance(tones, kept[keptGrid*keptGrid:]); d > keptTones {
				t.Errorf("its tones are %.4f away from those kept, at most %v", d, keptTones)
			}
		})
	})
}

// each draws a photo in every style and hands on the drawing's luma and how many strokes it has, 0 where none are counted.
func each(t *testing.T, photo *image.NRGBA, pixels int, then func(t *testing.T, style portrait.Style, luma *raster.Plane, strokes int)) {
	p, err := plan.New(t.Context(), photo, plan.Options{MaxPixels: pixels, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	for _, style := range portrait.Styles {
		t.Run(string(style), func(t *testing.T) {
			strokes := 0
			img, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 1, Full: image.Pt(p.W, p.H), Count: func(n int) { strokes = n }})
			if err != nil {
				t.Fatal(err)
			}
			colour := raster.FromNRGBA(t.Context(), img)
			defer colour.Free()
			luma := raster.Luma(t.Context(), colour)
			defer luma.Free()
			then(t, style, luma, strokes)
		})
	}
}

// counted compares the number of strokes with the one kept.
func counted(t *testing.T, photo string, style portrait.Style, strokes int) {
	t.Helper()
	if len(style.Inks()) == 0 {
		return // laid in washes and dabs
	}
	path := filepath.Join("testdata", photo+"-"+string(style)+"-strokes.txt")
	keep(t, path, func() []byte { return fmt.Appendln(nil, strokes) })
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept int
	if _, err := fmt.Sscan(string(data), &kept); err != nil {
		t.Fatal(err)
	}
	if d := float64(strokes-kept) / float64(kept); d > keptCount || d < -keptCount {
		t.Errorf("it has %d strokes, and %d are kept", strokes, kept)
	}
}

func same(t *testing.T, drawn, kept *raster.Plane) {
	t.Helper()
	if drawn.W != kept.W || drawn.H != kept.H {
		t.Fatalf("it is %d×%d, and %d×%d is kept", drawn.W, drawn.H, kept.W, kept.H)
	}
	const explain = "if that is meant, look at the gallery and run this test once with EASEL_KEPT=update"
	if s := raster.SSIM(t.Context(), drawn, kept, 0); s < keptSSIM {
		t.Errorf("its forms have SSIM %.4f with those kept, at least %v: %s", s, keptSSIM, explain)
	}
	if d := drawn.Mean(nil) - kept.Mean(nil); d > keptTone || d < -keptTone {
		t.Errorf("it is %+.4f lighter than the one kept, at most %v: %s", d, keptTone, explain)
	}
}

// keep replaces a kept file when that is asked for.
func keep(t *testing.T, path string, data func() []byte) {
	t.Helper()
	if os.Getenv("EASEL_KEPT") != "update" {
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func grey(t *testing.T, p *raster.Plane) []byte {
	img := image.NewGray(image.Rect(0, 0, p.W, p.H))
	for i, v := range p.P {
		img.Pix[i] = uint8(255*raster.Clamp(v, 0, 1) + 0.5)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ungrey(t *testing.T, path string) *raster.Plane {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p := raster.New(img.Bounds().Dx(), img.Bounds().Dy())
	for i := range p.P {
		p.P[i] = float32(color.GrayModel.Convert(img.At(i%p.W, i/p.W)).(color.Gray).Y) / 255
	}
	return p
}

// numbers writes values in lines of 16, in ten-thousandths.
func numbers(values []float32) []byte {
	var b bytes.Buffer
	for i, v := range values {
		end := " "
		if i%keptGrid == keptGrid-1 {
			end = "\n"
		}
		fmt.Fprintf(&b, "%d%s", int(v*10_000+0.5), end)
	}
	return b.Bytes()
}

func read(t *testing.T, path string, n int) []float32 {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(data))
	if len(fields) != n {
		t.Fatalf("%s has %d numbers, want %d", path, len(fields), n)
	}
	out := make([]float32, n)
	for i, f := range fields {
		var v int
		if _, err := fmt.Sscan(f, &v); err != nil {
			t.Fatal(err)
		}
		out[i] = float32(v) / 10_000
	}
	return out
}
