package cutout_test

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"time"

	"easel/engine/cutout"
	"easel/engine/inpaint"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// TestShowCrowds puts photos of several people beside what is left of them, and what was taken out in red between the two, for
// a person to look at: EASEL_CROWDS=folder.
func TestShowCrowds(t *testing.T) {
	folder := os.Getenv("EASEL_CROWDS")
	if folder == "" {
		t.Skip("set EASEL_CROWDS to a folder to look at crowds taken out")
	}
	drawn := map[string][]cutout.Mark{ // what somebody would draw over those whose faces do not show, at 500 pixels
		"pairs/pf-fudan58.png":    {line(303, 115, 306, 240), line(364, 110, 364, 240), line(417, 128, 417, 165), line(480, 125, 480, 180), line(460, 125, 460, 165), line(48, 125, 48, 190)},
		"pairs/bs153077.jpg":      {line(80, 40, 110, 220), line(60, 230, 90, 300)},
		"people/hikers-teide.jpg": {line(60, 145, 62, 216), line(102, 155, 103, 214), line(172, 185, 173, 224), line(182, 186, 183, 222), line(201, 198, 204, 208)},
	}
	for _, name := range []string{"people/group-elders.jpg", "pairs/pf-fudan58.png", "people/hikers-teide.jpg", "pairs/bs153077.jpg"} {
		whole := sitter.Photo(t, name)
		k := 500 / float64(max(whole.Rect.Dx(), whole.Rect.Dy()))
		src := raster.ResizeNRGBA(t.Context(), whole, int(k*float64(whole.Rect.Dx())), int(k*float64(whole.Rect.Dy())))
		marks := drawn[name]
		begun := time.Now()
		crowd, err := cutout.Crowded(t.Context(), src, marks, 1)
		if err != nil {
			t.Fatal(err)
		}
		out, err := crowd.Clear(t.Context(), src, inpaint.Options{Seed: 1})
		t.Log(name, len(marks), "marks, people", crowd.People, "main", crowd.Main, err, time.Since(begun))
		if err != nil {
			out = src
		}
		w, h := src.Rect.Dx(), src.Rect.Dy()
		sheet := image.NewNRGBA(image.Rect(0, 0, 3*w, h))
		for y := range h {
			for x := range w {
				p := src.NRGBAAt(x, y)
				sheet.SetNRGBA(x, y, p)
				switch i := y*w + x; {
				case crowd.Mask.P[i] > 0.5:
					p = color.NRGBA{uint8(127 + int(p.R)/2), p.G / 2, p.B / 2, 255}
				case crowd.Subject.P[i] > 0.5:
					p = color.NRGBA{p.R / 2, uint8(127 + int(p.G)/2), p.B / 2, 255}
				}
				sheet.SetNRGBA(w+x, y, p)
				sheet.SetNRGBA(2*w+x, y, out.NRGBAAt(x, y))
			}
		}
		how := "-found.png"
		if marks != nil {
			how = "-marked.png"
		}
		save(t, filepath.Join(folder, stem(name)+how), sheet)
	}
}

func line(x0, y0, x1, y1 int) cutout.Mark {
	return cutout.Mark{Points: []image.Point{{X: x0, Y: y0}, {X: x1, Y: y1}}, Radius: 5}
}
