package cutout_test

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"easel/engine/cutout"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// TestMarksReport draws a line down everybody whose outline is known, as somebody would with a brush, and measures what is taken
// out of them and of what is beside them: EASEL_CROWDS=folder.
func TestMarksReport(t *testing.T) {
	folder := os.Getenv("EASEL_CROWDS")
	if folder == "" {
		t.Skip("set EASEL_CROWDS to a folder to measure what strokes take out")
	}
	var table strings.Builder
	table.WriteString("| who | stroke | of them | beside them, in parts of them |\n| --- | --- | --- | --- |\n")
	var sums [2][2]float64 // of each kind of stroke
	n := 0.0
	for _, name := range []string{"pf-fudan58", "pf-penn87", "dv-parkour", "bs153077", "dv-goat", "dv-dog"} {
		src, people := known(t, name)
		for id, who := range people {
			n++
			for k, stroke := range strokesDown(who) {
				crowd, err := cutout.Crowded(t.Context(), src, []cutout.Mark{stroke}, 1)
				if err != nil {
					t.Fatal(err)
				}
				taken, beside := compared(t, crowd.Mask, who)
				sums[k][0], sums[k][1] = sums[k][0]+taken, sums[k][1]+beside
				fmt.Fprintf(&table, "| %s %d | %s | %.2f | %.2f |\n", name, id, [2]string{"long", "short"}[k], taken, beside)
				save(t, filepath.Join(folder, fmt.Sprintf("mark-%s-%d-%d.png", name, id, k)), reddened(src, crowd.Mask))
			}
		}
	}
	fmt.Fprintf(&table, "| **mean** | long | %.2f | %.2f |\n| **mean** | short | %.2f | %.2f |\n", sums[0][0]/n, sums[0][1]/n, sums[1][0]/n, sums[1][1]/n)
	t.Logf("\n%s", table.String())
	if err := os.WriteFile(filepath.Join(folder, "marks.md"), []byte(table.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// known is a photo at 500 pixels with the true outlines of those in it.
func known(t *testing.T, name string) (*image.NRGBA, []*raster.Plane) {
	file, mask := "pairs/"+name+".jpg", "pairs/"+name+"_mask.png"
	if strings.HasPrefix(name, "pf-") {
		file, mask = "pairs/"+name+".png", "pairs/"+name+"_ids.png"
	}
	whole, ids := sitter.Photo(t, file), sitter.Photo(t, mask)
	k := min(1, 500/float64(max(whole.Rect.Dx(), whole.Rect.Dy())))
	src := raster.ResizeNRGBA(t.Context(), whole, int(k*float64(whole.Rect.Dx())), int(k*float64(whole.Rect.Dy())))
	w, h := src.Rect.Dx(), src.Rect.Dy()
	var people []*raster.Plane
	for id := 1; id < 256; id++ {
		p := raster.New(w, h)
		n := 0
		for y := range h {
			for x := range w {
				v := int(ids.NRGBAAt(x*ids.Rect.Dx()/w, y*ids.Rect.Dy()/h).R)
				if v == id && (strings.HasPrefix(name, "pf-") || v == 255) {
					p.P[y*w+x] = 1
					n++
				}
			}
		}
		if n > 100 {
			people = append(people, p)
		}
	}
	return src, people
}

// strokesDown are lines down the middle of somebody: one from head to knees, and one over the chest alone.
func strokesDown(who *raster.Plane) (strokes []cutout.Mark) {
	top, bottom := who.H, 0
	for y := range who.H {
		for x := range who.W {
			if who.P[y*who.W+x] > 0.5 {
				top, bottom = min(top, y), max(bottom, y)
			}
		}
	}
	high := float64(bottom - top + 1)
	for _, part := range [...][2]float64{{0.08, 0.75}, {0.25, 0.5}} {
		m := cutout.Mark{Radius: 4}
		for k := range 5 {
			y := top + int(high*(part[0]+(part[1]-part[0])*float64(k)/4))
			var at, most, run int
			for x := range who.W {
				if who.P[y*who.W+x] < 0.5 {
					run = 0
					continue
				}
				if run++; run > most {
					most, at = run, x-run/2
				}
			}
			m.Points = append(m.Points, image.Pt(at, y))
		}
		m.Radius = max(2, float32(high)/40)
		strokes = append(strokes, m)
	}
	return strokes
}

// compared is how much of somebody is in the mask, and how much beside them is, farther than the few pixels that it is grown by.
func compared(t *testing.T, mask, who *raster.Plane) (taken, beside float64) {
	away := raster.Distance(t.Context(), who)
	defer away.Free()
	var all float64
	for i, v := range who.P {
		if v > 0.5 {
			all++
			if mask.P[i] > 0.5 {
				taken++
			}
		} else if mask.P[i] > 0.5 && away.P[i] > 6 {
			beside++
		}
	}
	return taken / all, beside / all
}

func reddened(src *image.NRGBA, mask *raster.Plane) *image.NRGBA {
	out := image.NewNRGBA(src.Rect)
	copy(out.Pix, src.Pix)
	for i, v := range mask.P {
		if v > 0.5 {
			out.Pix[4*i] = uint8(127 + int(out.Pix[4*i])/2)
			out.Pix[4*i+1], out.Pix[4*i+2] = out.Pix[4*i+1]/2, out.Pix[4*i+2]/2
		}
	}
	return out
}
