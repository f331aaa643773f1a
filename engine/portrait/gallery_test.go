package portrait_test

import (
	"context"
	"html/template"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"easel/engine/ingest"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/engine/raster"
	"easel/internal/sitter"
)

func open(t testing.TB, path string) *image.NRGBA {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, data)
}

func decode(t testing.TB, data []byte) *image.NRGBA {
	t.Helper()
	picture, err := ingest.Decode(context.Background(), data, ingest.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return picture.Image
}

// TestGallery draws every photo of people and pets in every style into the folder of EASEL_GALLERY, for the eye, with a
// page of them all and what was measured. What lies in its folder peers as name-program.png is measured and shown too:
// scripts/gallery puts it there. EASEL_GALLERY_ONLY names the photos that are wanted.
func TestGallery(t *testing.T) {
	folder := os.Getenv("EASEL_GALLERY")
	if folder == "" {
		t.Skip("set EASEL_GALLERY to a folder to draw the gallery into it")
	}
	var files []string
	for _, kind := range []string{"people", "pets"} {
		found, err := filepath.Glob(filepath.Join(sitter.Photos(t), kind, "*"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if only := os.Getenv("EASEL_GALLERY_ONLY"); only != "" {
		var chosen []string
		for _, f := range files {
			if strings.Contains(only, strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))) {
				chosen = append(chosen, f)
			}
		}
		files = chosen
	}
	var walls []wall
	for _, file := range files {
		walls = append(walls, hang(t, folder, file))
		page(t, folder, walls) // after each photo: a gallery that was interrupted can be looked at
	}
}

// wall is a photo in the gallery with the pictures made of it.
type wall struct {
	Name, Photo string
	Pictures    []hung
}

// hung is one picture, what it is called, and what was measured of its main face.
type hung struct {
	File, Title string
	reading
	Faces, Found int
}

// hang draws a photo in all styles.
func hang(t *testing.T, folder, file string) wall {
	p, err := plan.New(t.Context(), open(t, file), plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	w := wall{Name: name, Photo: name + "-photo.png"}
	save(t, filepath.Join(folder, w.Photo), raster.ResizeNRGBA(t.Context(), p.Colour.NRGBA(t.Context()), p.Out.X, p.Out.Y))
	for _, style := range portrait.Styles {
		img, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		file := name + "-" + string(style) + ".png"
		save(t, filepath.Join(folder, file), img)
		w.Pictures = append(w.Pictures, judged(t, p, img, file, string(style)))
	}
	peers, err := filepath.Glob(filepath.Join(folder, "peers", name+"-*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, peer := range peers {
		title := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(peer), name+"-"), ".png")
		w.Pictures = append(w.Pictures, judged(t, p, open(t, peer), "peers/"+filepath.Base(peer), title))
	}
	return w
}

// judged measures a picture of the plan's photo and says so in the test's log.
func judged(t *testing.T, p *plan.Plan, img *image.NRGBA, file, title string) hung {
	readings := measure(t, p, p.Faces, p.Luma, img)
	h := hung{File: file, Title: title, reading: readings[0], Faces: len(p.Faces)}
	for _, r := range readings {
		if r.Again {
			h.Found++
		}
	}
	t.Logf("%s %s: direction %.3f tone %.3f gradient %.3f SSIM %.3f white %.2f fine %.3f tones %d, %d of %d faces found again",
		strings.TrimSuffix(file, ".png"), title, h.Direction, h.Tone, h.GMS, h.SSIM, h.White, h.Fine, h.Tones, h.Found, h.Faces)
	return h
}

// page writes the gallery's page; a picture opens at full size.
func page(t *testing.T, folder string, walls []wall) {
	const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Gallery</title>
<style>body{font:13px/1.4 sans-serif;margin:1rem;background:#eee}section{display:flex;flex-wrap:wrap;gap:10px;margin:0 0 2rem}
h2{width:100%;margin:0}figure{margin:0;width:330px}img{width:100%;display:block}figcaption{padding:2px 0;font-variant-numeric:tabular-nums}</style>
{{range .}}<section><h2>{{.Name}}</h2><figure><a href="{{.Photo}}"><img src="{{.Photo}}" alt=""></a><figcaption>the photo</figcaption></figure>
{{range .Pictures}}<figure><a href="{{.File}}"><img src="{{.File}}" alt=""></a><figcaption><b>{{.Title}}</b> direction {{printf "%.2f" .Direction}},
tone {{printf "%.2f" .Tone}}, gradient {{printf "%.2f" .GMS}}, SSIM {{printf "%.2f" .SSIM}}, white {{printf "%.2f" .White}}, fine {{printf "%.3f" .Fine}},
{{.Tones}} tones{{if .Faces}}, {{.Found}} of {{.Faces}} faces found again{{end}}</figcaption></figure>
{{end}}</section>
{{end}}</html>
`
	f, err := os.Create(filepath.Join(folder, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := template.Must(template.New("").Parse(html)).Execute(f, walls); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func save(t testing.TB, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Sizes of the samples in pixels: the longest side of one, and the width of one in the strip with the gap beside it.
const (
	sampleSide = 720
	stripTile  = 400
	stripGap   = 16
)

// TestSamples draws the samples that the pages and the README show: the NASA portrait astronaut.png (public domain) and
// the cat chelsea.png (CC0), which are all that may be published. EASEL_SAMPLES=update replaces the committed files.
func TestSamples(t *testing.T) {
	if os.Getenv("EASEL_SAMPLES") != "update" {
		t.Skip("set EASEL_SAMPLES=update to draw the committed samples anew")
	}
	crops := map[string]image.Rectangle{"astronaut": image.Rect(64, 0, 384, 400)} // head and shoulders, 4:5
	for subject, file := range map[string]string{"astronaut": "people/astronaut.png", "chelsea": "pets/chelsea.png"} {
		p, err := plan.New(t.Context(), open(t, filepath.Join(sitter.Photos(t), file)), plan.Options{Crop: crops[subject]})
		if err != nil {
			t.Fatal(err)
		}
		var drawn []*image.NRGBA
		for _, style := range portrait.Styles {
			img, err := portrait.Draw(t.Context(), p, style, portrait.Options{Seed: 1, Full: image.Pt(p.W, p.H)})
			if err != nil {
				t.Fatal(err)
			}
			drawn = append(drawn, img)
			f := float64(sampleSide) / float64(max(p.W, p.H))
			small := raster.ResizeNRGBA(t.Context(), img, int(float64(p.W)*f+0.5), int(float64(p.H)*f+0.5))
			publish(t, filepath.Join("..", "..", "internal", "web", "ui", "samples", subject+"-"+string(style)+".webp"), small, string(style))
		}
		if subject == "astronaut" {
			publish(t, filepath.Join("..", "..", "docs", "images", "four-styles.webp"), strip(t, drawn), "four styles")
		}
		p.Free()
	}
}

// strip lays pictures side by side on white.
func strip(t testing.TB, pictures []*image.NRGBA) *image.NRGBA {
	h := stripTile * pictures[0].Rect.Dy() / pictures[0].Rect.Dx()
	out := image.NewNRGBA(image.Rect(0, 0, len(pictures)*(stripTile+stripGap)-stripGap, h))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	for i, p := range pictures {
		at := image.Pt(i*(stripTile+stripGap), 0)
		draw.Draw(out, image.Rectangle{at, at.Add(image.Pt(stripTile, h))}, raster.ResizeNRGBA(t.Context(), p, stripTile, h), image.Point{}, draw.Src)
	}
	return out
}

func publish(t testing.TB, path string, img *image.NRGBA, style string) {
	t.Helper()
	data, err := portrait.Encode(img, portrait.WebP, provenance.Mark{Studio: "portrait", Style: style,
		Engine: "Easel built-in", Version: portrait.Version, Seed: 1}, portrait.Paper{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
