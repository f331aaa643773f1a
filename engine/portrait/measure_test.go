package portrait_test

import (
	"image"
	"math"
	"path/filepath"
	"testing"

	"easel/engine/face"
	"easel/engine/golden"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// reading is what was measured of one drawing, on one face or on what matters of a picture without faces.
type reading struct {
	golden.Likeness
	golden.Surface
	Skin    float32 // 55th percentile of the drawing's luma in the middle of the face
	Face    face.Face
	Certain bool // the photo's face is beyond doubt
	Again   bool // the drawing's face is found where the photo's is
}

// certain is the score from which a face is beyond doubt.
const certain = 60

// measure compares a drawing of the plan with its photo: one reading for each of the faces, or without any a single one
// for what matters. Strokes are blurred away at the same share of the picture whatever its size.
func measure(t testing.TB, p *plan.Plan, faces []face.Face, photo *raster.Plane, img *image.NRGBA) []reading {
	t.Helper()
	ctx := t.Context()
	colour := raster.FromNRGBAAt(ctx, img, p.W, p.H)
	defer colour.Free()
	drawn := raster.Luma(ctx, colour)
	defer drawn.Free()
	sigma := 2 * p.K
	surface := golden.Look(ctx, drawn, sigma)
	compare := func(mask *raster.Plane) reading {
		box := golden.Bounds(mask).Inset(-8)
		a, b, mask := golden.Cut(photo, box), golden.Cut(drawn, box), golden.Cut(mask, box)
		defer raster.Free(a, b, mask)
		return reading{Likeness: golden.Compare(ctx, a, b, mask, sigma), Surface: surface}
	}
	if len(faces) == 0 {
		// What a style leaves white along the edge of the paper says nothing about tones.
		box := golden.Bounds(p.Importance).Intersect(image.Rect(0, 0, p.W, p.H).Inset(min(p.W, p.H) / 10))
		head := raster.New(p.W, p.H)
		defer head.Free()
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				head.P[y*p.W+x] = 1
			}
		}
		return []reading{compare(head)}
	}
	again := face.Find(ctx, drawn)
	var out []reading
	for _, f := range faces {
		oval := oval(p, f)
		r := compare(oval)
		oval.Free()
		skin := golden.Cut(drawn, square(f, -0.28, -0.25, 0.28, 0.35))
		r.Skin = skin.Percentile(0.55, nil)
		skin.Free()
		r.Face, r.Certain, r.Again = f, f.Score >= certain, among(f, again)
		out = append(out, r)
	}
	return out
}

// square is a box around a face in shares of its size.
func square(f face.Face, x0, y0, x1, y1 float32) image.Rectangle {
	return image.Rect(int(f.X+x0*f.Size), int(f.Y+y0*f.Size), int(f.X+x1*f.Size), int(f.Y+y1*f.Size))
}

// oval is 1 on a face from brow to chin, without hair and what is behind.
func oval(p *plan.Plan, f face.Face) *raster.Plane {
	mask := raster.New(p.W, p.H)
	for i := range mask.P {
		x, y := float64(float32(i%p.W)-f.X)/float64(0.42*f.Size), float64(float32(i/p.W)-f.Y-0.02*f.Size)/float64(0.54*f.Size)
		if math.Hypot(x, y) < 1 {
			mask.P[i] = 1
		}
	}
	return mask
}

// among says whether a face is one of those found, of about the same size in about the same place.
func among(f face.Face, found []face.Face) bool {
	for _, g := range found {
		if math.Hypot(float64(g.X-f.X), float64(g.Y-f.Y)) < 0.2*float64(f.Size) && g.Size > 0.7*f.Size && g.Size < 1.4*f.Size {
			return true
		}
	}
	return false
}

