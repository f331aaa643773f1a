package inpaint_test

import (
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"easel/engine/inpaint"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// TestShow takes things out of photos, by their true masks, for a person to look at: EASEL_SHOW=folder.
func TestShow(t *testing.T) {
	folder := os.Getenv("EASEL_SHOW")
	if folder == "" {
		t.Skip("set EASEL_SHOW to a folder to look at fillings")
	}
	for _, name := range []string{"dv-dog.jpg", "dv-goat.jpg", "bs69020.jpg", "gc-llama.jpg"} {
		stem := name[:len(name)-4]
		src := sitter.Photo(t, "pairs/"+name)
		out, protect := taken(t, stem, src.Rect)
		begun := time.Now()
		got, err := inpaint.Fill(t.Context(), src, grown(out, 5), protect, inpaint.Options{Seed: 1})
		t.Log(name, src.Rect.Size(), err, time.Since(begun))
		if err == nil {
			save(t, filepath.Join(folder, stem+".png"), got)
		}
	}
}

// taken is what to take out: everybody but the first where people are numbered, else the one thing that is marked.
func taken(t *testing.T, stem string, r image.Rectangle) (out, protect *raster.Plane) {
	t.Helper()
	w, h := r.Dx(), r.Dy()
	out, protect = raster.New(w, h), raster.New(w, h)
	if stem[:2] == "pf" {
		ids := sitter.Photo(t, "pairs/"+stem+"_ids.png")
		seen := map[uint8]int{}
		for i := range out.P {
			seen[ids.Pix[4*i]]++
		}
		main, most := uint8(0), 0
		for id, n := range seen {
			if id != 0 && n > most {
				main, most = id, n
			}
		}
		for i := range out.P {
			switch ids.Pix[4*i] {
			case 0:
			case main:
				protect.P[i] = 1
			default:
				out.P[i] = 1
			}
		}
		return out, grown(protect, 3)
	}
	mask := sitter.Photo(t, "pairs/"+stem+"_mask.png")
	for i := range out.P {
		if mask.Pix[4*i] > 127 {
			out.P[i] = 1
		}
	}
	return out, protect
}

func grown(p *raster.Plane, by float32) *raster.Plane {
	d := raster.Distance(context.Background(), p)
	for i := range d.P {
		if d.P[i] <= by {
			d.P[i] = 1
		} else {
			d.P[i] = 0
		}
	}
	return d
}

func save(t *testing.T, path string, img image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}
