package portrait_test

import (
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"easel/engine/face"
	"easel/engine/golden"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// exposures are what a camera does to the same person, in stops.
var exposures = []float64{-1.5, -0.75, 0, 0.75, 1}

const (
	headPixels = 160_000 // work size of a drawn head
	leastHead  = 40      // pixels: smaller faces are too few to be compared
)

// head is one person of a photo, cut out so that all are drawn at one size.
type head struct {
	name string
	img  *image.NRGBA
	at   image.Point // the middle of the face in img
	size float32
}

// heads finds everybody in a photo whose face is beyond doubt.
func heads(t *testing.T, name string, photo *image.NRGBA) []head {
	p, err := plan.New(t.Context(), photo, plan.Options{MaxPixels: gatePixels})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	scale := float32(photo.Rect.Dx()) / float32(p.W)
	var out []head
	for i, f := range p.Faces {
		f.X, f.Y, f.Size = f.X*scale, f.Y*scale, f.Size*scale
		if f.Size < leastHead || f.Score < certain {
			continue
		}
		box := square(f, -1, -1, 1, 1.3).Intersect(photo.Rect)
		out = append(out, head{
			name: fmt.Sprintf("%s %d", name, i+1),
			img:  photo.SubImage(box).(*image.NRGBA), at: image.Pt(int(f.X)-box.Min.X, int(f.Y)-box.Min.Y), size: f.Size,
		})
	}
	return out
}

// exposed is a picture taken with more or less light, clipped as a camera clips.
func exposed(src *image.NRGBA, stops float64) *image.NRGBA {
	var curve [256]uint8
	for i := range curve {
		curve[i] = uint8(255*raster.ToGamma(min(1, raster.ToLinear(float32(i)/255)*float32(math.Exp2(stops)))) + 0.5)
	}
	out := image.NewNRGBA(image.Rectangle{Max: src.Rect.Size()})
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			c := src.NRGBAAt(src.Rect.Min.X+x, src.Rect.Min.Y+y)
			c.R, c.G, c.B = curve[c.R], curve[c.G], curve[c.B]
			out.SetNRGBA(x, y, c)
		}
	}
	return out
}

// fair is one person in one style: the readings at each exposure, against the photo as it was taken.
type fair struct {
	head     string
	style    portrait.Style
	skin     float32 // luma of the skin in the photo as it was taken
	readings []reading
	seen     []bool // the face was found in the exposed photo
}

// drawn draws a head at some exposures in some styles.
func (h head) drawn(t *testing.T, styles []portrait.Style, exposures []float64) []fair {
	var out []fair
	var taken *raster.Plane
	var f face.Face
	var skin float32
	for _, style := range styles {
		out = append(out, fair{head: h.name, style: style})
	}
	for _, stops := range append([]float64{0}, exposures...) {
		p, err := plan.New(t.Context(), exposed(h.img, stops), plan.Options{MaxPixels: headPixels, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if taken == nil {
			k := float32(p.W) / float32(h.img.Rect.Dx())
			f = face.Face{X: float32(h.at.X) * k, Y: float32(h.at.Y) * k, Size: h.size * k, Score: certain}
			for _, g := range p.Faces {
				if among(f, []face.Face{g}) {
					f = g
					break
				}
			}
			taken = raster.Luma(t.Context(), p.Colour)
			part := golden.Cut(taken, square(f, -0.28, -0.25, 0.28, 0.35))
			skin = part.Percentile(0.55, nil)
			p.Free()
			continue
		}
		for i, style := range styles {
			img, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 1, Full: image.Pt(p.W, p.H)})
			if err != nil {
				t.Fatal(err)
			}
			out[i].skin = skin
			out[i].readings = append(out[i].readings, measure(t, p, []face.Face{f}, taken, img)...)
			out[i].seen = append(out[i].seen, among(f, p.Faces))
		}
		p.Free()
	}
	taken.Free()
	return out
}

// spread is the difference between the largest and the least value of a measure.
func (f fair) spread(measure func(reading) float32) float32 {
	lo, hi := measure(f.readings[0]), measure(f.readings[0])
	for _, r := range f.readings {
		lo, hi = min(lo, measure(r)), max(hi, measure(r))
	}
	return hi - lo
}

// TestExposureDoesNotChangeWhoIsDrawn draws people as taken, much too dark and too light. Contours, tones, forms and how
// light the skin is drawn are the same within 0.05.
func TestExposureDoesNotChangeWhoIsDrawn(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures of working size are not drawn in short runs")
	}
	const most = 0.05
	check := func(name string, photo func(t *testing.T) *image.NRGBA) {
		t.Run(name, func(t *testing.T) {
			for _, f := range heads(t, name, photo(t))[0].drawn(t, portrait.Styles[1:], []float64{-1.5, 0, 1}) {
				for i, r := range f.readings {
					if !f.seen[i] || f.style != portrait.DetailedSketch && !r.Again {
						t.Errorf("%s: exposure %d of 3: the face is found in the photo: %v, in the drawing: %v", f.style, i+1, f.seen[i], r.Again)
					}
				}
				for _, m := range []struct {
					name string
					of   func(reading) float32
				}{
					{"direction agreement", func(r reading) float32 { return r.Direction }},
					{"tone correlation", func(r reading) float32 { return r.Tone }},
					{"gradient similarity", func(r reading) float32 { return r.GMS }},
					{"SSIM", func(r reading) float32 { return r.SSIM }},
					{"the skin's tone", func(r reading) float32 { return r.Skin }},
				} {
					s := f.spread(m.of)
					t.Logf("%s: %s differs by %.3f", f.style, m.name, s)
					if s > most {
						t.Errorf("%s: %s differs by %.3f between exposures, at most %v", f.style, m.name, s, most)
					}
				}
			}
		})
	}
	check("sitter", func(t *testing.T) *image.NRGBA { return decode(t, sitter.Portrait(t)) })
	for _, name := range []string{"obama", "beard-dark"} {
		check(name, func(t *testing.T) *image.NRGBA {
			return open(t, filepath.Join(sitter.Photos(t), "people", name+".jpg"))
		})
	}
}

// TestFairnessReport writes what was measured of every face of the people's photos at every exposure into the folder of
// EASEL_FAIR, as a table. EASEL_FAIR_ONLY names the styles that are wanted.
func TestFairnessReport(t *testing.T) {
	folder := os.Getenv("EASEL_FAIR")
	if folder == "" {
		t.Skip("set EASEL_FAIR to a folder to write the report into it")
	}
	files, err := filepath.Glob(filepath.Join(sitter.Photos(t), "people", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	styles := portrait.Styles
	if only := os.Getenv("EASEL_FAIR_ONLY"); only != "" {
		styles = slices.DeleteFunc(slices.Clone(styles), func(s portrait.Style) bool { return !strings.Contains(only, string(s)) })
	}
	report, err := os.Create(filepath.Join(folder, "fairness.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(report, "face\tphoto skin\tstyle\tstops\tseen\tfound\tdirection\ttone\tgradient\tSSIM\tskin")
	for _, file := range files {
		for _, h := range heads(t, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), open(t, file)) {
			for _, f := range h.drawn(t, styles, exposures) {
				for i, r := range f.readings {
					fmt.Fprintf(report, "%s\t%.2f\t%s\t%+.2f\t%v\t%v\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\n", f.head, f.skin, f.style, exposures[i],
						f.seen[i], r.Again, r.Direction, r.Tone, r.GMS, r.SSIM, r.Skin)
				}
			}
		}
	}
	if err := report.Close(); err != nil {
		t.Fatal(err)
	}
}