// person is a head and shoulders made by code: round forms lit from the left, dark eyes, a mouth, hair, and a wall with
// a pattern behind.
func person(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		x, y := float64(i%w)/float64(w)*4-2, float64(i/w)/float64(h)*5-2
		v, warm := 0.45+0.08*math.Sin(9*x)*math.Sin(7*y), 0.0
		if math.Hypot(x/1.7, (y-2.9)/1.5) < 1 { // shoulders
			v, warm = 0.30-0.10*x, -0.10
		}
		if math.Hypot(x/1.12, (y+0.25)/1.35) < 1 { // hair
			v, warm = 0.16+0.05*math.Sin(30*x), 0.05
		}
		if d := math.Hypot(x/0.85, y/1.15); d < 1 { // face
			v, warm = 0.78-0.22*d*d-0.14*x, 0.12
			for _, dark := range [][5]float64{{-0.36, -0.12, 0.17, 0.08, 0.5}, {0.36, -0.12, 0.17, 0.08, 0.5}, {0, 0.62, 0.30, 0.07, 0.3},
				{0.09, 0.28, 0.08, 0.12, 0.2}, {-0.36, -0.33, 0.24, 0.05, 0.4}, {0.36, -0.33, 0.24, 0.05, 0.4}} {
				v -= dark[4] * float64(1-raster.Smoothstep(0.7, 1.3, float32(math.Hypot((x-dark[0])/dark[2], (y-dark[1])/dark[3]))))
			}
		}
		at := func(v float64) uint8 { return uint8(255 * min(1, max(0, v))) }
		copy(img.Pix[4*i:], []uint8{at(v + warm), at(v), at(v - warm), 255})
	}
	return img
}

// bounds are what a style must keep to, whoever is drawn: about 0.03 beside the worst that was measured of the seven.
type bounds struct {
	direction, tone, gms  float32 // at least
	similar, photographic float32 // blurred SSIM, at least and at most
	white, mostWhite      float32 // share of bare paper
	found                 bool    // faces are found again
}

var gates = map[portrait.Style]bounds{
	portrait.RoughSketch:    {0.78, 0.66, 0.82, 0.43, 0.85, 0.47, 0.93, false},
	portrait.DetailedSketch: {0.82, 0.89, 0.91, 0.56, 0.92, 0.10, 0.72, true},
	portrait.LightColouring: {0.85, 0.82, 0.81, 0.61, 0.90, 0.10, 0.76, true},
	portrait.Artistic:       {0.81, 0.94, 0.90, 0.69, 0.93, 0.00, 0.42, true},
}

// gatePixels is the work size of gated drawings: large enough for all strokes, small enough for every test run.
const gatePixels = 500_000

// TestDrawingsKeepToTheirPhotos holds every style between two mistakes: to lose the person, and to copy the photo.
func TestDrawingsKeepToTheirPhotos(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures of working size are not drawn in short runs")
	}
	t.Run("made", func(t *testing.T) { keeps(t, person(400, 500)) })
	t.Run("sitter", func(t *testing.T) { keeps(t, decode(t, sitter.Portrait(t))) })
	for _, file := range []string{"people/obama.jpg", "people/beard-dark.jpg", "people/longhair-forest.jpg", "pets/samoyed.jpg", "pets/chelsea.png"} {
		t.Run(file, func(t *testing.T) { keeps(t, open(t, filepath.Join(sitter.Photos(t), filepath.FromSlash(file)))) })
	}
}

func keeps(t *testing.T, photo *image.NRGBA) {
	p, err := plan.New(t.Context(), photo, plan.Options{MaxPixels: gatePixels, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	for _, style := range portrait.Styles {
		img, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 1, Full: image.Pt(p.W, p.H)})
		if err != nil {
			t.Fatal(err)
		}
		g, readings := gates[style], measure(t, p, p.Faces, p.Luma, img)
		r := readings[0]
		t.Logf("%-16s gms %.3f direction %.3f tone %.3f ssim %.3f white %.3f fine %.3f tones %d found %v (face %.0f, %.0f pixels)",
			style, r.GMS, r.Direction, r.Tone, r.SSIM, r.White, r.Fine, r.Tones, r.Again, r.Face.Score, r.Face.Size)
		within := func(what string, v, least, most float32) {
			if v < least || v > most {
				t.Errorf("%s: %s is %.3f, want %.2f…%.2f", style, what, v, least, most)
			}
		}
		within("gradient similarity", r.GMS, g.gms, 1)
		within("direction agreement", r.Direction, g.direction, 1)
		within("tone correlation", r.Tone, g.tone, 1)
		within("blurred SSIM", r.SSIM, g.similar, g.photographic)
		within("bare paper", r.White, g.white, g.mostWhite)
		if g.found && r.Certain && !r.Again {
			t.Errorf("%s: the face is not found again", style)
		}
	}
}
